"""Reports as JSON and back: every field by the types of the domain's own dataclasses, decimals as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any, Final

from pydantic import TypeAdapter

from ...domain.commitment import Report

_REPORT: Final = TypeAdapter(Report)


def dump_report(report: Report) -> Any:
    """Plain JSON values."""
    return _REPORT.dump_python(report, mode="json")


def load_report(raw: Any) -> Report:
    """The report as it was; its instants in UTC."""
    report = _REPORT.validate_python(raw)
    facts = report.facts
    return replace(
        report,
        signed=replace(report.signed, at=report.signed.at.astimezone(UTC)),
        facts=replace(
            facts,
            archive_as_of=facts.archive_as_of.astimezone(UTC),
            taken_at=facts.taken_at.astimezone(UTC),
        ),
    )
