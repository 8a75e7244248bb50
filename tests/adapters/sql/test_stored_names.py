"""Reports that an earlier release has stored are read: a field that is renamed in the domain keeps its stored name."""

from __future__ import annotations

from dataclasses import fields, replace

from yanbao.adapters.sql.codec import (
    dump_form,
    dump_report,
    dump_report_figures,
    load_form,
    load_report,
    load_report_figures,
)
from yanbao.domain.commitment.form import HazardousWork
from yanbao.domain.commitment.report import Promiser
from yanbao.domain.inspection.form import Conclusion, FindingResult, InspectionForm
from yanbao.domain.report.report import ReportKind

from ...support.builders import an_enterprise
from ...support.commitments import reported, reported_automatically
from ...support.written_reports import monthly


def test_a_renamed_field_is_stored_under_its_first_name_and_found_again() -> None:
    report = reported().report
    assert report is not None
    stored = dump_report(report)
    assert {"by", "name", "at"} == set(stored["signed"])
    assert "archive_as_of" in stored["facts"] and "directory_as_of" not in stored["facts"]
    assert load_report(stored) == report


def test_a_form_with_a_conclusion_in_free_text_is_read_and_shown_as_it_was_written() -> None:
    stored = {
        "duty_check": {"means": "PHONE", "officer": "周值班", "on_duty": True, "note": ""},
        "findings": [{"item": "PERSONS", "result": "NOT_OK", "note": "多1人", "attachments": []}],
        "observations": "雨天",
        "conclusion": "总体情况良好。",
        "attachments": [],
        "problems": [],
    }
    form = load_form(stored)
    assert (form.conclusion, form.former_conclusion) == (None, "总体情况良好。")
    assert form.findings[0].result is FindingResult.NOT_OK and form.findings[0].rectified is None
    assert dump_form(form)["conclusion"] == "总体情况良好。"
    assert load_form(dump_form(form)) == form


def test_the_choice_of_a_conclusion_is_stored_beside_the_former_text() -> None:
    stored = dump_form(InspectionForm(conclusion=Conclusion.PROBLEMS_ISSUED))
    assert (stored["concluded"], stored["conclusion"]) == ("PROBLEMS_ISSUED", "")


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


def test_what_an_automatic_report_of_before_did_not_state_is_read_as_unstated() -> None:
    report = reported_automatically(an_enterprise()).report
    assert report is not None
    stored = dump_report(report)
    assert load_report(stored) == report
    stored["form"] |= {
        "risk_grade": 4,
        "major_hazard": False,
        "hazardous_work": dict.fromkeys((entry.name for entry in fields(HazardousWork)), 0),
    }
    assert load_report(stored) == report
    manual = reported().report
    assert manual is not None and load_report(dump_report(manual)).form.risk_grade is not None


def test_monthly_figures_that_were_frozen_without_alerts_are_read() -> None:
    stored = dump_report_figures(ReportKind.MONTHLY, monthly())
    del stored["alerts"]
    read = load_report_figures(ReportKind.MONTHLY, stored)
    assert read == replace(monthly(), alerts=None)
