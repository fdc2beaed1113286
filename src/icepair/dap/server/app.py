"""HTTP: addresses, validators, sign-in, errors."""

from __future__ import annotations

import asyncio
import base64
import hmac
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from email.utils import parsedate_to_datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from icepair.dap.server.answers import answer_dap2, answer_dap4, split_kind
from icepair.dap.server.catalogue import catalogue, front_page
from icepair.dap.server.download import byte_range, file_bytes, open_file
from icepair.dap.server.folder import Folder, Stamp
from icepair.dap.server.refusal import Refusal, dap2_error, dap4_error
from icepair.dap.server.reply import Reply, gzipped
from icepair.dap.server.settings import Settings
from icepair.dap.server.shelf import Shelf

__all__ = ["Application"]

_log = logging.getLogger(__name__)
_REQUESTS = 8
_ANSWERS = {"dodsC": answer_dap2, "dap4": answer_dap4}


class Application:
    """The server as an ASGI application.

    Parameters
    ----------
    folder : Folder
        What is served.
    settings : Settings
        Limits and habits.
    """

    def __init__(self, folder: Folder, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        # Two pools: who makes a piece waits for those who inflate its chunks.
        self._workers = ThreadPoolExecutor(_REQUESTS, "icepair-serve")
        self._inflaters = ThreadPoolExecutor(os.cpu_count() or 1, "icepair-inflate")
        self._shelf = Shelf(self._inflaters)
        self._routes = Starlette(
            routes=[
                Route("/", self._endpoint(self._front)),
                Route("/catalog.xml", self._endpoint(self._catalogue)),
                Route("/catalog/{path:path}/catalog.xml", self._endpoint(self._catalogue)),
                Route("/dodsC/{path:path}", self._endpoint(self._dataset, "dodsC")),
                Route("/dap4/{path:path}", self._endpoint(self._dataset, "dap4")),
                Route("/fileServer/{path:path}", self._endpoint(self._file)),
            ]
        )
        self._routes.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if self._may_enter(Request(scope)):
            await self._routes(scope, receive, send)
            return
        words = Refusal(
            401,
            "Sign in with user and password.",
            headers={"www-authenticate": 'Basic realm="icepair", charset="UTF-8"'},
        )
        service = scope["path"].split("/")[1]
        await self._refused(words, service)(scope, receive, send)

    def close(self) -> None:
        """Close the files and end the threads."""
        self._workers.shutdown()
        self._inflaters.shutdown()
        self._shelf.close()

    def _endpoint(self, answer: Callable[..., Reply], service: str = "") -> Callable[..., object]:
        def guarded(request: Request) -> Reply:
            try:
                return answer(request, service) if service else answer(request)
            except Refusal as refusal:
                return self._refused(refusal, service)
            except Exception:
                _log.exception("%s failed", request.url.path)
                return self._refused(Refusal(500, "The server made a mistake."), service)

        async def endpoint(request: Request) -> Reply:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._workers, guarded, request)

        return endpoint

    def _front(self, request: Request) -> Reply:
        return self._text(front_page(self._folder), "text/html; charset=utf-8")

    def _catalogue(self, request: Request) -> Reply:
        path = request.path_params.get("path", "")
        return self._text(catalogue(self._folder, path), "application/xml; charset=utf-8")

    def _dataset(self, request: Request, service: str) -> Reply:
        name, kind = split_kind(service, request.path_params["path"])
        query = request.scope["query_string"].decode("utf-8", "replace")
        with ExitStack() as stack:
            dataset = stack.enter_context(self._shelf.borrow(self._folder.file(name), name))
            headers = _validators(dataset.stamp)
            if _unchanged(request, dataset.stamp):
                return self._reply(304, headers)
            answer = _ANSWERS[service](dataset, kind, query, self._settings)
            headers |= {"content-type": answer.content_type}
            if service == "dodsC":
                headers |= {"xdods-server": "opendap/3.7"}
            if answer.description:
                headers |= {"content-description": answer.description}
            body = answer.body
            if self._settings.compress and _accepts_gzip(request):
                headers |= {"content-encoding": "gzip"}
                body = gzipped(body)
            if self._settings.compress:
                headers |= {"vary": "Accept-Encoding"}
            return Reply(
                200, headers, body, self._workers, self._settings.patience_s, stack.pop_all().close
            )

    def _file(self, request: Request) -> Reply:
        name = request.path_params["path"]
        with ExitStack() as stack:
            descriptor, stamp = open_file(self._folder.file(name), name)
            stack.callback(os.close, descriptor)
            headers = _validators(stamp) | {"accept-ranges": "bytes"}
            if _unchanged(request, stamp):
                return self._reply(304, headers)
            known = request.headers.get("if-range", stamp.etag)
            wanted = request.headers.get("range") if known in headers.values() else None
            part = byte_range(wanted, stamp.size)
            first, stop = part or (0, stamp.size)
            headers |= {"content-type": "application/x-netcdf", "content-length": f"{stop - first}"}
            if part:
                headers |= {"content-range": f"bytes {first}-{stop - 1}/{stamp.size}"}
            return Reply(
                206 if part else 200,
                headers,
                file_bytes(descriptor, stamp, first, stop),
                self._workers,
                self._settings.patience_s,
                stack.pop_all().close,
            )

    def _refused(self, refusal: Refusal, service: str) -> Reply:
        headers, body = {"content-type": "text/plain; charset=utf-8"}, refusal.message.encode()
        if service == "dodsC" and not refusal.bare:
            body = dap2_error(refusal.code, refusal.message)
            headers |= {"content-description": "dods-error", "xdods-server": "opendap/3.7"}
        elif service == "dap4" and not refusal.bare:
            body = dap4_error(refusal.code, refusal.message)
            headers = {"content-type": "application/vnd.opendap.dap4.error+xml; charset=utf-8"}
        return self._reply(refusal.status, headers | refusal.headers, body)

    def _text(self, text: bytes, content_type: str) -> Reply:
        return self._reply(200, {"content-type": content_type}, text)

    def _reply(self, status: int, headers: dict[str, str], body: bytes = b"") -> Reply:
        pieces = [body] if body else []
        return Reply(status, headers, pieces, self._workers, self._settings.patience_s)

    def _may_enter(self, request: Request) -> bool:
        if self._settings.sign_in is None:
            return True
        expected = base64.b64encode(":".join(self._settings.sign_in).encode())
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode("latin-1"), expected)
        return scheme.lower() == "basic" and same


def _validators(stamp: Stamp) -> dict[str, str]:
    return {"etag": stamp.etag, "last-modified": stamp.last_modified}


def _unchanged(request: Request, stamp: Stamp) -> bool:
    """Whether the client has this state of the file already."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return bool(known & {stamp.etag, "*"})
    try:
        since = parsedate_to_datetime(request.headers["if-modified-since"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return False
    return stamp.modified_ns // 1_000_000_000 <= since


def _accepts_gzip(request: Request) -> bool:
    for offer in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, quality = offer.replace(" ", "").partition(";")
        if coding == "gzip":
            return quality.rstrip("0") not in ("q=", "q=0.")
    return False
