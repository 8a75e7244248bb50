"""Reports, inspections' and feedbacks' forms as JSON and back: every field by the types of the domain's dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter

from ...domain.commitment.report import Report
from ...domain.handling.feedback import FeedbackForm
from ...domain.inspection.form import InspectionForm, Sheet

_REPORT: Final = TypeAdapter(Report)
_SHEET: Final = TypeAdapter(Sheet)
_FORM: Final = TypeAdapter(InspectionForm)
_FEEDBACK: Final = TypeAdapter(FeedbackForm)


_STORED_NAMES: Final = {"signed": {"person_id": "by"}, "facts": {"directory_as_of": "archive_as_of"}}
"""Fields of a report that have another name in the database than in the domain: what is stored is not rewritten."""


def dump_report(report: Report) -> Any:
    """Plain JSON values, decimals as text."""
    return _renamed(_REPORT.dump_python(report, mode="json"), _STORED_NAMES)


def load_report(raw: Any) -> Report:
    """The report as it was; its instants in UTC."""
    names = {part: {stored: name for name, stored in of.items()} for part, of in _STORED_NAMES.items()}
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
    """Plain JSON values."""
    return _SHEET.dump_python(sheet, mode="json")


def load_sheet(raw: Any) -> Sheet:
    """The sheet as it was; its instants in UTC."""
    sheet = _SHEET.validate_python(raw)
    return replace(
        sheet,
        taken_at=sheet.taken_at.astimezone(UTC),
        figures=tuple(replace(figure, as_of=_utc(figure.as_of)) for figure in sheet.figures),
        visits=tuple(replace(visit, last_at=visit.last_at.astimezone(UTC)) for visit in sheet.visits),
    )


def dump_form(form: InspectionForm) -> Any:
    """Plain JSON values."""
    return _FORM.dump_python(form, mode="json")


def load_form(raw: Any) -> InspectionForm:
    """The form as it was."""
    return _FORM.validate_python(raw)


def dump_feedback(form: FeedbackForm) -> Any:
    """Plain JSON values."""
    return _FEEDBACK.dump_python(form, mode="json")


def load_feedback(raw: Any) -> FeedbackForm:
    """The form as it was."""
    return _FEEDBACK.validate_python(raw)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _renamed(raw: Any, names: Mapping[str, Mapping[str, str]]) -> Any:
    """The report with some keys of its parts renamed, in their old places."""
    parts = {
        part: {new.get(key, key): value for key, value in raw[part].items()} for part, new in names.items()
    }
    return raw | parts
