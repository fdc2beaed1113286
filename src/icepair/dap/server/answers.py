"""From a request to a reply, without HTTP's details."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from icepair.dap.server import dap2, dap4
from icepair.dap.server.catalogue import dataset_page
from icepair.dap.server.constraint import select_dap2, select_dap4
from icepair.dap.server.dataset import Dataset
from icepair.dap.server.folder import SUFFIXES
from icepair.dap.server.refusal import Refusal
from icepair.dap.server.settings import Settings

__all__ = ["Answer", "answer_dap2", "answer_dap4", "split_kind"]

_DAP4_TYPE = "application/vnd.opendap.dap4."
_KINDS = {"dodsC": ("dds", "das", "dods", "html"), "dap4": ("dmr.xml", "dmr", "dap", "html")}


@dataclass(frozen=True)
class Answer:
    """What goes into a reply."""

    body: Iterator[Any]
    content_type: str
    description: str = ""
    """Of the ``Content-Description`` header; empty for none."""


def split_kind(service: str, path: str) -> tuple[str, str]:
    """Dataset and kind of a path such as ``a/b.nc.dods``; a dataset alone is a page.

    Raises
    ------
    Refusal
        400: a kind that the service does not have.
    """
    for kind in _KINDS[service]:
        if path.endswith(f".{kind}"):
            return path.removesuffix(f".{kind}"), kind
    if path.lower().endswith(tuple(SUFFIXES)):
        return path, "html"
    known = ", ".join(f".{kind}" for kind in _KINDS[service])
    raise Refusal(400, f"{path!r} does not end in one of {known}.")


def answer_dap2(dataset: Dataset, kind: str, query: str, settings: Settings) -> Answer:
    """Reply of ``/dodsC/``.

    Raises
    ------
    Refusal
        The constraint cannot be met, or asks for too much.
    """
    if kind == "html":
        return _page(dataset)
    if kind == "das":
        text = dataset.once("das", dap2.das)
        return Answer(iter([text]), "text/plain; charset=utf-8", "dods-das")
    projections = select_dap2(query, dataset.once("elements", dap2.elements))
    if kind == "dds":
        text = dap2.dds(dataset, projections)
        return Answer(iter([text]), "text/plain; charset=utf-8", "dods-dds")
    asked = dap2.asked_bytes(projections)
    if asked > settings.limit_bytes:
        most = settings.limit_bytes / 1e6
        message = f"Request Too Large: {asked / 1e6:.1f} Mbytes, max={most:g}"
        by_status = settings.limit_reply == "status"
        raise Refusal(403 if by_status else 200, message, bare=by_status, code=403)
    body = dap2.data(dataset, projections)
    return Answer(body, "application/octet-stream", "dods-data")


def answer_dap4(dataset: Dataset, kind: str, query: str, settings: Settings) -> Answer:
    """Reply of ``/dap4/``.

    Raises
    ------
    Refusal
        The constraint cannot be met.
    """
    if kind == "html":
        return _page(dataset)
    projections = select_dap4(query, dataset.variables)
    if kind != "dap":
        text = dap4.dmr(dataset, projections)
        return Answer(iter([text]), _DAP4_TYPE + "dataset-metadata+xml; charset=utf-8")
    body = dap4.data(
        dataset,
        projections,
        checksums="dap4.checksum=true" in query.lower().split("&"),
        limit_bytes=settings.dap4_limit_bytes,
    )
    return Answer(body, _DAP4_TYPE + "data")


def _page(dataset: Dataset) -> Answer:
    return Answer(iter([dataset_page(dataset)]), "text/html; charset=utf-8")
