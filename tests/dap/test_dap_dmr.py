from __future__ import annotations

import numpy as np
import pytest

from icepair.dap.declaration import Variable
from icepair.dap.fault import Fault
from icepair.dap.protocol.dmr import parse_dmr, read_dmr
from icepair.errors import RefusedError

DMR = b"""<?xml version="1.0" encoding="UTF-8"?>
<Dataset xmlns="http://xml.opendap.org/ns/DAP/4.0#" dapVersion="4.0" name="scene.nc">
  <Dimension name="y" size="10980"/>
  <Dimension name="x" size="20"/>
  <Enumeration name="kinds" basetype="Byte"><EnumConst name="ice" value="1"/></Enumeration>
  <UInt16 name="B4">
    <Dim name="/y"/><Dim name="/x"/>
    <Attribute name="_ChunkSizes" type="Int32"><Value>91</Value><Value value="99"/></Attribute>
    <Attribute name="_FillValue" type="UInt16"><Value> 65535 </Value></Attribute>
    <Attribute name="note" type="String"><Value>a &lt; b </Value></Attribute>
    <Attribute name="more" type="Container">
      <Attribute name="deep" type="Float32"><Value>NaN</Value></Attribute>
    </Attribute>
    <Attribute name="raw" type="OtherXML"><anything/></Attribute>
    <Attribute name="_DAP4_Checksum_CRC32" type="Int32" value="7"/>
    <Map name="/y"/><Map name="/x"/>
  </UInt16>
  <Int16 name="signed"><Attribute name="_Unsigned" type="String" value="true"/></Int16>
  <Structure name="s"><Byte name="in"/></Structure>
  <Enum name="e" enum="/kinds"/>
  <Group name="tables">
    <Dimension name="n" size="3"/>
    <Group name="noise">
      <Float64 name="lut">
        <Dim name="n"/><Dim name="/tables/n"/><Dim name="y"/><Dim size="2"/>
      </Float64>
    </Group>
  </Group>
  <Attribute name="NC_GLOBAL" type="Container">
    <Attribute name="title" type="String"><Value>Gr\xc3\xb8nland</Value></Attribute>
  </Attribute>
  <Attribute name="history" type="String" value="made"/>
</Dataset>
"""


def test_variables_attributes_groups_and_dimensions_are_found():
    declaration, left_out = read_dmr(DMR)
    assert declaration.name == "scene.nc"
    assert list(declaration.variables) == ["B4", "signed", "tables/noise/lut"]
    band = declaration.variables["B4"]
    assert (band.dimensions, band.shape, band.chunks) == (("y", "x"), (10980, 20), (91, 99))
    nan = band.attributes["more.deep"]
    assert nan != nan
    assert {name: value for name, value in band.attributes.items() if name != "more.deep"} == {
        "_ChunkSizes": (91, 99),
        "_FillValue": 65535,
        "note": "a < b ",
    }
    assert declaration.variables["signed"].dtype == np.dtype("u2")
    table = declaration.variables["tables/noise/lut"]
    assert table == Variable(
        "tables/noise/lut", "Float64", ("tables/n", "tables/n", "y", "dim_0"), (3, 3, 10980, 2)
    )
    assert declaration.attributes == {"title": "Gr\u00f8nland", "history": "made"}
    assert left_out == ("s", "e")


def test_prefixes_of_namespaces_are_tolerated():
    xml = b'<d:Dataset xmlns:d="x" name="n"><d:Byte name="a"><d:Dim size="3"/></d:Byte></d:Dataset>'
    assert parse_dmr(xml).variables == {"a": Variable("a", "Byte", ("dim_0",), (3,))}


def test_other_encodings_are_read():
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><Dataset name="\u00e6"/>'
    assert parse_dmr(text.encode("latin-1")).name == "\u00e6"


BOMB = b"""<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Dataset name="&b;"/>"""


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (BOMB, "document type or entities"),
        (b'<Dataset name="a">' + b"<Group name='g'>" * 70, "nested more than 64"),
        (b'<Dataset name="a"><Byte/></Dataset>', "Byte without a name"),
        (b'<Dataset name="a"><Byte name="b"><Dim name="/x"/></Byte></Dataset>', "no dimension"),
        (b'<Dataset name="a"><Byte name="b"><Dim name="x"/></Byte></Dataset>', "no dimension"),
        (b'<Dataset name="a"><Byte name="b"><Dim size="-1"/></Byte></Dataset>', "'-1'"),
        (b'<Dataset name="a"><Byte name="b"><Dim/></Byte></Dataset>', "size ''"),
        (b'<Dataset name="a"><Byte name="b"/><Byte name="b"/></Dataset>', "declares b twice"),
        (
            b'<Dataset name="a"><Byte name="b">'
            + b'<Dim size="99999999999"/>' * 3
            + b"</Byte></Dataset>",
            r"2\*\*62",
        ),
        (
            b'<Dataset name="a"><Byte name="b"><Attribute name="c" type="Int8" value="200"/></Byte>'
            b"</Dataset>",
            "the attribute c is '200'",
        ),
        (DMR[:500], "not XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><Dataset name="a"/>', "encoding|not XML"),
        (b'<?xml version="1.0" encoding="utf-32"?><Dataset name="a"/>', "encoding|not XML"),
        (b'<Dataset name="\xff"/>', "not XML"),
        (b"", "empty, expected a DMR"),
        (b"<html><body><br>Sign in</body></html>", "web page"),
    ],
)
def test_what_is_no_dmr_is_refused(xml, message):
    with pytest.raises(Fault, match=message):
        parse_dmr(xml)


def test_an_error_keeps_its_words():
    with pytest.raises(Fault, match="refused") as caught:
        parse_dmr(b'<Error httpcode="404"><Message>not here</Message></Error>')
    assert (caught.value.kind, caught.value.words) == (RefusedError, "not here")
