"""From a result of ``icepair align`` to a radar that its optical scene taught."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from icepair.errors import OutputError
from icepair.ice.methods import DEFAULTS, TAUGHT
from icepair.pair.values import plain_number
from icepair.pipeline.results import form_of_result, unreadable
from icepair.pipeline.steps import Progress, Steps

__all__ = ["teach"]

_SMALL = 16_000_000
"""Pixels of a pair that is read once, into memory."""


def teach(
    folder: str | Path,
    out: str | Path,
    *,
    s2_mask: str = DEFAULTS["s2"],
    overwrite: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Teach the radar of a result and write it as a file.

    Parameters
    ----------
    folder : str or Path
        That `align` wrote; nothing in it changes.
    out : str or Path
        The file, of JSON.
    s2_mask : str
        Method that tells ice in the optical scene.
    overwrite : bool
        Whether a file that exists may be replaced.
    progress : Progress, optional
        Is told of every step.

    Returns
    -------
    dict
        Plain values: the lessons, the range of validity, and how much ice the radar sees in its
        own area, taught and untaught.

    Raises
    ------
    InputError
        The folder is no result, or a damaged one.
    UsageError
        Too little of the pair is clear; no such method.
    OutputError
        The file exists, or cannot be written.
    """
    out = Path(out).expanduser()
    if out.exists() and not overwrite:
        raise OutputError(
            f"{str(out)!r} exists. Choose another name with --out, or replace it with --overwrite."
        )
    folder, steps = Path(folder).expanduser(), Steps(progress)
    form = form_of_result(folder, "icepair teach")
    try:
        with form.read(folder / form.file) as pair:
            return _taught(pair, out, s2_mask, steps)
    except (OSError, KeyError, RuntimeError) as error:
        raise unreadable(folder / form.file, error) from error


def _taught(pair: Any, out: Path, s2_mask: str, steps: Steps) -> dict[str, Any]:
    import dataclasses

    from icepair.ice.concentration import concentrations
    from icepair.ice.mask import sea_ice
    from icepair.ice.taught import teach_radar
    from icepair.ice.taught.teach import BASE

    if pair.sizes["y"] * pair.sizes["x"] <= _SMALL:
        pair = pair.compute()
    with steps.step("teach"):
        radar = teach_radar(pair, s2_mask=s2_mask)
        radar.save(out)
    found = {}
    with steps.step("ice"):
        for name, method in (("taught", f"{TAUGHT}{out}"), ("untaught", BASE)):
            shares = concentrations(sea_ice(pair, s1_mask=method, s2_mask=s2_mask))
            found[name] = {
                "ice_concentration_own_area": plain_number(shares.s1_own_area),
                "ice_concentration_own_area_uncertainty": plain_number(
                    shares.s1_own_area_uncertainty
                ),
            }
    return {
        "file": str(out.resolve()),
        "lessons": dataclasses.asdict(radar.lessons),
        "validity": dataclasses.asdict(radar.validity),
        "s1": found,
        "timings": steps.timings,
    }
