"""What a band is: recognised where names leave no doubt, asked for where they do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from stack_files import TIME, decibels, geotiff, numbers

import icepair as ip
from icepair.errors import UnsupportedProductError, UsageError
from icepair.products.stack.files import read_layers
from icepair.products.stack.roles import recognised

RNG = np.random.default_rng(7)


@pytest.mark.parametrize(
    ("description", "role"),
    [
        ("VV", "VV"), ("vh", "VH"), ("sigma0_HH", "HH"), ("Sigma0_HV_db", "HV"), ("VV_dB", "VV"),
        ("Gamma nought VH (dB)", "VH"), ("VV/VH", None), ("VV_VH_ratio", None), ("AVVA", None),
        ("B02", "B02"), ("B2", "B02"), ("b8a", "B8A"), ("B12", "B12"), ("B13", None),
        ("TOA reflectance B11", "B11"), ("B02_B03", None), ("blue", "B02"), ("swir22", "B12"),
        ("angle", "incidence"), ("ellipsoidIncidenceAngle", "incidence"), ("SCL", None),
        ("local_incidence_angle_VV", "incidence"), ("", None), ("bands", None),
    ],
)  # fmt: skip
def test_descriptions(tmp_path: Path, description: str, role: str | None) -> None:
    bands = np.zeros((2, 3, 3), np.float32)
    file = geotiff(tmp_path / "x.tif", bands, descriptions=(description, None))
    assert recognised(read_layers([file])[0]) == role


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("B02.tif", "B02"), ("T39XVL_20220403T120000_B8A_20m.tif", "B8A"), ("sigma0_HH.tif", "HH"),
        ("S1A_EW_GRDM_1SDH_20220403T120000_20220403T120100_043211_05290A_1A2B_HV.tif", "HV"),
        ("scene.tif", None),
    ],
)  # fmt: skip
def test_file_names_tell_the_role_of_a_single_band(
    tmp_path: Path, name: str, role: str | None
) -> None:
    alone = geotiff(tmp_path / name, np.zeros((1, 3, 3), np.float32))
    assert recognised(read_layers([alone])[0]) == role
    together = geotiff(tmp_path / name, np.zeros((2, 3, 3), np.float32))
    assert recognised(read_layers([together])[0]) is None


def test_colours_are_bands_unless_they_are_a_picture(tmp_path: Path) -> None:
    for dtype, roles in (("uint16", ["B04", "B03", "B02"]), ("uint8", [None] * 3)):
        bands = np.ones((3, 4, 4), dtype)
        file = geotiff(tmp_path / f"{dtype}.tif", bands, photometric="RGB")
        assert [recognised(layer) for layer in read_layers([file])] == roles


def test_told_roles_win_and_may_leave_bands_out(tmp_path: Path) -> None:
    values = decibels(RNG, (3, 40, 50))
    file = geotiff(tmp_path / "x.tif", values, descriptions=("VV", "VH", "DEM"), tags=TIME)
    scene = ip.open_scene(file, roles="hh,-,HV")
    assert scene.polarisations == ("HH", "HV")
    power, _ = scene.read_sigma_nought("HV", ip.Window(0, 40, 0, 50))
    np.testing.assert_array_equal(power, (10 ** (values[2].astype(float) / 10)).astype("f4"))
    assert scene.notes[-1] == "Left out, of no known role: band 2 of x.tif."


def test_a_file_of_both_sensors_opens_by_the_names_of_one(tmp_path: Path) -> None:
    bands = np.concatenate([decibels(RNG, (2, 30, 30)), numbers(RNG, (2, 30, 30))])
    both = geotiff(tmp_path / "both.tif", bands, descriptions=("VV", "VH", "B03", "B04"), tags=TIME)
    with pytest.raises(UsageError, match=r"both sensors \(VV, VH, B03, B04\).*--s1-bands VV,VH"):
        ip.open_scene(both)
    assert ip.open_scene(both, roles="VV,VH").polarisations == ("VV", "VH")
    assert ip.open_scene(both, roles="B03,B04", offset=-1000).bands == ("B03", "B04")


def test_what_is_refused_says_what_to_do(tmp_path: Path) -> None:
    values = decibels(RNG, (2, 20, 20))
    unnamed = geotiff(tmp_path / "x.tif", values, tags=TIME)
    with pytest.raises(UsageError, match=r"Nothing says what the bands.*--s1-bands or --s2-bands"):
        ip.open_scene(unnamed)
    with pytest.raises(UsageError, match=r"has 2 bands, and 3 were named \(VV, VH, -\)"):
        ip.open_scene(unnamed, roles="VV,VH,-")
    with pytest.raises(UsageError, match=r"no band 'XX'.*HH, HV, VV, VH and incidence"):
        ip.open_scene(unnamed, roles="VV,XX")
    with pytest.raises(UsageError, match=r"Several bands .* are VV: band 1 of x.tif, band 2"):
        ip.open_scene(unnamed, roles="VV,VV")


@pytest.mark.parametrize("name", ["Amplitude_VV", "Intensity_VV", "Beta0_VV"])
def test_radar_without_calibration_is_refused_unless_vouched_for(tmp_path: Path, name: str) -> None:
    file = geotiff(tmp_path / "x.tif", decibels(RNG, (1, 20, 20)), descriptions=(name,), tags=TIME)
    with pytest.raises(UnsupportedProductError, match=f"'{name}', which is not sigma nought"):
        ip.open_scene(file)
    assert ip.open_scene(file, roles="VV").polarisations == ("VV",)


def test_bands_of_landsat_are_refused(tmp_path: Path) -> None:
    name = "LC08_L2SP_012013_20220403_20220403_02_T1_SR_B4.tif"
    file = geotiff(tmp_path / name, numbers(RNG, (1, 20, 20)), tags=TIME)
    with pytest.raises(UnsupportedProductError, match="Landsat"):
        ip.open_scene(file, offset=0)
