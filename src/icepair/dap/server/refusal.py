"""What the server says instead of data."""

from __future__ import annotations

from xml.sax.saxutils import escape

__all__ = ["Refusal", "dap2_error", "dap4_error"]


class Refusal(Exception):  # noqa: N818 - an answer, not a mistake
    """A request that is answered with words.

    Parameters
    ----------
    status : int
        HTTP status.
    message : str
        What is wrong with the request, for whoever reads it at the other end.
    headers : dict, optional
        Further headers of the reply.
    bare : bool
        Whether the words go out as they are, without the protocol's frame.
    code : int, optional
        Of the error within the frame; that of HTTP unless given.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        bare: bool = False,
        code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = status if code is None else code
        self.message = message
        self.headers = headers or {}
        self.bare = bare


def dap2_error(code: int, message: str) -> bytes:
    """Body of a DAP2 error."""
    quoted = message.replace("\\", "\\\\").replace('"', '\\"')
    return f'Error {{\n    code = {code};\n    message = "{quoted}";\n}};\n'.encode()


def dap4_error(code: int, message: str) -> bytes:
    """Body of a DAP4 error, also in mid-reply."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Error xmlns="http://xml.opendap.org/ns/DAP/4.0#" httpcode="{code}">\n'
        f"  <Message>{escape(message)}</Message>\n</Error>\n"
    ).encode()
