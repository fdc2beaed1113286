"""Settings of a process: arguments, environment, and what is refused."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from icepair.errors import UsageError
from icepair.options import Options, current, options

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "options.md"


def test_every_setting_can_come_from_the_environment() -> None:
    given = {
        "cache_dir": "~/ice", "cache_bytes": "1e9", "cache": "no", "protocol": "dap2",
        "compress": "TRUE", "workers": "2", "request_bytes": "1000", "attempts": "1",
        "backoff_s": "0", "retry_budget": "0", "connect_timeout_s": "1.5", "read_timeout_s": "2",
        "request_timeout_s": "3", "least_bytes_per_s": "0", "token": "abc", "token_file": "t",
        "token_host": "h", "cookies": "c",
    }  # fmt: skip
    found = Options.from_environment(
        {f"ICEPAIR_{name.upper()}": text for name, text in given.items()}
    )
    assert set(given) == {each.name for each in dataclasses.fields(Options)}
    assert found == Options(
        Path("~/ice").expanduser(), 1_000_000_000, False, "dap2", True, 2, 1000, 1, 0.0, 0, 1.5,
        2.0, 3.0, 0.0, "abc", Path("t"), "h", Path("c"),
    )  # fmt: skip
    assert "abc" not in repr(found)


def test_nothing_set_is_the_default() -> None:
    assert Options.from_environment({"ICEPAIR_WORKERS": "", "OTHER": "x"}) == Options()


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [("WORKERS", "many", "'many', expected a whole number"), ("CACHE", "maybe", "expected 1 or 0"),
     ("BACKOFF_S", "x", "expected a number"), ("WORKERS", "1e999", "expected a whole number"),
     ("WORKERS", "0", "workers is 0, expected 1 to 100"), ("PROTOCOL", "ftp", "one of auto, dap2"),
     ("READ_TIMEOUT_S", "nan", "read_timeout_s is nan"), ("ATTEMPTS", "-1", "ICEPAIR_ATTEMPTS"),
     ("REQUEST_TIMEOUT_S", "inf", "is inf, expected 0.001 to 1e[+]06"),
     ("COOKIES", "~nobody-of-that-name/jar", "expected a path"),
     ("TOKEN", "abc", "set ICEPAIR_TOKEN_HOST"), ("TOKEN_FILE", "t", "set ICEPAIR_TOKEN_HOST")],
)  # fmt: skip
def test_what_cannot_be_is_refused(name: str, text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        Options.from_environment({f"ICEPAIR_{name}": text})
    assert caught.value.__cause__ is None


def test_settings_hold_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEPAIR_WORKERS", "3")
    assert current().workers == 3
    with options(attempts=2) as outer:
        assert (outer.workers, current().attempts) == (3, 2)
        with options(workers=1):
            assert (current().workers, current().attempts) == (1, 2)
        assert current() is outer
    assert current().attempts == Options().attempts


def test_the_reference_names_every_variable_with_its_default() -> None:
    rows = dict(
        re.findall(r"^\| `(ICEPAIR_\w+)` \| ([^|]*?) \|", REFERENCE.read_text("utf-8"), re.M)
    )
    for each in dataclasses.fields(Options):
        shown = rows[f"ICEPAIR_{each.name.upper()}"].replace(",", "").strip("`")
        default = each.default
        if default is None:
            assert shown
        elif isinstance(default, bool):
            assert shown == str(int(default))
        elif isinstance(default, str):
            assert shown == default
        else:
            assert float(shown) == default
