"""Reports that an earlier release has stored are read: a field that is renamed in the domain keeps its stored name."""

from __future__ import annotations

from yanbao.adapters.sql.codec import dump_report, load_report
from yanbao.domain.commitment.report import Promiser

from ...support.commitments import reported


def test_a_renamed_field_is_stored_under_its_first_name_and_found_again() -> None:
    report = reported().report
    assert report is not None
    stored = dump_report(report)
    assert {"by", "name", "at"} == set(stored["signed"])
    assert "archive_as_of" in stored["facts"] and "directory_as_of" not in stored["facts"]
    assert load_report(stored) == report


def test_a_report_whose_text_and_promiser_were_inputs_of_the_form_is_read() -> None:
    report = reported().report
    assert report is not None
    stored = dump_report(report)
    for name in ("text", "promiser"):
        del stored[name]
    for name in ("supplement", "substitute"):
        del stored["form"][name]
    for name in ("head_id", "head_name"):
        del stored["facts"][name]
    stored["form"] |= {"text": "今天我公司已开展安全风险研判。", "promiser": "李永红"}
    read = load_report(stored)
    assert (read.text, read.promiser) == ("今天我公司已开展安全风险研判。", Promiser(None, "李永红"))
    assert (read.form, read.facts.head_name) == (report.form, None)
    assert load_report(dump_report(read)) == read


def test_a_report_that_was_stored_before_periods_were_named_is_read_without_one() -> None:
    report = reported().report
    assert report is not None
    stored = dump_report(report)
    assert stored["facts"].pop("shutdown_period") is None
    assert load_report(stored) == report
