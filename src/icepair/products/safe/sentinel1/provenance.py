"""What a manifest says of how the product was made: processor and orbit."""

from __future__ import annotations

import re

from icepair.products.safe.manifest import Manifest
from icepair.products.safe.sentinel1.annotation import ProductAnnotation
from icepair.products.scene import OrbitQuality

__all__ = ["orbit_quality", "processor_version"]

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


def _named(manifest: Manifest, tag: str) -> list[str]:
    """Names of all elements of a kind, whatever their namespace: it changes along the history."""
    elements = manifest.root.element.iter()
    return [element.get("name", "") for element in elements if _local(element.tag) == tag]


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]
