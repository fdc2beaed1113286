"""The main job: two products in, a folder with the aligned pair and what it says out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icepair._memory import give_back
from icepair.ice.cells import require_cells
from icepair.pair.reasons import FlagCounts
from icepair.pair.values import plan_values
from icepair.pipeline.floes import Written, floes_of, write_floes
from icepair.pipeline.ice import MASKS, PROBABILITIES, IceNumbers, ice_of, require_masks
from icepair.pipeline.matches import write_floe_matches
from icepair.pipeline.notes import notes_on
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.staging import staged
from icepair.pipeline.steps import Progress, Steps
from icepair.pipeline.summary import (
    Summary,
    summary_values,
    write_summary,
)
from icepair.write.formats import FORMATS

if TYPE_CHECKING:
    import xarray as xr

    from icepair.pair.plan import Plan
    from icepair.write.formats import PairFormat

__all__ = ["align", "describe_plan"]

Address = str | Path

_SMALL = 8_000_000
"""Pixels up to which a pair is held in memory, 300 MB with the usual variables."""


def align(
    s1: Address,
    s2: Address | Sequence[Address],
    out: Address,
    recipe: Recipe | None = None,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Align two products, tell ice from water in both, and write all of it to a folder.

    Parameters
    ----------
    s1, s2 : str or Path
        A Sentinel-1 and a Sentinel-2 product: path, or address on an OPeNDAP server. Several
        Sentinel-2 products of one tile and day are merged.
    out : str or Path
        Folder for ``pair.nc`` (or ``pair.zarr``), ``summary.json``, GeoTIFFs and pictures. It
        appears, or changes, only when everything is complete.
    recipe : Recipe, optional
        Parameters; the defaults where None.
    overwrite : bool
        Whether a folder that is not empty may get the result.
    progress : Progress, optional
        Is told of every step and of bytes done.

    Returns
    -------
    Summary
        What is in ``summary.json``, and where.

    Raises
    ------
    InputError
        A product cannot be used.
    NoOverlapError
        The products share no ground.
    UsageError
        The recipe asks for what the products do not have.
    RemoteError
        A server, or the way to it, failed. What has arrived is kept in the cache: the same call
        goes on where it stopped.
    OutputError
        The result cannot be written; what was there before is untouched.
    """
    recipe = recipe or Recipe()
    FORMATS[recipe.format].require()
    require_masks(recipe)
    steps = Steps(progress)
    with staged(out, overwrite=overwrite) as folder, _planned(s1, s2, recipe, steps) as plan:
        values = _write_all(plan, recipe, folder, steps)
    return Summary(values, Path(out).expanduser().resolve())


def describe_plan(
    s1: Address, s2: Address | Sequence[Address], recipe: Recipe | None = None
) -> dict[str, Any]:
    """What `align` would do, as plain values; only metadata is read.

    Raises
    ------
    InputError, NoOverlapError, UsageError, RemoteError
        As `align`.
    """
    with _planned(s1, s2, recipe or Recipe(), Steps()) as plan:
        return plan_values(plan) | {"notes": notes_on(plan)}


@contextmanager
def _planned(
    s1: Address, s2: Address | Sequence[Address], recipe: Recipe, steps: Steps
) -> Iterator[Plan]:
    """Plan of two products, which are let go of in the end."""
    from icepair.pair.plan import plan
    from icepair.products.open import open_scene

    with ExitStack() as opened:
        with steps.step("open"):
            scenes = (
                open_scene(s1, **recipe.of_scene("s1")),
                open_scene(s2, **recipe.of_scene("s2")),
            )
            for scene in scenes:
                opened.callback(scene.container.close)
        with steps.step("plan"):
            made = plan(*scenes, **recipe.of_plan)  # type: ignore[arg-type]
        yield made


def _write_all(plan: Plan, recipe: Recipe, folder: Path, steps: Steps) -> dict[str, Any]:
    """Everything but the final name. Products are read once; large pairs are read back."""
    form = FORMATS[recipe.format]
    if recipe.cells is not None:
        require_cells(recipe.cells, plan.grid.spacing_m)
    file = folder / form.file
    with steps.step("align", plan.bytes_to_read):
        blocks = _Blocks(plan, steps, form)
        form.write(plan.run().drop_vars("valid"), file, computed=blocks.take)
        for scene in (plan.s1, plan.s2):
            scene.container.forget()
        give_back()
    with steps.step("ice"), blocks.together(file) as pair:
        masks, numbers = ice_of(plan, pair, recipe)
    with steps.step("write"):
        form.append(masks, file)
    with blocks.together(file) as pair:
        seen = pair.drop_vars(PROBABILITIES, errors="ignore").assign(masks[[*MASKS]])
        files = _write_views(plan, seen, numbers, folder, steps)
        if recipe.cells is not None and recipe.preset != "tutorial":
            files = (*files, *_write_cells(pair, masks, recipe.cells, folder))
        of_objects, objects = _write_objects(plan, recipe, seen, folder, steps)
    names = (form.file, "summary.json", *files, *of_objects)
    values = summary_values(
        plan,
        recipe,
        numbers,
        blocks.flags,
        timings=steps.timings,
        files=names,
        objects=objects,
    )
    write_summary(values, folder / "summary.json")
    return values


