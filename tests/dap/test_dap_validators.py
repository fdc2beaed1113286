"""What shows that a dataset was replaced, and what does not."""

from __future__ import annotations

from icepair.dap.validators import Stamp, State, stamp_of

MONDAY = "Mon, 16 Nov 2026 10:00:00 GMT"
TUESDAY = "Tue, 17 Nov 2026 10:00:00 GMT"
ONE, OTHER = '"a"', '"b"'


def declared(*stamps: Stamp) -> State:
    return State(stamps)


def test_a_time_that_moves_is_a_change_and_silence_is_none():
    state = declared(Stamp(MONDAY, None))
    assert "Last-Modified was Mon" in (state.change(Stamp(TUESDAY, None)) or "")
    assert state.change(Stamp(None, None)) is None
    assert state.change(Stamp(MONDAY, ONE)) is None


def test_a_server_that_stamps_with_the_time_of_sending_says_nothing():
    first = stamp_of({"Last-Modified": MONDAY, "Date": MONDAY})
    second = stamp_of({"Last-Modified": TUESDAY, "Date": TUESDAY})
    assert declared(first).change(second) is None
    assert declared(first, second).change(Stamp(OTHER, None)) is None


def test_a_new_file_that_is_replaced_is_noticed_all_the_same():
    new = declared(stamp_of({"Last-Modified": MONDAY, "Date": MONDAY}))
    later = stamp_of({"Last-Modified": MONDAY, "Date": TUESDAY})
    other = stamp_of({"Last-Modified": "Mon, 16 Nov 2026 11:00:00 GMT", "Date": TUESDAY})
    assert new.change(later) is None
    assert "now Mon, 16 Nov 2026 11" in (new.change(other) or "")
    assert stamp_of({"Last-Modified": "yesterday", "Date": MONDAY}).modified == "yesterday"


def test_a_tag_that_dds_and_das_share_is_the_datasets():
    state = declared(Stamp(None, ONE), Stamp(None, ONE))
    assert 'ETag was "a", now "b"' in (state.change(Stamp(None, OTHER)) or "")
    assert declared(Stamp(None, ONE), Stamp(None, OTHER)).change(Stamp(None, "c")) is None


def test_the_tag_of_one_reply_is_doubtful_until_data_have_it_too():
    state = declared(Stamp(MONDAY, ONE))
    assert state.change(Stamp(MONDAY, OTHER)) is None
    assert 'ETag was "a", now "b"' in (state.doubt(Stamp(MONDAY, OTHER)) or "")
    assert state.with_own_tags().doubt(Stamp(MONDAY, OTHER)) is None
    assert state.change(Stamp(MONDAY, ONE)) is None
    assert 'ETag was "a", now "b"' in (state.change(Stamp(MONDAY, OTHER)) or "")


def test_every_part_of_the_state_is_in_its_text():
    state = declared(Stamp(MONDAY, ONE), Stamp(TUESDAY, OTHER))
    assert all(part in state.text for part in (MONDAY, TUESDAY, ONE, OTHER))
