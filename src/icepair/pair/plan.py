"""Plan, look, run: what aligning two scenes would read, onto which grid, and how exact it is."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from icepair._typing import FloatArray
from icepair.dap.cost import Cost
from icepair.geo.grid import Grid
from icepair.geo.surface import Surface
from icepair.geo.swath import Swath
from icepair.geo.swath_grid import SwathGrid
from icepair.geo.window import Window
from icepair.pair import arguments, streaming
from icepair.pair.arguments import WindowLike
from icepair.pair.budget import ErrorBudget, error_budget
from icepair.pair.clouds import Clouds, settled_clouds
from icepair.pair.land import Land, land_on, with_land
from icepair.pair.maps import maps_onto
from icepair.pair.overlap import BoundingBox, Overlap
from icepair.pair.parts import needed_part, pixel_spacing_m, times_seen
from icepair.pair.radar_processing import (
    RadarProcessing,
    refuse_unknown_incidence,
    settled_processing,
)
from icepair.pair.tables import plan_table
from icepair.pair.target import target_grid
from icepair.pair.values import iso_utc, plan_values
from icepair.products.container import Selection
from icepair.products.scene import OpticalScene, RadarScene
from icepair.products.valid import valid_footprint
from icepair.radar.incidence import ReferenceIncidence
from icepair.radar.speckle import SpeckleMethod
from icepair.resample.by_distance import DistanceMap, map_by_distance
from icepair.resample.methods import Method, method_named, spelled_method
from icepair.resample.source_map import NodeMap, ShiftMap, SourceMap

if TYPE_CHECKING:
    import xarray as xr

    from icepair.pair.dataset import SensorReader

__all__ = ["Plan", "plan"]


@dataclass(frozen=True, eq=False)
class Plan:
    """What `run` will do. Metadata and a lattice of single pixels have been read to make it."""

    s1: RadarScene
    """The radar scene."""
    s2: OpticalScene
    """The optical scene."""
    grid: Grid | SwathGrid
    """Target."""
    swath: Swath
    """Geolocation of the radar scene."""
    s1_window: Window
    """Lines and samples that will be read."""
    s2_window: Window
    """Rows and columns that will be read."""
    polarisations: tuple[str, ...]
    """Polarisations that will be read."""
    bands: tuple[str, ...]
    """Bands that will be read."""
    method: Method
    """Resampling method."""
    node_map: NodeMap = field(repr=False)
    """Exact radar position of every target pixel; on its nodes the incidence angle is known."""
    s1_map: SourceMap = field(repr=False)
    """Radar pixel of every target pixel; the tutorial's differs from the exact one."""
    s2_map: SourceMap = field(repr=False)
    """Optical pixel of every target pixel."""
    s1_time: datetime
    """When the radar saw the middle of the overlap, UTC."""
    s2_time: datetime
    """When the optical sensor saw it, as far as the product tells, UTC."""
    time_difference_hours: float
    """Optical less radar."""
    budget: ErrorBudget
    """Expected errors of position."""
    source_position: bool
    """Whether `run` gives line and sample of every pixel."""
    processing: RadarProcessing
    """What radar power goes through besides calibration."""
    land: Land | None
    """Land on the target; None where none is wanted, or none known."""
    clouds: Clouds = field(repr=False)
    """Who tells cloud."""

    @property
    def geolocation(self) -> str:
        """``range-doppler``, ``control-points``, ``rasters`` or ``grid``."""
        return "rasters" if isinstance(self.s1_map, DistanceMap) else self.swath.method

    @property
    def bytes_to_read(self) -> int:
        """Bytes of all windows as the arrays' types have them, before any compression."""
        radar = self.s1_window.size * self.s1.bytes_per_pixel * len(self.polarisations)
        per_pixel = 2 * len(self._bands_read) + len(self.clouds.masks)
        return radar + self.s2_window.size * per_pixel

    @property
    def cost(self) -> Cost:
        """Bytes and requests that `run` takes over a network; nothing for files.

        Tables are decimated and what is cached is left out.
        """
        radar, optical = self._selections()
        return self.s1.container.cost(radar) + self.s2.container.cost(optical)

    def run(self) -> xr.Dataset:
        """Both scenes on the plan's grid.

        Returns
        -------
        xarray.Dataset
            Dask-backed, dimensions (y, x), y descending, coordinates at pixel centres; on the
            radar's own pixels y and x are lines and samples, with ``longitude`` and ``latitude``:
            ``s1_sigma0_*`` (linear power), ``s1_incidence_angle`` (degrees), ``s2_b*``
            (reflectance), ``s1_flags``, ``s2_flags`` (why a pixel has no answer), ``valid``, and
            ``s1_nesz_*``, ``s1_line``, ``s1_sample`` where they were asked for. Nothing is read
            before the values are asked for; `DamagedFileError` and `RemoteError` may be raised
            then.
        """
        from icepair.pair.blocks import OpticalReader, RadarReader
        from icepair.pair.coordinates import PlacesReader
        from icepair.pair.dataset import lazy_dataset

        radar_selections, optical_selections = self._selections()
        self.s1.container.announce(radar_selections)
        self.s2.container.announce(optical_selections)
        radar = RadarReader(
            processing=self.processing,
            source_map=self.s1_map,
            node_map=self.node_map,
            incidence_nodes=self._incidence_nodes(),
            method=self.method,
            source_position=self.source_position,
        )
        optical = OpticalReader(
            self.s2, self.s2_window, self.s2_map, self.bands, self.method, self.clouds
        )
        places = PlacesReader(self.s2.grid, self.s2_map) if self._is_in_swath else None
        sensors: list[SensorReader] = [radar, optical]
        if self.land is not None and not self.land.mask.is_empty:
            sensors = with_land(sensors, self.land.mask)
        return lazy_dataset(self.grid, sensors, self._attributes(), places)

    def __str__(self) -> str:
        return plan_table(plan_values(self))

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    @property
    def _is_in_swath(self) -> bool:
        return isinstance(self.grid, SwathGrid)

    def _selections(self) -> tuple[list[Selection], list[Selection]]:
        return (
            self.processing.selections(),
            streaming.optical_selections(
                self.s2, self._bands_read, self.clouds.masks, self.s2_window
            ),
        )

    @property
    def _bands_read(self) -> tuple[str, ...]:
        """Bands asked for, and those that only the tests for cloud look at."""
        return tuple(dict.fromkeys((*self.bands, *self.clouds.bands)))

    def _incidence_nodes(self) -> FloatArray:
        nodes = self.node_map
        return self.swath.incidence_angle(
            nodes.row_nodes, nodes.complete(nodes.row_nodes, nodes.column_nodes)
        )

    def _attributes(self) -> dict[str, object]:
        return {
            "s1_product": self.s1.product,
            "s2_product": self.s2.product,
            "s1_time": iso_utc(self.s1_time),
            "s2_time": iso_utc(self.s2_time),
            "s1_spacing_m": pixel_spacing_m(self.s1, self.swath),
            "s2_spacing_m": self.s2.grid.spacing_m,
            "grid_spacing_m": self.grid.spacing_m,
            "method": self.method.name,
            **self.processing.attributes,
            "geolocation": self.geolocation,
            "surface": self.swath.surface.name,
            "clouds": str(self.clouds),
            "land": "unknown" if self.land is None else self.land.source,
        }


