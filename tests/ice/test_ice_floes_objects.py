"""Objects of masks, beside scikit-image and beside what is known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage
from skimage import measure
from toy_floes import PIXEL_M, lump, mask_of, pack, plate

import icepair
from icepair.conventions import NO_ANSWER
from icepair.errors import UsageError
from icepair.ice.floes.necks.cut import _levels

COLUMNS = [
    "x", "y", "area", "perimeter", "major_axis", "minor_axis", "orientation", "cut", "row0", "row1",
    "column0", "column1", "caliper",
]  # fmt: skip


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    noise = np.random.default_rng(1).normal(size=(150, 210))
    return np.asarray(ndimage.gaussian_filter(noise, 5) > 0)


def test_measures_are_those_of_scikit_image(blobs: np.ndarray) -> None:
    found = icepair.floes(mask_of(blobs), separate=False, smallest_m=0.0)
    properties = measure.regionprops(found.labels.values)
    assert list(found.table.columns) == COLUMNS
    assert list(found.table.index) == [each.label for each in properties]
    assert len(properties) == measure.label(blobs, connectivity=1).max()
    for each, row in zip(properties, found.table.itertuples(), strict=True):
        assert row.area == each.area * PIXEL_M**2
        assert row.perimeter == pytest.approx(measure.perimeter_crofton(each.image) * PIXEL_M)
        assert (row.row0, row.column0, row.row1, row.column1) == each.bbox
        assert row.x == pytest.approx(5e5 + PIXEL_M * each.centroid[1])
        assert row.y == pytest.approx(9e6 - PIXEL_M * each.centroid[0])
        # Pixels are squares here and points there: a twelfth in the moments.
        for own, theirs in ((row.major_axis, each.axis_major_length),
                            (row.minor_axis, each.axis_minor_length)):  # fmt: skip
            assert (own / PIXEL_M / 4) ** 2 == pytest.approx((theirs / 4) ** 2 + 1 / 12)
        turned = (row.orientation - 90.0 - np.rad2deg(each.orientation)) % 180.0
        assert min(turned, 180.0 - turned) < 1e-6


@pytest.mark.parametrize("degrees", [0, 20, 90, 160])
def test_orientation_is_counter_clockwise_from_x_whatever_way_the_axes_run(degrees: int) -> None:
    angle = np.deg2rad(degrees)
    y, x = np.mgrid[60:-61:-1, -60:61]
    along, beside = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    image = (along / 50) ** 2 + (beside / 20) ** 2 < 1
    for mask in (mask_of(image), mask_of(image)[::-1], mask_of(image)[:, ::-1]):
        row = icepair.floes(mask).table.loc[1]
        turned = (row["orientation"] - degrees) % 180
        assert min(turned, 180 - turned) < 0.3
        assert row["major_axis"] == pytest.approx(1000.0, rel=0.01)
        assert row["minor_axis"] == pytest.approx(400.0, rel=0.01)


@pytest.mark.parametrize(("radius", "error"), [(5, 0.035), (10, 0.02), (40, 0.01)])
def test_round_floes_have_the_measures_of_discs(radius: int, error: float) -> None:
    rng = np.random.default_rng(radius)
    rows = []
    for _ in range(20):
        centre = rng.uniform(-0.5, 0.5, 2)
        y, x = np.mgrid[-radius - 2 : radius + 3, -radius - 2 : radius + 3]
        disc = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius**2
        rows.append(icepair.floes(mask_of(disc), smallest_m=0).table.loc[1])
    mean = sum(rows[1:], rows[0]) / len(rows)
    assert mean["area"] == pytest.approx(np.pi * (radius * PIXEL_M) ** 2, rel=error)
    assert mean["perimeter"] == pytest.approx(2 * np.pi * radius * PIXEL_M, rel=error)
    for name in ("caliper", "major_axis", "minor_axis"):
        assert mean[name] == pytest.approx(2 * radius * PIXEL_M, rel=error)


def test_cut_floes_meet_the_window_or_what_has_no_answer() -> None:
    ice = np.zeros((40, 60), dtype=np.uint8)
    ice[0:8, 10:20] = 1
    ice[15:25, 15:25] = 1
    ice[15:25, 30:40] = 1
    ice[25, 41] = NO_ANSWER  # A gap away from the second; it does not touch.
    ice[30:38, 30:40] = 1
    ice[29, 29] = NO_ANSWER  # Over a corner.
    ice[20:30, 50:60] = 1
    table = icepair.floes(mask_of(ice)).table.set_index(["row0", "column0"])
    assert table["cut"].to_dict() == {
        (0, 10): True, (15, 15): False, (15, 30): False, (20, 50): True, (30, 30): True,
    }  # fmt: skip


def test_distance_to_the_edge_is_euclidean(blobs: np.ndarray) -> None:
    exact = ndimage.distance_transform_edt(blobs)
    assert np.abs(_levels(blobs.astype(np.uint8)) / 8 - exact).max() <= 1 / 16


@pytest.mark.parametrize("seed", [101, 102])
@pytest.mark.parametrize(
    ("kind", "overlap", "most"),
    [(plate, 0.0, 0.005), (lump, 0.0, 0.005), (plate, 0.1, 0.03), (lump, 0.15, 0.05)],
)
def test_number_and_size_of_separable_floes(seed: int, kind, overlap: float, most: float) -> None:
    truth = pack(seed, kind, overlap=overlap)
    areas = np.bincount(truth.ravel())[1:] * PIXEL_M**2
    areas = areas[areas >= 30.0**2].astype(float)
    found = icepair.floes(mask_of(truth > 0))
    own = found.table["area"].to_numpy()
    assert own.size == pytest.approx(areas.size, rel=most)
    weighted = (areas**2).sum() / areas.sum()
    assert (own**2).sum() / own.sum() == pytest.approx(weighted, rel=most)


def test_neck_decides_whether_two_discs_are_two_floes() -> None:
    y, x = np.mgrid[:140, :240]

    def count(apart: int) -> int:
        first, second = (np.hypot(y - 70, x - 70 - shift) < 50 for shift in (0, apart))
        return len(icepair.floes(mask_of(first | second)).table)

    # The neck is sqrt(1 - (apart / 100) ** 2) of a disc's width.
    assert [count(apart) for apart in (98, 90, 75, 60, 40)] == [2, 2, 2, 1, 1]


def test_ponds_do_not_part_a_floe() -> None:
    y, x = np.mgrid[:200, :200]
    ice = np.hypot(y - 100, x - 100) < 80
    rng = np.random.default_rng(4)
    for row, column in rng.integers(60, 140, (40, 2)):
        ice[row : row + 3, column : column + 3] = False
    found = icepair.floes(mask_of(ice))
    assert len(found.table) == 1
    assert found.table.loc[1, "area"] == ice.sum() * PIXEL_M**2


def test_labels_and_table_belong_together() -> None:
    truth = pack(7, plate, overlap=0.2)
    found = icepair.floes(mask_of(truth > 0))
    labels = found.labels.values
    assert labels.dtype == np.int32
    assert list(np.unique(labels)) == [0, *found.table.index]
    counts = np.bincount(labels.ravel())[1:]
    np.testing.assert_array_equal(found.table["area"], counts * PIXEL_M**2)
    for label, row in found.table.iterrows():
        box = np.s_[row["row0"] : row["row1"], row["column0"] : row["column1"]]
        assert (labels[box] == label).sum() == counts[label - 1]
        # A floe hangs together.
        assert ndimage.label(labels[box] == label)[1] == 1
    assert not ((labels > 0) & (truth == 0)).any()


def test_leads_are_the_water_between_and_are_not_parted() -> None:
    ice = np.ones((60, 80), dtype=np.uint8)
    rows = np.arange(60)
    ice[rows, rows] = ice[rows, np.minimum(rows + 1, 79)] = 0
    ice[30:33, :] = 0
    found = icepair.floes(mask_of(ice), of="leads", smallest_m=0)
    assert len(found.table) == 1
    assert found.table.loc[1, "area"] == (ice == 0).sum() * PIXEL_M**2
    assert found.table.loc[1, "cut"]


def test_smallest_follows_the_sensor() -> None:
    ice = np.zeros((80, 80), dtype=np.uint8)
    ice[10:18, 10:18] = 1
    ice[30:50, 30:50] = 1
    mask = mask_of(ice).drop_attrs()
    pair = xr.Dataset({"s1_ice": mask, "s2_ice": mask}, attrs={"s1_spacing_m": (40.0, 40.0)})
    radar, light = (icepair.floes(pair, sensor) for sensor in ("s1", "s2"))
    assert (radar.smallest_m, len(radar.table), radar.left_out) == (120.0, 1, 1)
    assert (light.smallest_m, len(light.table), light.left_out) == (30.0, 2, 0)
    assert len(icepair.floes(pair, "s1", smallest_m=0).table) == 2


@pytest.mark.parametrize(
    ("value", "note"),
    [(0, "no pixel with an answer is ice"), (NO_ANSWER, "no pixel has an answer")],
)
def test_nothing_to_label_is_said(value: int, note: str) -> None:
    found = icepair.floes(mask_of(np.full((20, 30), value)))
    assert len(found.table) == 0
    assert list(found.table.columns) == COLUMNS
    assert note in found.note
    assert not found.labels.any()


def test_all_too_small_is_said() -> None:
    ice = np.zeros((20, 30))
    ice[5, 5] = 1
    found = icepair.floes(mask_of(ice))
    assert found.note == "There are no floes: none is as large as a square of 30 m."
    assert found.left_out == 1


def test_all_ice_is_one_cut_floe() -> None:
    table = icepair.floes(mask_of(np.ones((50, 70)))).table
    assert table["area"].to_list() == [3500 * PIXEL_M**2]
    assert table["cut"].all()


def test_lazy_and_turned_masks_give_the_same(blobs: np.ndarray) -> None:
    plain = icepair.floes(mask_of(blobs))
    lazy = icepair.floes(mask_of(blobs).chunk({"y": 40, "x": 60}).transpose("x", "y"))
    assert plain.table.equals(lazy.table)
    assert plain.labels.identical(lazy.labels)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda mask: mask.drop_vars("x"), "no coordinate 'x'"),
        (lambda mask: mask.assign_coords(x=mask.x * 2), "must be square"),
        (lambda mask: mask.assign_coords(x=mask.x**2), "even steps"),
        (lambda mask: mask.assign_coords(longitude=(("y", "x"), mask.values)), "lines and samples"),
        (lambda mask: mask * 7, "0 for water, 1 for ice"),
        (lambda mask: mask.rename(x="column"), "lies on \\(y, x\\)"),
        (lambda mask: mask.x.attrs.update(units="degrees") or mask, "in 'degrees'"),
    ],
)
def test_masks_that_cannot_be_measured_are_refused(blobs, change, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        icepair.floes(change(mask_of(blobs)))


def test_words_that_do_not_exist_are_refused(blobs: np.ndarray) -> None:
    pair = xr.Dataset({"s2_ice": mask_of(blobs)})
    with pytest.raises(UsageError, match="'s1' and 's2', not 's3'"):
        icepair.floes(pair, "s3")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no s1_ice; call"):
        icepair.floes(pair, "s1")
    with pytest.raises(UsageError, match="not 'ponds'"):
        icepair.floes(pair, of="ponds")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="0 or more"):
        icepair.floes(pair, smallest_m=-1)
