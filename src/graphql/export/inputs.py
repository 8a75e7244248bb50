"""The input of an export: which list or statistic, with the same filter as there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import strawberry

from ...application.export.exports import RequestExport
from ...domain.export.kind import ExportKind
from ...domain.refusals import InvalidValue
from ..alert.inputs import AlertFilterInput, to_alert_filter
from ..commitment.inputs import CommitmentFilterInput
from ..commitment.inputs import to_filter as to_commitment_filter
from ..inspection.inputs import InspectionFilterInput
from ..inspection.inputs import to_filter as to_inspection_filter
from ..problem.inputs import ProblemFilterInput, to_problem_filter


@strawberry.input(
    description="导出什么：填写其中一项，条件与对应的列表相同，日期最长5年。Exactly one.", one_of=True
)
class ExportInput:
    commitments: CommitmentFilterInput | None = strawberry.field(
        default=strawberry.UNSET, description="安全承诺。"
    )
    inspections: InspectionFilterInput | None = strawberry.field(
        default=strawberry.UNSET, description="巡查抽查记录。"
    )
    problems: ProblemFilterInput | None = strawberry.field(default=strawberry.UNSET, description="问题。")
    alerts: AlertFilterInput | None = strawberry.field(default=strawberry.UNSET, description="预警。")


def _problems(given: ProblemFilterInput, now: datetime) -> Any:
    chosen = to_problem_filter(given)
    return replace(chosen, overdue_at=now) if given.overdue else chosen


def _alerts(given: AlertFilterInput, now: datetime) -> Any:
    chosen = to_alert_filter(given)
    return replace(chosen, overdue_at=now) if given.overdue else chosen


CONVERTERS: Final[dict[str, tuple[ExportKind, Callable[[Any, datetime], Any]]]] = {
    "commitments": (ExportKind.COMMITMENTS, lambda given, now: to_commitment_filter(given)),
    "inspections": (ExportKind.INSPECTIONS, lambda given, now: to_inspection_filter(given)),
    "problems": (ExportKind.PROBLEMS, _problems),
    "alerts": (ExportKind.ALERTS, _alerts),
}
"""Each input: what is exported, and how its filter is converted. 现已逾期 is what is overdue when it is asked."""


def to_request(given: ExportInput, now: datetime) -> RequestExport:
    """Convert to the command. Raises InvalidValue or NotFound for wrong inputs."""
    for name, (kind, convert) in CONVERTERS.items():
        where = getattr(given, name)
        if where is not None and where is not strawberry.UNSET:
            return RequestExport(kind, convert(where, now))
    raise InvalidValue("请填写要导出的内容。", field="what")
