"""Whatever a request says, it is answered with windows inside the arrays or refused in words."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from dap_server_samples import write_everything
from hypothesis import given
from hypothesis import strategies as st

from icepair.dap.hyperslab import Hyperslab
from icepair.dap.server import dap2
from icepair.dap.server.constraint import Projection, parse_indices, select_dap2, select_dap4
from icepair.dap.server.dataset import Dataset
from icepair.dap.server.refusal import Refusal

PIECES = ("x", "y", "grid_u2", "one_i1", "words", "letters", "cube", ".", ",", ";", "/", "[", "]",
          "[0]", "[1:2]", "[0:2:6]", "[3:1]", "[99999999999999999999]", "[0:0:1]", ":", "-1", "&",
          "&x>1", "%5B0%5D", "%", "%zz", "%00", "dap4.ce=", "|", "=", " ", "é",
          '"', "\\")  # fmt: skip
REQUESTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=9).map("".join), st.text())


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    path = write_everything(tmp_path_factory.mktemp("served") / "all.nc")
    with ThreadPoolExecutor(1) as workers:
        return Dataset(path, "all.nc", workers)


def answered(select: Callable[[], list[Projection]]) -> list[Projection] | None:
    """What was selected; None where the request was refused as it may be."""
    try:
        return select()
    except Refusal as refusal:
        if refusal.status not in (400, 404) or not refusal.message:
            raise
        return None


def assert_inside(projections: list[Projection], *, declared: bool) -> None:
    assert projections
    for projection in projections:
        for variable, slab in projection.members:
            array = projection.element.variable is variable
            shape = projection.element.shape if declared and array else variable.shape
            assert len(slab.start) == len(shape)
            for start, stop, step, length in zip(
                slab.start, slab.stop, slab.step, shape, strict=True
            ):
                assert 0 <= start < stop <= length
                assert step >= 1


@given(REQUESTS)
def test_dap2_is_inside_or_refused(dataset: Dataset, request_text: str) -> None:
    projections = answered(lambda: select_dap2(request_text, dap2.elements(dataset)))
    if projections is not None:
        assert_inside(projections, declared=True)
        assert dap2.dds(dataset, projections).startswith(b"Dataset {\n")


@given(REQUESTS)
def test_dap4_is_inside_or_refused(dataset: Dataset, request_text: str) -> None:
    query = f"dap4.ce={request_text}"
    projections = answered(lambda: select_dap4(query, dataset.variables))
    if projections is not None:
        assert_inside(projections, declared=False)


@given(st.data())
def test_indices_of_the_client_are_read_back(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 1000), min_size=1, max_size=3)))
    slices = []
    for length in shape:
        first = data.draw(st.integers(0, length - 1))
        last = data.draw(st.integers(first + 1, length))
        slices.append(slice(first, last, data.draw(st.integers(1, 50))))
    slab = Hyperslab.of(slices, shape)
    read = parse_indices(slab.constraint(), shape, "a")
    # A step says nothing where only one element is wanted.
    assert (read.start, read.stop, read.shape) == (slab.start, slab.stop, slab.shape)


@pytest.mark.parametrize("text", ["[٩]", "[0:1:٩]", "[९:9]", "[1²]", "[+1]", "[1_0]"])
def test_an_index_is_of_plain_digits(text: str) -> None:
    with pytest.raises(Refusal, match=r"is not \[first:step:last\]") as caught:
        parse_indices(text, (100,), "a")
    assert caught.value.status == 400


def test_variables_come_in_the_order_of_the_file(dataset: Dataset) -> None:
    asked = select_dap2(quote("cube,x[3],grid_u2.x[1],one_i1,grid_u2.y"), dap2.elements(dataset))
    assert [p.element.variable.name for p in asked] == ["x", "one_i1", "grid_u2", "cube"]
    assert [p.form for p in asked] == ["array", "array", "structure", "array"]


def test_a_grid_whose_members_are_cut_alike_stays_one(dataset: Dataset) -> None:
    elements = dap2.elements(dataset)
    for query, form in (
        ("grid_u2[0:4][0:9]", "grid"),
        ("grid_u2.grid_u2[0:4][0:9],grid_u2.y[0:4],grid_u2.x[0:9]", "grid"),
        ("grid_u2.grid_u2[0:4][0:9],grid_u2.y[0:4],grid_u2.x[0:8]", "structure"),
        ("grid_u2.y,grid_u2.x", "structure"),
    ):
        assert [p.form for p in select_dap2(query, elements)] == [form], query
