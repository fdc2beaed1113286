"""Pairs in the archive's layout from a generator that shares no code with icepair.

Geometry is a toy with an exact answer: the satellite's ground track is a geodesic, samples lie on
geodesics at right angles to it, both evenly spaced on the ellipsoid. There are no orbit attributes;
the control points are all there is. Ice is a thresholded random field that may drift between the
two looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
from pyproj import CRS, Geod, Transformer
from scipy.ndimage import gaussian_filter, map_coordinates

GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Toy:
    """What is to be made."""

    longitude: float
    latitude: float
    epsg: int
    heading: float = 200.0
    baseline: str = "N0208"
    drift_m: tuple[float, float] = (0.0, 0.0)
    share: float = 0.6
    lines: int = 480
    samples: int = 500
    spacing_m: float = 40.0
    rows: int = 700
    columns: int = 800
    seed: int = 1


@dataclass(frozen=True)
class ToyPair:
    """Files and the truth about them."""

    toy: Toy
    s1: Path
    s2: Path
    s1_share: float
    s2_share: float
    left: float
    top: float

    def place(self, line: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return place(self.toy, line, sample)

    def exact_line_sample(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, ...]:
        """Exact position of S2 pixel centres, by Newton steps on geodesic distances."""
        to_lonlat = Transformer.from_crs(self.toy.epsg, 4326, always_xy=True)
        lon, lat = to_lonlat.transform(
            self.left + (columns + 0.5) * 10, self.top - (rows + 0.5) * 10
        )
        line = np.full(rows.shape, self.toy.lines / 2.0)
        sample = np.full(rows.shape, self.toy.samples / 2.0)
        for _ in range(12):
            here = place(self.toy, line, sample)
            ahead, _, metres = GEOD.inv(*here, lon, lat)
            along = GEOD.inv(*here, *place(self.toy, line + 1, sample))[0]
            across = GEOD.inv(*here, *place(self.toy, line, sample + 1))[0]
            want = metres * np.exp(1j * np.radians(ahead)) / self.toy.spacing_m
            a, b = np.exp(1j * np.radians(along)), np.exp(1j * np.radians(across))
            determinant = a.real * b.imag - a.imag * b.real
            line = line + (want.real * b.imag - want.imag * b.real) / determinant
            sample = sample + (a.real * want.imag - a.imag * want.real) / determinant
        return line, sample


def place(toy: Toy, line: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of image positions, exactly."""
    line, sample = np.asarray(line, float), np.asarray(sample, float)
    full = np.full(line.shape, 1.0)
    # The image's middle lies at the place asked for: the track starts half an image away.
    # GEOD.fwd's third value is the azimuth back to where one came from.
    side = GEOD.fwd(toy.longitude, toy.latitude, toy.heading - 90, _GROUND + _half(toy.samples))
    start = GEOD.fwd(side[0], side[1], side[2] + 90, _half(toy.lines))
    lon, lat, back = GEOD.fwd(
        start[0] * full, start[1] * full, start[2] * full, line * toy.spacing_m
    )
    lon, lat, back, sample = np.broadcast_arrays(lon, lat, back, sample)
    out = GEOD.fwd(lon, lat, back + 270.0, _GROUND + sample * toy.spacing_m)
    return out[0], out[1]


_GROUND = 300_000.0
_HALF_SPACING = 20.0


def _half(count: int) -> float:
    return (count - 1) * _HALF_SPACING


