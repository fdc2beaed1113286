"""What a manifest says of how the product was made: processor and orbit."""

from __future__ import annotations

import re

from icepair.products.safe.manifest import Manifest
from icepair.products.safe.sentinel1.annotation import ProductAnnotation
from icepair.products.scene import OrbitQuality

__all__ = ["orbit_quality", "processor_notes", "processor_version"]

_NEWEST_KNOWN = 4
"""Major version of the processor, of 2024; its products are as those of 3 and 2.9 were."""

_ORBIT_FILES: tuple[tuple[str, OrbitQuality], ...] = (
    ("AUX_POEORB", "precise"),
    ("AUX_RESORB", "restituted"),
    ("AUX_PREORB", "predicted"),
)


def orbit_quality(manifest: Manifest, annotation: ProductAnnotation) -> OrbitQuality:
    """Where the orbit's states come from, by the orbit file among the processor's inputs."""
    if not annotation.orbit_file_used:
        return "onboard"
    inputs = " ".join(_named(manifest, "resource"))
    return next((quality for kind, quality in _ORBIT_FILES if kind in inputs), "file")


def processor_version(manifest: Manifest) -> str:
    """Version of the processor, ``3.52``; empty where the manifest does not say."""
    for element in manifest.root.element.iter():
        if _local(element.tag) == "software" and "IPF" in element.get("name", ""):
            found = re.match(r"0*(\d+\.\d+)", element.get("version", "").strip())
            if found is not None:
                return found[1]
    return ""


def processor_notes(version: str) -> tuple[str, ...]:
    """Notes on a version that is missing, or of which nothing is known here."""
    if not version:
        return (
            "The manifest does not say which version of the processor (IPF) made the product; "
            "thermal noise is read by the form that it has.",
        )
    if int(version.partition(".")[0]) > _NEWEST_KNOWN:
        return (
            f"The product was made by version {version} of the processor (IPF), which is newer "
            f"than any known here ({_NEWEST_KNOWN}); it is read by the form that it has.",
        )
    return ()


def _named(manifest: Manifest, tag: str) -> list[str]:
    """Names of all elements of a kind, whatever their namespace: it changes along the history."""
    elements = manifest.root.element.iter()
    return [element.get("name", "") for element in elements if _local(element.tag) == tag]


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]
