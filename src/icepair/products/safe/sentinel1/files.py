"""Which files of a product belong to which polarisation."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from icepair.conventions import POLARISATIONS
from icepair.errors import ContradictionError, DamagedFileError
from icepair.products.safe.manifest import Manifest

__all__ = ["PolarisationFiles", "polarisation_files"]

_POLARISATION = re.compile(r"(?:^|[-_])(hh|hv|vv|vh)(?:[-_.]|$)", re.IGNORECASE)
_KINDS = {
    "annotation": re.compile(r"annotation/[^/]+\.xml", re.IGNORECASE),
    "calibration": re.compile(r"annotation/calibration/calibration-[^/]+\.xml", re.IGNORECASE),
    "noise": re.compile(r"annotation/calibration/noise-[^/]+\.xml", re.IGNORECASE),
    "measurement": re.compile(r"measurement/[^/]+\.tiff?", re.IGNORECASE),
}


@dataclass(frozen=True)
class PolarisationFiles:
    """Members of the archive that hold one polarisation."""

    annotation: str
    """Image, orbit, geolocation."""
    calibration: str
    """Calibration vectors."""
    noise: str
    """Noise vectors."""
    measurement: str
    """Digital numbers."""


def polarisation_files(manifest: Manifest) -> tuple[dict[str, PolarisationFiles], tuple[str, ...]]:
    """Files by polarisation, in the order of `conventions.POLARISATIONS`, and notes.

    A polarisation that the manifest lists and of which no file is there was left out on purpose:
    a note says so.

    Raises
    ------
    DamagedFileError
        A polarisation lacks some of its files, or there is none at all.
    ContradictionError
        Two files of one kind for one polarisation.
    """
    found = _by_polarisation(manifest)
    address = manifest.archive.address
    complete, notes = {}, []
    for polarisation in POLARISATIONS:
        members = found.get(polarisation, {})
        present = {kind: name for kind, name in members.items() if name in manifest.archive}
        lacking = [members.get(kind, f"its {kind} file") for kind in _KINDS if kind not in present]
        if members and not present:
            notes.append(f"The files of {polarisation} were left out of the product.")
        elif present and lacking:
            raise DamagedFileError(
                f"{address} lacks {' and '.join(lacking)}, without which {polarisation} cannot be "
                "used. Fetch the product again."
            )
        elif present:
            complete[polarisation] = PolarisationFiles(**present)
    if not complete:
        raise DamagedFileError(
            f"{address} holds no polarisation: no annotation/*.xml and measurement/*.tiff with "
            "hh, hv, vv or vh in their names. Fetch the product again."
        )
    return complete, tuple(notes)


def _by_polarisation(manifest: Manifest) -> dict[str, dict[str, str]]:
    """Members by polarisation and kind, listed in the manifest or present."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for member in dict.fromkeys((*manifest.archive.members, *manifest.files)):
        named = _POLARISATION.search(member.rsplit("/", 1)[-1])
        kind = next((kind for kind, form in _KINDS.items() if form.fullmatch(member)), None)
        if named is None or kind is None:
            continue
        other = found[named[1].upper()].setdefault(kind, member)
        if other != member and member in manifest.archive and other in manifest.archive:
            raise ContradictionError(
                f"{manifest.archive.address} has two {kind} files for {named[1].upper()}: {other} "
                f"and {member}. A ground-range detected product has one."
            )
    return found