class Field:
    """Ice share on a fine plane around the middle of the scene."""

    def __init__(self, toy: Toy) -> None:
        rng = np.random.default_rng(toy.seed)
        size, self.step = 2400, 10.0
        self.plane = Transformer.from_crs(
            4326,
            CRS.from_proj4(f"+proj=laea +lon_0={toy.longitude} +lat_0={toy.latitude}"),
            always_xy=True,
        )
        field = sum(
            gaussian_filter(rng.normal(size=(size // k, size // k)), 6.0).repeat(k, 0).repeat(k, 1)
            * 6.0
            for k in (1, 4, 12)
        )
        field = gaussian_filter(field, 3.0)
        self.ice = field > np.quantile(field, 1 - toy.share)

    def at(self, lon: np.ndarray, lat: np.ndarray, drift_m: tuple[float, float]) -> np.ndarray:
        x, y = self.plane.transform(lon, lat)
        half = self.ice.shape[0] / 2
        column = (np.asarray(x) - drift_m[0]) / self.step + half
        row = (np.asarray(y) - drift_m[1]) / self.step + half
        return map_coordinates(self.ice.astype(np.uint8), [row, column], order=0, mode="wrap")


def make_pair(toy: Toy, folder: Path) -> ToyPair:
    """Write both products; the drift moves the ice before the optical look."""
    rng = np.random.default_rng(toy.seed + 1)
    field = Field(toy)
    line, sample = (n.astype(float) for n in np.ogrid[: toy.lines, : toy.samples])
    thirds = np.arange(3) / 3 - 1 / 3
    share = np.mean(
        [field.at(*place(toy, line + a, sample + b), (0, 0)) for a in thirds for b in thirds],
        axis=0,
    )
    s1 = folder / "S1A_EW_GRDM_1SDH_20200410T050000_20200410T050004_032000_03B000_1234.nc"
    _write_radar(toy, s1, share, line, sample, rng)
    to_utm = Transformer.from_crs(4326, toy.epsg, always_xy=True)
    x, y = to_utm.transform(toy.longitude, toy.latitude)
    left = round(x / 10) * 10.0 - toy.columns * 5
    top = round(y / 10) * 10.0 + toy.rows * 5
    rows, columns = np.mgrid[0 : toy.rows, 0 : toy.columns].astype(float)
    to_lonlat = Transformer.from_crs(toy.epsg, 4326, always_xy=True)
    lon, lat = to_lonlat.transform(left + (columns + 0.5) * 10, top - (rows + 0.5) * 10)
    then, now = field.at(lon, lat, (0, 0)), field.at(lon, lat, toy.drift_m)
    name = f"S2B_MSIL1C_20200410T121501_{toy.baseline}_R095_T39XVL_20200410T143509"
    s2 = folder / f"{name}.nc"
    _write_optical(toy, s2, now, left, top, lon, lat, rng)
    return ToyPair(toy, s1, s2, float(then.mean()), float(now.mean()), left, top)


def _write_radar(
    toy: Toy,
    path: Path,
    share: np.ndarray,
    line: np.ndarray,
    sample: np.ndarray,
    rng: np.random.Generator,
) -> None:
    incidence = 28.0 + 8.0 * np.arange(toy.samples) / toy.samples
    water = {"HH": -17.0 - 0.5 * (incidence - 30), "HV": np.full(toy.samples, -29.0)}
    ice = {"HH": -10.5 - 0.2 * (incidence - 30), "HV": np.full(toy.samples, -19.5)}
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", 1), ("y", toy.lines), ("x", toy.samples), ("gcp_index", 90)):
            file.createDimension(name, size)
        _time(file, 1239339600)
        lon, lat = place(toy, line, sample)
        for name, values in (("lat", lat), ("lon", lon)):
            file.createVariable(name, "f4", ("y", "x"), chunksizes=(91, 99))[:] = values
        for polarisation in ("HH", "HV"):
            table = np.broadcast_to(420.0 + 60.0 * np.cos(incidence / 9.0), share.shape)
            noise = (
                np.broadcast_to(10**-2.9 * (1 + 0.2 * np.sin(incidence)), share.shape) * table**2
            )
            power = share * 10 ** (ice[polarisation] / 10) + (1 - share) * 10 ** (
                water[polarisation] / 10
            )
            looks = rng.gamma(10.7, 1 / 10.7, share.shape)
            amplitude = np.sqrt((power * table**2 + noise) * looks)
            rasters = {"sigmaNought": table, "noiseCorrectionMatrix": noise}
            variable = file.createVariable(
                f"Amplitude_{polarisation}", "u2", ("time", "y", "x"), fill_value=0, zlib=True,
                chunksizes=(1, 91, 99),
            )  # fmt: skip
            variable.polarisation = polarisation
            variable[0] = np.clip(np.round(amplitude), 1, 65535)
            for name, values in rasters.items():
                file.createVariable(
                    f"{name}_{polarisation}", "f4", ("time", "y", "x"), zlib=True,
                    chunksizes=(1, 91, 99),
                )[0] = values  # fmt: skip
            _control_points(toy, file, polarisation, incidence)
        file.createVariable("crsWGS84", "i4").grid_mapping_name = "latitude_longitude"
        file.title = path.stem
        file.setncatts({"mode": "EW", "product_type": "GRD", "orbit_direction": "descending"})


def _control_points(
    toy: Toy, file: netCDF4.Dataset, polarisation: str, incidence: np.ndarray
) -> None:
    lines = np.append(np.arange(8) * ((toy.lines - 1) // 8), toy.lines - 1)
    samples = np.append(np.arange(9) * ((toy.samples - 1) // 9), toy.samples - 1)
    line, sample = (part.ravel() for part in np.meshgrid(lines, samples, indexing="ij"))
    lon, lat = place(toy, line, sample)
    values = {
        "line": line,
        "pixel": sample,
        "latitude": lat,
        "longitude": lon,
        "height": np.zeros(line.size),
        "incidenceAngle": incidence[sample],
    }
    for name, column in values.items():
        file.createVariable(f"GCP_{name}_{polarisation}", "f4", ("gcp_index",))[:] = column


def _write_optical(
    toy: Toy,
    path: Path,
    ice: np.ndarray,
    left: float,
    top: float,
    lon: np.ndarray,
    lat: np.ndarray,
    rng: np.random.Generator,
) -> None:
    offset = 1000 if toy.baseline >= "N0400" else 0
    bright = {"B2": 0.75, "B3": 0.72, "B4": 0.70, "B8": 0.62}
    dark = {"B2": 0.10, "B3": 0.06, "B4": 0.04, "B8": 0.025}
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", None), ("y", toy.rows), ("x", toy.columns)):
            file.createDimension(name, size)
        _time(file, 1239365701)
        for name, values in (
            ("x", left + 10 * np.arange(toy.columns)),
            ("y", top - 10 * np.arange(toy.rows)),
        ):
            variable = file.createVariable(name, "i4", (name,))
            variable.units = "m"
            variable[:] = np.round(values)
        for name, values in (("lat", lat), ("lon", lon)):
            file.createVariable(name, "f4", ("y", "x"))[:] = values
        texture = 1 + 0.12 * gaussian_filter(rng.normal(size=ice.shape), 2.0) / 0.14
        for band in bright:
            reflectance = np.where(ice, bright[band] * np.clip(texture, 0.5, 1.3), dark[band])
            numbers = np.round((reflectance + rng.normal(0, 0.003, ice.shape)) * 10000) + offset
            variable = file.createVariable(band, "u2", ("time", "y", "x"), fill_value=0, zlib=True)
            variable.setncatts({"_Unsigned": "true", "grid_mapping": "UTM_projection"})
            variable[0] = np.clip(numbers, 1, 65534).astype(np.uint16)
        crs = CRS.from_epsg(toy.epsg)
        mapping = file.createVariable("UTM_projection", "i4")
        mapping.crs_wkt = crs.to_wkt("WKT1_GDAL")
        mapping.epsg_code = str(toy.epsg)
        mapping.proj4_string = (
            f"+proj=utm +zone={toy.epsg % 100} +datum=WGS84 +units=m +no_defs"
            + (" +south" if 32700 < toy.epsg < 32761 else "")
        )
        file.title = path.stem
        file.setncatts({"PROCESSING_LEVEL": "Level-1C", "platform": "Sentinel-2B"})


def _time(file: netCDF4.Dataset, seconds: int) -> None:
    time = file.createVariable("time", "i4", ("time",))
    time.units = "seconds since 1981-01-01 00:00:00"
    time[:] = [seconds]
