from __future__ import annotations

import pytest

from icepair.dap.declaration import Variable
from icepair.dap.fault import Fault, TooLargeFault
from icepair.dap.protocol.dds import parse_dds, parse_tree
from icepair.errors import RefusedError

THREDDS = """Dataset {
    Grid {
     ARRAY:
        UInt16 B4[y = 10980][x = 10980];
     MAPS:
        Int32 y[y = 10980];
        Int32 x[x = 10980];
    } B4;
    Int32 y[y = 10980];
    Int32 x[x = 10980];
    String product_name;
    Byte cloud%20mask[y = 10980][x = 10980];
} NBS/S2A_MSIL1C.nc;
"""


def test_grids_arrays_and_scalars_are_found():
    name, variables = parse_dds(THREDDS)
    assert name == "NBS/S2A_MSIL1C.nc"
    assert variables == {
        "B4": Variable("B4", "UInt16", ("y", "x"), (10980, 10980), maps=("y", "x")),
        "y": Variable("y", "Int32", ("y",), (10980,)),
        "x": Variable("x", "Int32", ("x",), (10980,)),
        "product_name": Variable("product_name", "String"),
        "cloud mask": Variable("cloud mask", "Byte", ("y", "x"), (10980, 10980)),
    }


def test_keywords_are_known_in_any_case_and_comments_are_passed_over():
    text = (
        "DATASET { # all\n grid { array : float32 a[2]; MAPS: float64 t[t=2]; } g;\n} d;  # end\n"
    )
    assert list(parse_dds(text)[1]) == ["g.t", "g"]
    assert parse_dds(text)[1]["g"].wire_type == "Float32"


def test_a_map_that_exists_nowhere_else_is_listed_under_its_grid():
    text = "Dataset { Grid { Array: Byte a[t=2]; Maps: Int16 t[t=2]; } g; Int16 t[t=3]; } d;"
    variables = parse_dds(text)[1]
    assert list(variables) == ["g.t", "g", "t"]
    assert variables["g"].maps == ("g.t",)


def test_members_of_structures_have_a_path_and_sequences_are_left_out():
    text = """Dataset {
      Structure { Structure { Float64 v[3]; } inner; Int16 w; } outer;
      Structure { Float64 v; } many[4];
      Sequence { Float64 a; Sequence { String b; } deep; } rows;
      Int64 long[3];
      Byte last;
    } d;"""
    assert list(parse_dds(text)[1]) == ["outer.inner.v", "outer.w", "last"]


def test_axes_without_names_get_some_that_never_clash():
    variables = parse_dds("Dataset { Byte a[2][3][2]; Byte b[3]; Byte c[x=2][2]; } d;")[1]
    assert variables["a"].dimensions == ("dim_0", "dim_1", "dim_2")
    assert variables["b"].dimensions == ("dim_1",)
    assert variables["c"].dimensions == ("x", "dim_0")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a%5b1%5D", "a[1]"),
        ("caf%C3%A9", "caf\u00e9"),
        ("a%2Eb", "a%2Eb"),
        ("a:b-c+d@e(f)", "a:b-c+d@e(f)"),
        ("two words", "two words"),
        ("Grid", "Grid"),
        ("%zz", "%zz"),
    ],
)
def test_odd_names_are_read(written, name):
    assert list(parse_dds(f"Dataset {{ Byte {written}[3]; }} d;")[1]) == [name]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Dataset { Byte a[3]; } d", "ends too early"),
        ("Dataset { Byte a[3]; ", "ends too early"),
        ("Dataset { Byte a[-3]; } d;", "'-3'"),
        ("Dataset { Byte a[x=]; } d;", "''"),
        ("Dataset { Byte a[3] } d;", "expected ';'"),
        ("Dataset { Byte [3]; } d;", "a name"),
        ("Dataset { Bite a[3]; } d;", "'Bite', expected a type"),
        ("Dataset { Byte a; } d; more", "'more', expected nothing more"),
        ("Dataset { Byte a; Byte a; } d;", "declares a twice"),
        ("Dataset { Grid { Array: Byte a[2]; Maps: Byte x[3]; } a; } d;", "do not fit"),
        ("Dataset { Grid { Array: Byte a[2]; Maps: } a; } d;", "do not fit"),
        ("Dataset { Grid { Byte a[2]; Maps: } a; } d;", "'array:'"),
        ("Dataset { Byte a" + "[2]" * 33 + "; } d;", "more than 32 axes"),
        ("Dataset { Byte a[4294967296][4294967296]; } d;", r"more than 2\*\*62"),
        ("Dataset {" + "Structure {" * 40, "nested more than 32"),
        ("Dataset {" + "Structure {" * 5000, "nested more than 32"),
        ("Dataset {" + "Byte a;" * 100_001 + "} d;", "more than 100000"),
        ("", "empty, expected a DDS"),
        ("<html><body>Sign in</body></html>", "web page"),
    ],
)
def test_what_is_no_dds_is_refused(text, message):
    with pytest.raises(Fault, match=message):
        parse_dds(text)


def test_the_words_of_a_refusal_are_kept():
    with pytest.raises(Fault, match="refused") as caught:
        parse_dds('Error { code = 404; message = "no such dataset"; };')
    assert (caught.value.words, caught.value.kind) == ("no such dataset", RefusedError)
    with pytest.raises(TooLargeFault, match="size"):
        parse_tree('Error { code = 403; message = "Request Too Large"; };')