def plan(  # noqa: PLR0913 - mirrors the options of the command line, one for one
    s1: RadarScene,
    s2: OpticalScene,
    *,
    grid: str = "s2",
    bbox: BoundingBox | None = None,
    s1_window: WindowLike = None,
    s2_window: WindowLike = None,
    bands: Sequence[str] | str = ("B02", "B03", "B04", "B08"),
    polarisation: Sequence[str] | str | None = None,
    method: str = "nearest",
    surface: Surface | str | float = "geoid",
    preset: Literal["default", "tutorial"] = "default",
    source_position: bool = False,
    drift_m_s: float | None = None,
    speckle: str | SpeckleMethod | None = None,
    balance: bool = False,
    incidence: str | float | ReferenceIncidence | None = None,
    nesz: bool = False,
    land: str = "auto",
    coast_buffer_m: float = 0.0,
    clouds: str = "auto",
) -> Plan:
    """Work out how two scenes come onto one grid, from metadata and a few probes for nodata.

    Parameters
    ----------
    s1, s2 : RadarScene, OpticalScene
        From `icepair.open_scene`; given the other way round they are swapped.
    grid : str
        ``s2`` (the optical scene's own pixels), ``s1`` (the radar's), ``CRS@metres``
        (``EPSG:3413@40``; edges at multiples of the spacing) or ``like:FILE`` (the pixels of a
        raster file).
    bbox : tuple, optional
        West, south, east, north in degrees; west above east crosses 180.
    s1_window, s2_window : Window, str or four numbers, optional
        Limits in the products, lines and samples or rows and columns, stops exclusive.
    bands : sequence of str, or str with commas
        Optical bands, ``B02`` or ``B2``.
    polarisation : sequence of str, or str with commas, optional
        All that the product has, unless given.
    method : str
        ``nearest``, ``bilinear``, ``cubic``, ``lanczos``, ``area`` or ``gaussian@METRES`` (full
        width at half maximum on the ground).
    surface : Surface, str or float
        ``geoid``, ``ellipsoid`` or metres above the ellipsoid.
    preset : str
        ``tutorial`` takes the nearest place of the product's rasters within 50 m (reads them).
        These lie on the ellipsoid, whatever `surface` says; band and polarisation of the
        tutorial's arithmetic are read besides those asked for.
    source_position : bool
        Whether the result has line and sample of every pixel.
    drift_m_s : float, optional
        Speed of the ice for the drift that is expected between the looks; 0.3 m/s unless given.
    speckle : str or SpeckleMethod, optional
        Filter for the radar's power in its own geometry, before it is aligned: ``median:5``,
        ``boxcar:5``, ``refined-lee:7``, ``gamma-map:7``, with the number of looks after another
        colon if it is not to be that of the kind of product. The tutorial's arithmetic filters
        by itself and does not see it.
    balance : bool
        Whether what is left of thermal noise in HV or VH is evened out between sub-swaths, by the
        steps at their borders all along the scene (read when the numbers are).
    incidence : str, float or ReferenceIncidence, optional
        Angle to which backscatter is brought, with the law: ``30`` (slopes of sea ice),
        ``30:-0.2`` (decibels per degree), ``30:HH=-0.24,HV=-0.16``, ``30:cos2``.
    nesz : bool
        Whether the result has the noise equivalent, ``s1_nesz_*``.
    land : str
        ``auto`` (the installed coastline, if there is one), ``osm``, ``gshhg``, ``none``, or a
        file: polygons in GeoJSON, or a raster that is not 0 on land. The tutorial's arithmetic
        knows no land.
    coast_buffer_m : float
        Metres on the ground by which land is widened.
    clouds : str
        Who tells cloud: ``auto`` (the product's masks and tests on B03 and B11, whichever there
        are), ``product``, ``tests`` (B10 too), ``s2cloudless`` or ``none``.
        Bands that only tests look at are
        read besides those asked for. The tutorial's arithmetic has the product's masks alone.

    Returns
    -------
    Plan
        Look at it, then `Plan.run`.

    Raises
    ------
    NoOverlapError
        The scenes share no ground, or not inside what was asked for.
    UsageError
        A window outside its scene, a band or polarisation that the product does not have.
    InputError
        The file of land cannot be used.
    ContradictionError
        The product's places contradict each other.
    """
    s1, s2 = arguments.scenes(s1, s2)
    lines = arguments.checked_window(s1_window, s1.shape, "--s1-window", ("lines", "samples"))
    rows = arguments.checked_window(s2_window, s2.shape, "--s2-window", ("rows", "columns"))
    polarisations, band_names = arguments.channels(s1, s2, polarisation, bands, preset)
    method = spelled_method(method)
    swath = s1.swath(arguments.surface_of(surface, preset))
    overlap = Overlap(
        swath,
        s2.grid,
        bbox,
        lines,
        rows,
        s1_holds=valid_footprint(s1),
        s2_holds=valid_footprint(s2),
    )
    radar_spacings_m = pixel_spacing_m(s1, swath)
    target = target_grid(overlap, grid, radar_spacings_m)
    chosen = method_named(method, target.spacing_m)
    s1_map, s2_map, node_map = maps_onto(target, swath, s2.grid)
    processing = settled_processing(
        s1, polarisations, speckle=speckle, balance=balance, incidence=incidence, nesz=nesz
    )
    radar_window = lines or needed_part(s1_map, s1.shape, chosen, processing.margin)
    refuse_unknown_incidence(processing, swath, radar_window)
    if preset == "tutorial":
        product, _ = arguments.tutorial_scenes(s1, s2)
        places = product.read_longitude_latitude(radar_window)
        s1_map = map_by_distance(*places, radar_window, target)
    s1_time, hours = times_seen(s1, s2, radar_window, preset)
    optical_window = rows or needed_part(s2_map, s2.shape, chosen)
    return Plan(
        s1=s1,
        s2=s2,
        grid=target,
        swath=swath,
        s1_window=radar_window,
        s2_window=optical_window,
        polarisations=polarisations,
        bands=band_names,
        method=chosen,
        node_map=node_map,
        s1_map=s1_map,
        s2_map=s2_map,
        s1_time=s1_time,
        s2_time=s2.time,
        time_difference_hours=hours,
        budget=error_budget(
            swath,
            map_error_m=math.hypot(
                s1_map.bound * max(radar_spacings_m), s2_map.bound * s2.grid.spacing_m
            ),
            picked_spacings_m=[
                side
                for each, side in ((s1_map, max(radar_spacings_m)), (s2_map, s2.grid.spacing_m))
                if method == "nearest" and not isinstance(each, ShiftMap)
            ],
            time_difference_s=hours * 3600.0,
            orbit_quality=s1.orbit_quality,
            is_refined=s2.is_refined,
            drift_m_s=drift_m_s,
        ),
        source_position=source_position,
        processing=replace(processing, window=radar_window),
        land=None if preset == "tutorial" else land_on(target, land, coast_buffer_m),
        clouds=settled_clouds(s2, optical_window, clouds, band_names, preset),
    )
