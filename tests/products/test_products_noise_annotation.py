"""Noise files of a SAFE product: into records, and against what the archive's converter writes."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from icepair.errors import DamagedFileError
from icepair.products.safe.sentinel1.noise_annotation import noise_annotation
from icepair.radar.noise import SwathBounds, ThermalNoise, Timing, thermal_noise
from icepair.radar.noise.blocks import LocatedVector
from icepair.testing.noise import noise_slow

SHARED = Path(__file__).parents[3] / "shared" / "data"
REAL = SHARED / "s1_ew_grdm_kara_20221130"
CONVERTED = SHARED / "nbs_converter_output"
SHAPE = (10708, 10487)
TIMING = Timing(np.datetime64("2022-11-30T01:43:42.546629", "us"), 6.004712143413705e-03)
LAST_NODE = 10439
"""The annotation has zeros at later nodes, though there is an image."""

needs_real = pytest.mark.skipif(
    not (REAL.exists() and CONVERTED.exists()), reason="needs the real annotation of ../shared/data"
)

NEW = """<noise><adsHeader><polarisation>HV</polarisation></adsHeader>
<noiseRangeVectorList count="1"><noiseRangeVector>
  <azimuthTime>2022-11-30T01:43:42.546629</azimuthTime><line>3</line>
  <pixel count="3">0 40 80</pixel><noiseRangeLut count="3">3.0e+02 2.0e+02 1.0e+02</noiseRangeLut>
</noiseRangeVector></noiseRangeVectorList>
<noiseAzimuthVectorList count="{count}">{azimuth}</noiseAzimuthVectorList></noise>"""
AZIMUTH = """<noiseAzimuthVector><swath>EW1</swath><firstAzimuthLine>0</firstAzimuthLine>
<firstRangeSample>2</firstRangeSample><lastAzimuthLine>9</lastAzimuthLine>
<lastRangeSample>80</lastRangeSample><line count="1">0</line>
<noiseAzimuthLut count="1">1.25</noiseAzimuthLut></noiseAzimuthVector>"""
OLD = """<noise><adsHeader><polarisation>VV</polarisation></adsHeader>
<noiseVectorList count="1"><noiseVector><azimuthTime>nonsense</azimuthTime><line>-7</line>
  <pixel count="2">0 40</pixel><noiseLut count="2">3.0e+02 2.0e+02</noiseLut>
