"""The DAS of DAP2: attributes of the variables and of the dataset."""

from __future__ import annotations

import re

from icepair.dap.fault import Fault
from icepair.dap.protocol._bounds import NESTING, check_text, plain_name
from icepair.dap.protocol._tokens import Tokens
from icepair.dap.protocol._values import attribute_value, is_text
from icepair.dap.words import fault_of_words, text_of

__all__ = ["parse_das"]

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{};,]|[^\s{};,"]+', re.DOTALL)
_ESCAPE = re.compile(rb'\\(?:([0-3][0-7]{2})|(["\\]))')
_TYPES = {
    "byte", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
    "float32", "float64", "string", "url",
}  # fmt: skip
_MARKS = ("{", "}", ";", ",")

Tables = dict[str, dict[str, object]]


def parse_das(text: str) -> Tables:
    """Attributes by container; a container within another is called ``outer.inner``.

    Text becomes str, numbers int or float, several values a tuple. An alias, and XML that is no
    value, are left out.

    Raises
    ------
    Fault
        The text is not a DAS, in which case it holds the server's words; a number is out of the
        range of its type; or the text goes beyond bounds.
    """
    check_text(text, "DAS")
    tokens = Tokens(text, _TOKEN, "DAS")
    if tokens.peek.lower() != "attributes":
        raise fault_of_words(text[:65_536].encode(errors="replace"), "a DAS")
    tokens.take()
    tokens.expect("{")
    tables: Tables = {}
    _read_container(tokens, "", tables, 1)
    tokens.accept(";")
    if tokens.peek:
        tokens.fail("nothing more")
    return tables


def _read_container(tokens: Tokens, path: str, tables: Tables, depth: int) -> None:
    if depth > NESTING:
        raise Fault(f"the DAS is nested more than {NESTING} deep", again=False)
    if path:
        tables.setdefault(path, {})
    while not tokens.accept("}"):
        if tokens.accept(";"):
            continue
        word = _word(tokens, "a type or the name of a container")
        if word.lower() in ("alias", "otherxml") and tokens.peek != "{":
            _skip(tokens)
        elif word.lower() in _TYPES and tokens.peek != "{":
            _read_attribute(tokens, word, tables.setdefault(path, {}))
        else:
            name = _container_name(tokens, word)
            _read_container(tokens, f"{path}.{name}" if path else name, tables, depth + 1)
            tokens.accept(";")


def _container_name(tokens: Tokens, first: str) -> str:
    words = [_unquoted(first)]
    while not tokens.accept("{"):
        words.append(_word(tokens, "'{'"))
    return plain_name(" ".join(words))


def _read_attribute(tokens: Tokens, kind: str, table: dict[str, object]) -> None:
    name = plain_name(_unquoted(_word(tokens, "the name of an attribute")))
    words: list[str] = []
    while tokens.peek not in (";", "}"):
        words.append(_value(tokens, is_text(kind)))
        if not tokens.accept(","):
            break
    tokens.expect(";")
    table[name] = attribute_value(name, kind, words)


def _value(tokens: Tokens, is_words: bool) -> str:
    """One value; words that are not quoted run to the next mark."""
    word = _unquoted(_word(tokens, "a value"))
    while is_words and tokens.peek and tokens.peek not in _MARKS:
        word += " " + _unquoted(tokens.take())
    return word


def _word(tokens: Tokens, expected: str) -> str:
    if tokens.peek in _MARKS or tokens.peek == '"':
        tokens.fail(expected)
    return tokens.take()


def _skip(tokens: Tokens) -> None:
    while not tokens.accept(";"):
        tokens.take()


def _unquoted(token: str) -> str:
    r"""Text between the quotes, with ``\"``, ``\\`` and the octal ``\303`` resolved.

    Octal escapes stand for bytes, so that two or more of them may be one letter in UTF-8.
    """
    if not token.startswith('"'):
        return token
    inner = token[1:-1]
    if "\\" not in inner:
        return inner
    raw = inner.encode("utf-8", "surrogatepass")
    return text_of(_ESCAPE.sub(_resolved, raw))


def _resolved(found: re.Match[bytes]) -> bytes:
    return bytes([int(found.group(1), 8)]) if found.group(1) else found.group(2)
