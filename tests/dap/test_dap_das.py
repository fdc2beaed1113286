from __future__ import annotations

import math

import pytest

from icepair.dap.fault import Fault
from icepair.dap.protocol.das import parse_das
from icepair.dap.protocol.declare import declaration_of

THREDDS = """Attributes {
    B4 {
        String _Unsigned "true";
        Int16 _FillValue -1;
        UInt32 _ChunkSizes 91, 99;
        String comment "say \\"ice\\", a \\\\ and
a new line; { }";
        Float32 scale 1.0E-4;
        y {
            String units "m";
        }
    }
    NC_GLOBAL {
        String title "Gr\u00f8nland";
        Float64 range NaN, -Infinity, 1.5e300;
    }
    DODS_EXTRA {
        String Unlimited_Dimension "time";
    }
}
"""


def test_containers_and_values_of_every_type_are_read():
    tables = parse_das(THREDDS)
    assert list(tables) == ["B4", "B4.y", "NC_GLOBAL", "DODS_EXTRA"]
    assert tables["B4"] == {
        "_Unsigned": "true",
        "_FillValue": -1,
        "_ChunkSizes": (91, 99),
        "comment": 'say "ice", a \\ and\na new line; { }',
        "scale": 1e-4,
    }
    assert tables["B4.y"] == {"units": "m"}
    assert tables["NC_GLOBAL"]["title"] == "Gr\u00f8nland"
    first, second, third = tables["NC_GLOBAL"]["range"]
    assert math.isnan(first)
    assert (second, third) == (-math.inf, 1.5e300)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("Byte a -128;", -128),
        ("Byte a 255;", 255),
        ("UInt16 a -1;", 65535),
        ("UInt32 a 4294967295;", 4294967295),
        ("Int64 a -9223372036854775808;", -(2**63)),
        ("Float32 a nan;", "nan"),
        ("Float32 a 3.4028235E38;", 3.4028235e38),
        ("Float64 a .5;", 0.5),
        ("Float64 a 5.;", 5.0),
        ("Float64 a;", ()),
        ("String a;", ""),
        ('String a "";', ""),
        ('String a "x", "y";', ("x", "y")),
        ("String a two words, more;", ("two words", "more")),
        ('Url a "http://h/p?q=1";', "http://h/p?q=1"),
        (r'String a "caf\303\251";', "caf\u00e9"),
        (r'String a "keep \n and \x";', r"keep \n and \x"),
        ("string a x; # comment", "x"),
        ("Alias b c; Int32 a 1;", 1),
        (";; Int32 a 1; ;", 1),
        ('Int32 "a" 1; "b c" { Int32 d 1; };', 1),
        ('OtherXML b "<x y=\\"1\\"/>"; Int32 a 1;', 1),
    ],
)
def test_values_are_read_as_servers_write_them(line, value):
    found = parse_das(f"Attributes {{ v {{ {line}\n }} }}")["v"]["a"]
    assert (str(found) if value == "nan" else found) == value


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Byte a 256;", "the attribute a is '256', expected a number of type Byte"),
        ("Int16 a 40000;", "'40000'"),
        ("UInt16 a -40000;", "'-40000'"),
        ("Int32 a 1.5;", "'1.5'"),
        ("Int32 a 1_0;", "'1_0'"),
        ("Float32 a 1e39;", "'1e39'"),
        ("Float64 a 1e400;", "'1e400'"),
        ("Float64 a 1_0;", "'1_0'"),
        ("Float64 a 0x10;", "'0x10'"),
        ("Int64 a " + "9" * 5000 + ";", "expected a number"),
        ('String a "never ends; } }', "expected a value"),
        ("Int32 a 1 2;", "expected ';'"),
        ("Int32 ;", "the name of an attribute"),
        ("} } more", "expected nothing more"),
        ("deep {" * 40, "nested more than 32"),
        ("b", "'}', expected '{'"),
        ("b {", "ends too early"),
    ],
)
def test_what_cannot_be_is_refused(line, message):
    with pytest.raises(Fault, match=message):
        parse_das(f"Attributes {{ v {{ {line}\n }} }}")


def test_something_else_is_refused_with_its_words():
    with pytest.raises(Fault, match="refused") as caught:
        parse_das('Error { code = 500; message = "cannot open"; };')
    assert (caught.value.words, caught.value.again) == ("cannot open", True)


def test_attributes_find_their_variables():
    dds = """Dataset {
      Grid { Array: UInt16 B4[y=2]; Maps: Int32 y[y=2]; } B4;
      Int32 y[y=2]; Structure { Byte v; } s; Grid { Array: Byte a[t=1]; Maps: Byte t[t=1]; } g;
    } d;"""
    das = THREDDS.replace(
        "NC_GLOBAL {",
        "y { String units 'x'; } s { v { Int32 k 1; } Int32 n 2; } g { g { Int32 k 3; } t { Int32 "
        "k 4; } sub { Int32 k 5; } } NC_GLOBAL {",
    )
    declaration = declaration_of(dds, das)
    told = {name: dict(each.attributes) for name, each in declaration.variables.items()}
    assert "y.units" not in told["B4"]
    assert declaration.variables["B4"].chunks is None
    assert told["y"] == {"units": "'x'"}
    assert told["s.v"] == {"k": 1}
    assert told["g"] == {"k": 3, "sub.k": 5}
    assert told["g.t"] == {"k": 4}
    assert declaration.attributes["title"] == "Gr\u00f8nland"
    assert declaration.attributes["DODS_EXTRA.Unlimited_Dimension"] == "time"
    assert declaration.attributes["s.n"] == 2


@pytest.mark.parametrize(
    ("kind", "unsigned", "written", "expected"),
    [
        ("Byte", "true", "Byte _FillValue -1", 255),
        ("Byte", "false", "Byte _FillValue 255", -1),
        ("Int16", "true", "Int16 _FillValue -1", 65535),
        ("UInt16", "none", "Int16 missing_value -2", 65534),
        ("Int16", "none", "Int16 _FillValue -1", -1),
        ("Int16", "none", "Int32 _FillValue 70000", 70000),
        ("Float32", "none", "Int16 _FillValue -1", -1),
    ],
)
def test_missing_values_are_numbers_of_the_type_of_the_variable(kind, unsigned, written, expected):
    das = f'Attributes {{ v {{ String _Unsigned "{unsigned}"; {written}; }} }}'
    variable = declaration_of(f"Dataset {{ {kind} v[3]; }} d;", das).variables["v"]
    assert variable.attributes[written.split()[1]] == expected


def test_the_fingerprint_tells_texts_apart():
    dds = "Dataset { Byte a; } d;"
    first = declaration_of(dds, "Attributes { a { Int32 k 1; } }").fingerprint
    assert first == declaration_of(dds, "Attributes { a { Int32 k 1; } }").fingerprint
    assert first != declaration_of(dds, "Attributes { a { Int32 k 2; } }").fingerprint