</noiseVector></noiseVectorList></noise>"""


def parsed(text: str):
    return noise_annotation(ElementTree.fromstring(text), "noise-x.xml")


def real_noise(polarisation: str) -> ThermalNoise:
    path = REAL / f"noise-ew-{polarisation.lower()}.xml"
    annotation = noise_annotation(ElementTree.parse(path).getroot(), path.name)
    return thermal_noise(annotation, SHAPE, timing=TIMING)


def test_annotation_since_ipf_290_becomes_records():
    annotation = parsed(NEW.format(count=1, azimuth=AZIMUTH))
    assert annotation.polarisation == "HV"
    (along_range,) = annotation.range_vectors
    assert along_range.line == 3
    assert along_range.time == np.datetime64("2022-11-30T01:43:42.546629")
    np.testing.assert_array_equal(along_range.sample, [0, 40, 80])
    np.testing.assert_array_equal(along_range.power, [300, 200, 100])
    (along_azimuth,) = annotation.azimuth_vectors
    assert along_azimuth.bounds == SwathBounds("EW1", 0, 9, 2, 80)
    np.testing.assert_array_equal(along_azimuth.factor, [1.25])


def test_the_azimuth_list_may_be_empty():
    assert parsed(NEW.format(count=0, azimuth="")).azimuth_vectors == ()


def test_annotation_before_ipf_290_has_range_vectors_alone():
    annotation = parsed(OLD)
    assert annotation.polarisation == "VV"
    assert annotation.azimuth_vectors == ()
    assert np.isnat(annotation.range_vectors[0].time)
    assert annotation.range_vectors[0].line == -7


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("noiseRangeVectorList", "somethingElse", "neither noiseRangeVectorList nor"),
        ("2.0e+02 1.0e+02", "2.0e+02", "of 3 pixel and 2 noiseRangeLut"),
        ("2.0e+02", "2.0f+02", "whose noiseRangeLut is no number"),
        ("2.0e+02", "nan", "whose noiseRangeLut is no number"),
        ("<line>3</line>", "", "with 0 values of line"),
    ],
)
def test_damaged_annotation_is_refused_by_name(old, new, message):
    text = NEW.format(count=1, azimuth=AZIMUTH).replace(old, new)
    with pytest.raises(DamagedFileError, match=f"noise-x.xml.*{message}"):
        parsed(text)


@needs_real
@pytest.mark.parametrize("polarisation", ["HH", "HV"])
def test_noise_equals_the_archives_converter_wherever_that_is_right(polarisation):
    import netCDF4

    noise = real_noise(polarisation)
    with netCDF4.Dataset(CONVERTED / "s1_ew_grdm_golden.nc") as file:
        file.set_auto_mask(False)
        line, sample = file["line"][:], file["sample"][:]
        theirs = file[f"noiseCorrectionMatrix_{polarisation}"][:]
        suspect = file[f"suspect_noise_{polarisation}"][:] == 1
    rows = [noise.power(slice(n, n + 1), slice(None))[0, sample] for n in line.tolist()]
    ours = np.array(rows)
    compared = ~suspect & (sample <= LAST_NODE) & (np.abs(theirs) > 1e-6)
    assert compared.sum() > 40_000
    np.testing.assert_allclose(ours[compared], theirs[compared], rtol=1e-3)
    np.testing.assert_array_equal(ours[(theirs == 0) & (sample <= LAST_NODE)], 0.0)
    assert (np.abs(ours - theirs) > 1e-6 * ours)[compared].mean() < 1e-3


@needs_real
@pytest.mark.parametrize("polarisation", ["HH", "HV"])
@pytest.mark.parametrize("group", ["a", "b", "c", "d", "e", "f"])
def test_noise_is_right_where_the_converter_is_wrong(polarisation, group):
    """Full-resolution windows over its faults, with noise computed independently of both."""
    import netCDF4

    with netCDF4.Dataset(CONVERTED / "s1_ew_grdm_edges.nc") as file:
        file.set_auto_mask(False)
        line, sample = (file[group][name][:] for name in ("line", "sample"))
        theirs = file[group][f"noiseCorrectionMatrix_{polarisation}"][:]
        own = file[group][f"noise_own_{polarisation}"][:]
    window = slice(line[0], line[-1] + 1), slice(sample[0], sample[-1] + 1)
    ours = real_noise(polarisation).power(*window)
    compared = np.broadcast_to(sample <= LAST_NODE, own.shape)
    np.testing.assert_allclose(ours[compared], own[compared], rtol=1e-3, atol=1e-6)
    if group in "abc":
        assert (theirs < -1.0).any()
    assert (ours >= 0).all()


@needs_real
def test_the_real_annotation_equals_the_slow_reference():
    path = REAL / "noise-ew-hv.xml"
    annotation = noise_annotation(ElementTree.parse(path).getroot(), path.name)
    noise = real_noise("HV")
    rng = np.random.default_rng(3)
    pixels = np.column_stack([rng.integers(0, 1600, 400), rng.integers(0, SHAPE[1], 400)])
    for line, sample in [*pixels.tolist(), (10707, 10486), (100, 3128), (240, 7105), (400, 8974)]:
        ours = noise.power(slice(line, line + 1), slice(sample, sample + 1))[0, 0]
        assert ours == pytest.approx(noise_slow(annotation, SHAPE, line, sample), rel=1e-6)


@needs_real
def test_continuing_over_the_last_nodes_errs_by_two_percent():
    """The last nodes that say something, left out: 2.1 % at 80 samples, against 12.7 % level."""
    path = REAL / "noise-ew-hv.xml"
    annotation = noise_annotation(ElementTree.parse(path).getroot(), path.name)
    errors = []
    for vector in annotation.range_vectors[3:]:
        own = np.flatnonzero((vector.sample >= 8980) & (vector.power > 0))
        kept = own[:-2]
        shortened = LocatedVector(0.0, vector.sample[kept], vector.power[kept])
        last = own[-1]
        errors.append(shortened.profile(vector.sample[[last]])[0] / vector.power[last] - 1)
    assert len(errors) == 64
    assert np.abs(errors).max() < 0.021