def _write_objects(
    plan: Plan, recipe: Recipe, pair: xr.Dataset, folder: Path, steps: Steps
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Floes and matches, as far as they are wanted: names of files, and values of the summary."""
    written = {name: Written((), None) for name in ("floes", "matches")}
    if recipe.floes or recipe.match:
        with steps.step("floes"):
            found = floes_of(pair)
            if recipe.floes:
                written["floes"] = write_floes(found, folder)
    if recipe.match:
        with steps.step("match"):
            hours, pixel_m = plan.time_difference_hours, _coarser_m(pair)
            written["matches"] = write_floe_matches(found, hours, pixel_m, folder)
    files = tuple(name for part in written.values() for name in part.files)
    return files, {name: part.values for name, part in written.items()}


def _coarser_m(pair: xr.Dataset) -> float:
    """Pixel of the coarser sensor, metres."""
    import numpy as np

    return float(max(np.max(pair.attrs[f"{sensor}_spacing_m"]) for sensor in ("s1", "s2")))


def _write_cells(
    pair: xr.Dataset, masks: xr.Dataset, cell_m: float, folder: Path
) -> tuple[str, ...]:
    """The map on cells as NetCDF, and its concentrations and their errors as GeoTIFFs."""
    from icepair.ice.cells import concentration_map
    from icepair.write.geotiff import write_geotiff
    from icepair.write.netcdf import write_netcdf

    cells = concentration_map(pair.assign(masks), cell_m)
    write_netcdf(cells, folder / "cells.nc")
    chosen = [str(name) for name in cells if "concentration" in str(name)]
    for name in chosen:
        write_geotiff(cells[name], folder / f"cells_{name}.tif")
    return ("cells.nc", *(f"cells_{name}.tif" for name in chosen))


class _Blocks:
    """Keeps the blocks of a small pair as they are computed, and tells how many are done."""

    flags: FlagCounts
    """Of all blocks."""

    def __init__(self, plan: Plan, steps: Steps, form: PairFormat) -> None:
        self.flags = FlagCounts()
        self._form = form
        pixels = plan.grid.shape[0] * plan.grid.shape[1]
        self._per_pixel = plan.bytes_to_read / pixels
        self._small = pixels <= _SMALL
        self._progress = steps.progress
        self._kept: list[Any] = []

    def take(self, block: xr.Dataset) -> None:
        """Count a block's flags and the bytes read for it; keep it if all can be kept."""
        self.flags.add({name: block[name].values for name in ("s1_flags", "s2_flags")})
        self._progress.advance(round(block.sizes["y"] * block.sizes["x"] * self._per_pixel))
        if self._small:
            self._kept.append(block)

    @contextmanager
    def together(self, file: Path) -> Iterator[xr.Dataset]:
        """The whole pair: from memory, or lazily from the file it was written to."""
        import xarray as xr

        if self._small:
            self._kept = [xr.combine_by_coords(self._kept, combine_attrs="override")]
            yield self._kept[0]
            return
        with self._form.read(file) as pair:
            yield pair


def _write_views(
    plan: Plan, pair: xr.Dataset, numbers: IceNumbers, folder: Path, steps: Steps
) -> tuple[str, ...]:
    """GeoTIFFs and pictures, side by side: GDAL leaves the interpreter to matplotlib."""
    from concurrent.futures import ThreadPoolExecutor

    from icepair.pipeline.outline import caption_of, outlines_of
    from icepair.write.geotiff import write_geotiffs
    from icepair.write.pictures import write_pictures

    with steps.step("views", _bytes_of(pair)), ThreadPoolExecutor(1) as beside:
        tiffs = beside.submit(write_geotiffs, pair, folder, written=steps.progress.advance)
        pictures = write_pictures(
            pair, folder, caption=caption_of(plan, numbers.shares), outlines=outlines_of(plan)
        )
        return (*tiffs.result(), *pictures)


def _bytes_of(pair: Any) -> int:
    from icepair.write.geotiff import GEOTIFF_PREFIXES

    return sum(
        variable.nbytes
        for name, variable in pair.data_vars.items()
        if str(name).startswith(GEOTIFF_PREFIXES)
    )
