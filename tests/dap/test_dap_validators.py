"""What shows that a dataset was replaced, and what does not."""

from __future__ import annotations

from icepair.dap.validators import Stamp, common_stamp, stamp_of

MONDAY = "Mon, 16 Nov 2026 10:00:00 GMT"
TUESDAY = "Tue, 17 Nov 2026 10:00:00 GMT"


def test_a_time_that_moves_is_a_change_and_silence_is_none():
    assert "Last-Modified was Mon" in (Stamp(MONDAY, None).contradicts(Stamp(TUESDAY, None)) or "")
    assert 'ETag was "a", now "b"' in (Stamp(None, '"a"').contradicts(Stamp(None, '"b"')) or "")
    assert Stamp(MONDAY, '"a"').contradicts(Stamp(None, None)) is None
    assert Stamp(MONDAY, None).contradicts(Stamp(MONDAY, '"b"')) is None


def test_a_server_that_stamps_with_the_time_of_sending_says_nothing():
    first = stamp_of({"Last-Modified": MONDAY, "Date": MONDAY})
    second = stamp_of({"Last-Modified": TUESDAY, "Date": TUESDAY})
    assert first.contradicts(second) is None


def test_a_new_file_that_is_replaced_is_noticed_all_the_same():
    new = stamp_of({"Last-Modified": MONDAY, "Date": MONDAY})
    later = stamp_of({"Last-Modified": MONDAY, "Date": TUESDAY})
    other = stamp_of({"Last-Modified": "Mon, 16 Nov 2026 11:00:00 GMT", "Date": TUESDAY})
    assert new.contradicts(later) is None
    assert "now Mon, 16 Nov 2026 11" in (new.contradicts(other) or "")
    assert stamp_of({"Last-Modified": "yesterday", "Date": MONDAY}).modified == "yesterday"


def test_a_tag_counts_only_where_different_replies_share_it():
    assert common_stamp([Stamp(MONDAY, '"a"'), Stamp(MONDAY, '"b"')]) == Stamp(MONDAY, None)
    assert common_stamp([Stamp(MONDAY, '"a"'), Stamp(MONDAY, '"a"')]) == Stamp(MONDAY, '"a"')
    assert common_stamp([Stamp(MONDAY, '"a"')]) == Stamp(MONDAY, None)
