"""Convert reports, sheets and forms to JSON and back, by the field types of the domain's dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter

from ...domain.commitment.report import Report
from ...domain.handling.feedback import FeedbackForm
from ...domain.inspection.form import InspectionForm, OnSiteRectification, Sheet
from ...domain.report.figures import (
    DailyReportFigures,
    MonthlyReportFigures,
    ReportFigures,
    WeeklyReportFigures,
)
from ...domain.report.report import ReportKind
from ...domain.signed import Origin

_REPORT: Final = TypeAdapter(Report)
_SHEET: Final = TypeAdapter(Sheet)
_FORM: Final = TypeAdapter(InspectionForm)
_FEEDBACK: Final = TypeAdapter(FeedbackForm)
_REPORT_FIGURES: Final[Mapping[ReportKind, TypeAdapter[Any]]] = {
    ReportKind.DAILY: TypeAdapter(DailyReportFigures),
    ReportKind.WEEKLY: TypeAdapter(WeeklyReportFigures),
    ReportKind.MONTHLY: TypeAdapter(MonthlyReportFigures),
}


_STORED_NAMES: Final = {"signed": {"person_id": "by"}, "facts": {"directory_as_of": "archive_as_of"}}
"""Report fields by part: domain name → stored name. Stored reports are never rewritten, so they differ."""


_STORED_FORM_NAMES: Final = {"conclusion": "concluded", "former_conclusion": "conclusion"}
"""Fields of an inspection form: domain name → stored name. The conclusion was a free text before."""


def dump_report(report: Report) -> Any:
    """Return the report as plain JSON values, decimals as text."""
    return _renamed(_REPORT.dump_python(report, mode="json"), _STORED_NAMES)


def load_report(raw: Any) -> Report:
    """Read a report back; its instants are in UTC.

    Earlier releases stored text and promiser as inputs of the form. Their text was written by a person.
    They stored values in automatic reports that nobody had stated: these are read as unstated.
    """
    names = {part: {stored: name for name, stored in of.items()} for part, of in _STORED_NAMES.items()}
    form = raw["form"]
    if raw["origin"] == Origin.AUTO.value:
        raw = raw | {"form": form | dict.fromkeys(("hazardous_work", "major_hazard", "risk_grade"))}
    if "promiser" not in raw:
        raw = raw | {"text": form["text"], "promiser": {"person_id": None, "name": form["promiser"]}}
    report = _REPORT.validate_python(_renamed(raw, names))
    facts = report.facts
    return replace(
        report,
        signed=replace(report.signed, at=report.signed.at.astimezone(UTC)),
        facts=replace(
            facts,
            directory_as_of=facts.directory_as_of.astimezone(UTC),
            taken_at=facts.taken_at.astimezone(UTC),
        ),
    )


def dump_sheet(sheet: Sheet) -> Any:
    """Return the sheet as plain JSON values."""
    return _SHEET.dump_python(sheet, mode="json")


def load_sheet(raw: Any) -> Sheet:
    """Read a sheet back; its instants are in UTC."""
    sheet = _SHEET.validate_python(raw)
    return replace(
        sheet,
        taken_at=sheet.taken_at.astimezone(UTC),
        figures=tuple(replace(figure, as_of=_utc(figure.as_of)) for figure in sheet.figures),
        visits=tuple(replace(visit, last_at=visit.last_at.astimezone(UTC)) for visit in sheet.visits),
    )


def dump_form(form: InspectionForm) -> Any:
    """Return the inspection form as plain JSON values."""
    return _with_keys(_FORM.dump_python(form, mode="json"), _STORED_FORM_NAMES)


def load_form(raw: Any) -> InspectionForm:
    """Read an inspection form back; its instants are in UTC."""
    form = _FORM.validate_python(
        _with_keys(raw, {stored: name for name, stored in _STORED_FORM_NAMES.items()})
    )
    check = form.duty_check
    return replace(
        form,
        duty_check=None if check is None else replace(check, rectified=_rectified(check.rectified)),
        findings=tuple(replace(one, rectified=_rectified(one.rectified)) for one in form.findings),
    )


def _rectified(stored: OnSiteRectification | None) -> OnSiteRectification | None:
    return None if stored is None else replace(stored, at=_utc(stored.at))


def dump_feedback(form: FeedbackForm) -> Any:
    """Return the feedback form as plain JSON values."""
    return _FEEDBACK.dump_python(form, mode="json")


def load_feedback(raw: Any) -> FeedbackForm:
    """Read a feedback form back."""
    return _FEEDBACK.validate_python(raw)


def dump_report_figures(kind: ReportKind, figures: ReportFigures) -> Any:
    """Return the figures of a written report as plain JSON values."""
    return _REPORT_FIGURES[kind].dump_python(figures, mode="json")


def load_report_figures(kind: ReportKind, raw: Any) -> ReportFigures:
    """Read the figures of a written report back; their instants keep the zone UTC."""
    figures: ReportFigures = _REPORT_FIGURES[kind].validate_python(raw)
    return figures


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _renamed(raw: Any, names: Mapping[str, Mapping[str, str]]) -> Any:
    """Return the report with keys of some parts renamed; the order of keys stays."""
    return raw | {part: _with_keys(raw[part], new) for part, new in names.items()}


def _with_keys(part: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in part.items()}
