"""What is really there, on the optical scene's grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.conventions import attributes_of
from icepair.geo.surface import Surface
from icepair.simulate.geometry import to_ecef
from icepair.simulate.nbs import add, put_attributes
from icepair.simulate.nodes import spread
from icepair.simulate.optical import OpticalBlock, OpticalScene
from icepair.simulate.radar import RadarScene
from icepair.simulate.rasters import RasterWriter

__all__ = ["TruthFile"]

_CHUNK = (256, 256)
_NODE = 16


def source_positions(
    radar: RadarScene, optical: OpticalScene, rows: slice
) -> tuple[FloatArray, FloatArray]:
    """Line and sample in the radar image of the pixels of whole rows of the optical grid.

    The inverse of the geometry the radar image was made with, exact every 16 pixels and bicubic
    between (2e-6 pixel); the steps between ground-range records are put in pixel by pixel.
    """
    geometry = radar.annotation.geometry
    surface = Surface.parse(radar.settings.surface)

    def exact(row: FloatArray, column: FloatArray) -> tuple[FloatArray, FloatArray]:
        longitude, latitude = optical.grid.longitude_latitude(row, column)
        height = surface.height(longitude, latitude)
        return geometry.line_slant_range(to_ecef(longitude, latitude, height))

    every_row = np.arange(rows.start, rows.stop, dtype=np.float64)
    line, slant_range = spread(exact, every_row, np.arange(float(optical.grid.shape[1])), _NODE)
    return line, geometry.sample(line, slant_range)


class TruthFile:
    """``truth.nc``, filled while the optical scene is written."""

    def __init__(self, path: Path, radar: RadarScene, optical: OpticalScene) -> None:
        import h5netcdf

        self._path, self._radar, self._optical = path, radar, optical
        self._ice = {"s1": 0.0, "s2": 0.0}
        self._common = {"s1": 0.0, "s2": 0.0}
        self._pixels = {"sea": 0, "common": 0}
        with h5netcdf.File(path, "w") as file:
            self._define(file)
        self._rasters = RasterWriter(path)

    def _define(self, file: Any) -> None:
        grid = self._optical.grid
        height, width = grid.shape
        file.dimensions = {"y": height, "x": width}
        for name, values in (("y", grid.northings()), ("x", grid.eastings())):
            add(file, name, (name,), "f8", attributes_of(name))[...] = values
        add(file, "spatial_ref", (), "i4", {**_cf_projection(grid.crs)})
        for name, (dtype, words) in _VARIABLES.items():
            add(file, name, ("y", "x"), dtype, {**words, "grid_mapping": "spatial_ref"},
                chunks=_CHUNK, deflate=1)  # fmt: skip

    def write(self, rows: slice, block: OpticalBlock) -> None:
        """Add whole rows."""
        radar, optical = self._radar, self._optical
        easting, northing, *origin = optical.places(rows)
        ice_s1 = radar.field.ice_share(radar.field.shares(easting, northing, 10.0))
        land = optical.land.depth(optical.field, easting, northing) > 0.5
        line, sample = source_positions(radar, optical, rows)
        lines, samples = radar.annotation.shape
        seen = (line > -0.5) & (line < lines - 0.5) & (sample > -0.5) & (sample < samples - 0.5)
        shares = {
            "s1": np.where(land, np.nan, ice_s1),
            "s2": np.where(land, np.nan, block.ice_share),
        }
        values = {
            "s1_ice_share": shares["s1"], "s2_ice_share": shares["s2"], "s2_class": block.surface,
            "land": land, "s2_cloud": block.cloud, "s2_cirrus": block.cirrus,
            "s2_nodata": block.nodata, "s1_line": line, "s1_sample": sample,
            "drift_east": easting - origin[0], "drift_north": northing - origin[1],
        }  # fmt: skip
        for name, array in values.items():
            self._rasters.append(name, _rounded(array, name))
        both = seen & ~block.nodata & ~land & ~block.cloud
        self._pixels["common"] += int(both.sum())
        self._pixels["sea"] += int((~land).sum())
        for name, share in shares.items():
            self._ice[name] += float(np.nansum(share, dtype=np.float64))
            self._common[name] += float(share[both].sum(dtype=np.float64))

    def close(self) -> dict[str, float]:
        """Write the sums and close.

        Returns
        -------
        dict
            ``s1_ice_concentration`` and ``s2_ice_concentration`` over the sea pixels that both
            sensors saw, and the same with ``_whole_grid`` over all sea pixels of the grid.
        """
        pixels = max(self._pixels["common"], 1)
        sea = max(self._pixels["sea"], 1)
        sums = {
            "s1_ice_concentration": self._common["s1"] / pixels,
            "s2_ice_concentration": self._common["s2"] / pixels,
            "s1_ice_concentration_whole_grid": self._ice["s1"] / sea,
            "s2_ice_concentration_whole_grid": self._ice["s2"] / sea,
        }
        settings, radar = self._radar.settings, self._radar.annotation
        self._rasters.close()
        attributes: dict[str, object] = {
            "Conventions": "CF-1.11",
            "title": "What is really there in a simulated Sentinel-1 and Sentinel-2 pair",
            "source": "icepair.simulate",
            "s1_product": radar.product,
            "s1_time": f"{radar.time_at(0.5 * radar.seconds)}Z",
            "s2_time": f"{self._optical.time}Z",
            "surface": settings.surface,
            "seed": np.int64(settings.seed),
            **sums,
        }
        import h5netcdf

        with h5netcdf.File(self._path, "r+") as file:
            put_attributes(file, attributes)
        return sums


def _rounded(values: AnyArray, name: str) -> AnyArray:
    """Positions in steps of 2^-20 pixel, drift of 2^-6 m: below what they mean, half the file."""
    if name in ("s1_line", "s1_sample"):
        return np.round(values * 2.0**20) / 2.0**20
    if name.startswith("drift_"):
        return np.round(values * 2.0**6) / 2.0**6
    return values


def _cf_projection(crs: Any) -> dict[str, object]:
    numbers = {
        name: value for name, value in crs.to_cf().items() if isinstance(value, str | float | int)
    }
    return {**numbers, "crs_wkt": crs.to_wkt("WKT2_2019")}


_YES = {"flag_values": np.array([0, 1], dtype=np.uint8), "flag_meanings": "no yes"}
_VARIABLES: dict[str, tuple[str, dict[str, object]]] = {
    "s1_ice_share": ("f4", {"long_name": "share of sea ice at the radar's time", "units": "1"}),
    "s2_ice_share": ("f4", {"long_name": "share of sea ice at the optical time", "units": "1"}),
    "s2_class": ("u1", {
        "long_name": "class with the largest share at the optical time",
        "flag_values": np.arange(6, dtype=np.uint8),
        "flag_meanings": "water thick_ice thin_ice brash melt_pond land",
    }),
    "land": ("u1", {"long_name": "land", **_YES}),
    "s2_cloud": ("u1", {"long_name": "opaque cloud at the optical time", **_YES}),
    "s2_cirrus": ("u1", {"long_name": "cirrus at the optical time", **_YES}),
    "s2_nodata": ("u1", {"long_name": "beyond the optical swath", **_YES}),
    "s1_line": ("f8", attributes_of("s1_line")),
    "s1_sample": ("f8", attributes_of("s1_sample")),
    "drift_east": ("f4", {
        "long_name": "way of the ice from the radar's time to the optical time, along the "
        "parallel of the scene's centre", "units": "m",
    }),
    "drift_north": ("f4", {
        "long_name": "way of the ice from the radar's time to the optical time, along the "
        "meridian of the scene's centre", "units": "m",
    }),
}  # fmt: skip
