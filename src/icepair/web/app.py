"""HTTP: the page, the list of results, their files with ranges, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from icepair.errors import DamagedFileError
from icepair.web.results import Result

__all__ = ["PAGE", "application"]

PAGE = Path(__file__).parent / "bundle"
"""What ``make viewer`` builds from the folder ``web`` of the repository."""

_NAMES = ("127.0.0.1", "localhost")
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}
_HEADERS = {
    # Nothing but this server's own files; pictures for export and their symbols are made in the
    # page itself.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data: blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    # A result that was made anew must not be mixed with what the browser remembers of the old.
    "cache-control": "no-store",
}


def application(results: Sequence[Result]) -> Starlette:
    """The server as an ASGI application.

    Parameters
    ----------
    results : sequence of Result
        What is shown, in this order.
    """
    pages = {path.name: path for path in PAGE.iterdir()}

    async def page(request: Request) -> Response:
        found = pages.get(request.path_params.get("name", "index.html"))
        if found is None:
            return _nothing(request)
        return FileResponse(found, media_type=_TYPES.get(found.suffix))

    def contents(request: Request) -> Response:
        return JSONResponse(
            {
                "icepair": metadata.version("icepair"),
                "results": [_brief(result) for result in results],
            }
        )

    def result(request: Request) -> Response:
        found = _result(request)
        if found is None:
            return _nothing(request)
        try:
            summary = found.summary()
        except DamagedFileError as error:
            return JSONResponse({"name": found.name, "problems": [str(error)], "files": {}})
        problems, files = found.problems(), found.files()
        values = {"name": found.name, "summary": summary, "files": files, "problems": problems}
        return JSONResponse(values)

    def file(request: Request) -> Response:
        found = _result(request)
        path = found.file(request.path_params["name"]) if found else None
        if path is None:
            return _nothing(request)
        return FileResponse(path, media_type="application/octet-stream")

    def _result(request: Request) -> Result | None:
        number = request.path_params["number"]
        return results[number] if number < len(results) else None

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/results.json", contents),
            Route("/results/{number:int}", result),
            Route("/results/{number:int}/{name}", file),
            Route("/{name}", page),
        ],
        middleware=[
            Middleware(_Headers),
            # Another site's name that is made to lead here must not read the results.
            Middleware(TrustedHostMiddleware, allowed_hosts=list(_NAMES), www_redirect=False),
        ],
    )
    app.router.redirect_slashes = False
    return app


def _brief(result: Result) -> dict[str, Any]:
    """What the line of time shows of a result before it is opened."""
    try:
        summary = result.summary()
    except DamagedFileError as error:
        return {"name": result.name, "problem": str(error)}
    return {
        "name": result.name,
        "epsg": summary["grid"].get("epsg"),
        **{
            side: {
                key: summary[side].get(key)
                for key in ("product", "time", "ice_concentration", "ice_concentration_uncertainty")
            }
            for side in ("s1", "s2")
        },
    }


def _nothing(request: Request) -> Response:
    return PlainTextResponse("There is nothing here.", 404)


class _Headers:
    """Adds the same headers to every reply."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in _HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, self._adding(send))

    def _adding(self, send: Send) -> Callable[[Message], Awaitable[None]]:
        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        return adding
