"""What servers that we did not write send is read rightly, or refused."""

from __future__ import annotations

import io
from urllib.parse import unquote

import numpy as np
import pytest
import xarray as xr

from icepair.dap.fault import Fault
from icepair.dap.hyperslab import Hyperslab, Part
from icepair.dap.protocol.dap2 import dap2_query, decode_dap2
from icepair.dap.protocol.declare import declaration_of

# webob, which pydap stands on, imports a module that Python 3.13 drops.
pytestmark = pytest.mark.filterwarnings("ignore:'cgi' is deprecated:DeprecationWarning")

VALUES = {
    "bytes": np.array([1, 2, 255], "u1"),
    "shorts": np.array([[-3, 4]], "i2"),
    "words": np.array([65535, 4], "u2"),
    "longs": np.array([-7], "i4"),
    "naturals": np.array([2**32 - 1], "u4"),
    "floats": np.array([1.5, np.nan], "f4"),
    "doubles": np.array([[1.0], [2.0]]),
    "texts": np.array(["ice", "", "floe"]),
    "byte": np.array(200, "u1"),
    "short": np.array(-5, "i2"),
    "double": np.array(2.5),
    "text": np.array("hello"),
}
IMAGE = np.arange(6, dtype="u2").reshape(2, 3) * 10_000


def pydap_dataset():
    model = pytest.importorskip("pydap.model")
    dataset = model.DatasetType("scene x", attributes={"NC_GLOBAL": {"n": [1.5, 2.5]}})
    for name, values in VALUES.items():
        dimensions = tuple(f"{name}{axis}" for axis in range(values.ndim))
        dataset[name] = model.BaseType(
            name, data=values, dims=dimensions, attributes={"units": "m", "k": [1, 2]}
        )
    grid = model.GridType("grid")
    grid["grid"] = model.BaseType("grid", data=IMAGE, dims=("y", "x"))
    grid["y"] = model.BaseType("y", data=np.array([1.0, 2.0]), dims=("y",))
    grid["x"] = model.BaseType("x", data=np.array([1.0, 2.0, 3.0]), dims=("x",))
    dataset["grid"] = grid
    return dataset


def test_replies_of_pydap_are_read():
    dataset = pydap_dataset()
    from pydap.responses.das import das
    from pydap.responses.dds import dds
    from pydap.responses.dods import DODSResponse

    declaration = declaration_of("".join(dds(dataset)), "".join(das(dataset)))
    assert declaration.name == "scene x"
    assert declaration.attributes == {"n": (1.5, 2.5)}
    assert declaration.variables["words"].attributes == {"units": "m", "k": (1, 2)}
    parts = [Part(v, Hyperslab.of([], v.shape)) for v in declaration.variables.values()]
    body = b"".join(DODSResponse(dataset))
    maps = {"grid.y": np.array([1.0, 2.0]), "grid.x": np.array([1.0, 2.0, 3.0])}
    found = dict(
        zip(declaration.variables, decode_dap2(io.BytesIO(body), parts, maps), strict=True)
    )
    for name, values in {**VALUES, **maps, "grid": IMAGE}.items():
        expected = values.astype(object) if values.dtype.kind == "U" else values
        np.testing.assert_array_equal(found[name], expected, strict=True)


@pytest.fixture
def xpublish():
    module = pytest.importorskip("xpublish_opendap.dap_xarray")
    image = np.arange(12).reshape(3, 4)
    scene = xr.Dataset(
        {
            "B4": (("y", "x"), image.astype("u2") * 5000, {"units": "m"}),
            "floats": (("y", "x"), image.astype("f4")),
            "bytes": (("y", "x"), image.astype("u1")),
            "shorts": (("y",), np.array([1, -2, 3], "i2")),
        },
        coords={"y": [1.0, 2.0, 3.0], "x": np.arange(4, dtype="i4")},
        attrs={"title": 'x "q" \u00f8'},
    )
    return scene, module.dap_dataset(scene, "scene")


def read_from_xpublish(dataset, name, *selection):
    text = "".join(dataset.dds("")), "".join(dataset.das(""))
    declaration = declaration_of(*text)
    assert declaration.attributes["title"] == 'x "q" \u00f8'
    variable = declaration.variables[name]
    part = Part(variable, Hyperslab.of(selection, variable.shape))
    body = b"".join(dataset.dods(unquote(dap2_query([part]))))
    return decode_dap2(io.BytesIO(body), [part], {"y": np.array([1.0, 2.0, 3.0])})[0]


@pytest.mark.parametrize("name", ["B4", "floats", "shorts", "y", "x"])
def test_contiguous_windows_of_xpublish_are_read(xpublish, name):
    scene, dataset = xpublish
    window = tuple(slice(1, length) for length in scene[name].shape)
    found = read_from_xpublish(dataset, name, *window)
    np.testing.assert_array_equal(found, scene[name].values[window], strict=True)


def test_where_xpublish_is_wrong_nothing_is_read(xpublish):
    _, dataset = xpublish
    with pytest.raises(Fault, match="shape"):  # it takes the step for the end
        read_from_xpublish(dataset, "B4", slice(0, 3), slice(1, 4, 2))
    with pytest.raises(Fault, match=r"announces|ended after"):  # it does not pad bytes
        read_from_xpublish(dataset, "bytes", slice(0, 3), slice(1, 2))
    whole = read_from_xpublish(dataset, "bytes", slice(0, 3), slice(0, 4))
    np.testing.assert_array_equal(whole, np.arange(12, dtype="u1").reshape(3, 4), strict=True)
