"""Reports that an earlier release has stored are read: a field that is renamed in the domain keeps its stored name."""

from __future__ import annotations

from yanbao.adapters.sql.codec import dump_report, load_report

from ...support.commitments import reported


def test_a_renamed_field_is_stored_under_its_first_name_and_found_again() -> None:
    report = reported().report
    assert report is not None
    stored = dump_report(report)
    assert {"by", "name", "at"} == set(stored["signed"])
    assert "archive_as_of" in stored["facts"] and "directory_as_of" not in stored["facts"]
    assert load_report(stored) == report


def test_a_report_that_was_stored_before_periods_were_named_is_read_without_one() -> None:
    report = reported().report
    assert report is not None
    stored = dump_report(report)
    assert stored["facts"].pop("shutdown_period") is None
    assert load_report(stored) == report
