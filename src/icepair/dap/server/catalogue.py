"""What there is: catalogues for programs, pages for people."""

from __future__ import annotations

from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from icepair.dap.server.dataset import Dataset
from icepair.dap.server.folder import Folder

__all__ = ["catalogue", "dataset_page", "front_page"]

_SERVICES = (("odap", "OPENDAP", "/dodsC/"), ("dap4", "DAP4", "/dap4/"),
             ("http", "HTTPServer", "/fileServer/"))  # fmt: skip
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>
{body}
</body></html>
"""


def catalogue(folder: Folder, path: str) -> bytes:
    """Catalogue of a folder, THREDDS InvCatalog 1.0.1, with references to its sub-folders.

    Parameters
    ----------
    path : str
        Of a sub-folder; empty for the served folder.
    """
    here = folder.below(path)
    name = quoteattr(PurePosixPath(path).name or "icepair")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<catalog xmlns="http://www.unidata.ucar.edu/namespaces/thredds/InvCatalog/v1.0" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" name={name} version="1.0.1">',
        '  <service name="all" serviceType="Compound" base="">',
        *(f'    <service name="{n}" serviceType="{t}" base="{b}"/>' for n, t, b in _SERVICES),
        "  </service>",
        f"  <dataset name={name}>",
        '    <metadata inherited="true"><serviceName>all</serviceName></metadata>',
    ]
    for each in folder.datasets(here):
        size = (folder.root / each).stat().st_size
        lines += [
            f"    <dataset name={quoteattr(PurePosixPath(each).name)} ID={quoteattr(each)} "
            f"urlPath={quoteattr(quote(each))}>",
            f'      <dataSize units="bytes">{size}</dataSize>',
            "    </dataset>",
        ]
    for each in folder.folders(here):
        title = quoteattr(PurePosixPath(each).name)
        place = quoteattr(f"/catalog/{quote(each)}/catalog.xml")
        lines.append(f'    <catalogRef xlink:title={title} xlink:href={place} name=""/>')
    return "\n".join([*lines, "  </dataset>", "</catalog>", ""]).encode()


def front_page(folder: Folder) -> bytes:
    """Page that lists every dataset with its addresses."""
    rows = [
        f'<li>{escape(name)}: <a href="/dodsC/{quote(name)}.html">variables</a>, '
        f'<a href="/dodsC/{quote(name)}.dds">DAP2</a>, <a href="/dap4/{quote(name)}.dmr">DAP4</a>, '
        f'<a href="/fileServer/{quote(name)}">file</a></li>'
        for name in folder.tree()
    ]
    body = (
        "<p>A small OPeNDAP server for demonstration and tests, part of icepair. Open "
        "<code>/dodsC/PATH</code> with a DAP2 client or <code>/dap4/PATH</code> with a DAP4 "
        'client; programs find the list in <a href="/catalog.xml">catalog.xml</a>.</p>\n'
        f"<ul>\n{chr(10).join(rows)}\n</ul>"
    )
    return _PAGE.format(title="icepair serve", body=body).encode()


def dataset_page(dataset: Dataset) -> bytes:
    """Page that lists the variables of a dataset."""
    rows = []
    for variable in dataset.variables.values():
        axes = zip(variable.dimensions, variable.shape, strict=True)
        shape = ", ".join(f"{name} = {length}" for name, length in axes) or "scalar"
        kind = {"O": "text", "S": "characters"}.get(variable.dtype.kind, variable.dtype.name)
        long_name = escape(str(variable.attributes.get("long_name", "")))
        rows.append(
            f"<tr><td>{escape(variable.name)}</td><td>{kind}</td><td>{escape(shape)}</td>"
            f"<td>{long_name}</td></tr>"
        )
    links = ", ".join(
        f'<a href="/{service}/{quote(dataset.name)}.{kind}">{kind.upper()}</a>'
        for service, kind in (("dodsC", "dds"), ("dodsC", "das"), ("dap4", "dmr"))
    )
    body = f"<p>{links}</p>\n<table>\n{chr(10).join(rows)}\n</table>"
    return _PAGE.format(title=escape(dataset.name), body=body).encode()
