"""The lists of problems and of alerts as tables: what it is, whom it concerns, and the terms with what was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from ...domain.alert.form import (
    ALERT_KIND_NAMES,
    ALERT_LEVEL_NAMES,
    ALERT_ORIGIN_NAMES,
    RISK_TYPE_NAMES,
    VERIFICATION_NAMES,
)
from ...domain.alert.groups import ALERT_GROUP_STATES
from ...domain.alert.workflow import ALERT_OPEN, ALERT_STATE_NAMES
from ...domain.problem.form import CATEGORY_NAMES, PROBLEM_ORIGIN_NAMES, SEVERITY_NAMES
from ...domain.problem.groups import PROBLEM_GROUP_STATES
from ...domain.problem.workflow import OPEN, PROBLEM_STATE_NAMES
from ..access import Actor
from ..alert.alerts import Alerts
from ..ports.alert import AlertFilter, AlertRow
from ..ports.problem import ProblemFilter, ProblemRow
from ..ports.readers import Readers
from ..ports.workbook import Cell, CellKind, Column
from ..problem.problems import Problems
from .listing import Cells, Listing
from .places import Places

_PROBLEM_COLUMNS: Final = (
    Column("下发时间", CellKind.TIME, 15, "下发"),
    Column("来源", CellKind.TEXT, 9, "下发"),
    Column("部级平台编号", CellKind.TEXT, 9, "下发"),
    Column("下发部门", CellKind.TEXT, 11, "下发"),
    Column("名称", CellKind.TEXT, 15, "被检查单位"),
    Column("市", CellKind.TEXT, 7, "被检查单位"),
    Column("县（区）", CellKind.TEXT, 7, "被检查单位"),
    Column("类别", CellKind.TEXT, 11, "问题"),
    Column("严重程度", CellKind.TEXT, 7, "问题"),
    Column("描述", CellKind.TEXT, 24, "问题"),
    Column("状态", CellKind.TEXT, 7),
    Column("逾期", CellKind.TEXT, 5),
    Column("时限", CellKind.TIME, 15, "签收"),
    Column("时间", CellKind.TIME, 15, "签收"),
    Column("时限", CellKind.TIME, 15, "首次反馈"),
    Column("时间", CellKind.TIME, 15, "首次反馈"),
    Column("时限", CellKind.TIME, 15, "整改（最终反馈）"),
    Column("时间", CellKind.TIME, 15, "整改（最终反馈）"),
    Column("办结、撤回时间", CellKind.TIME, 15),
)
_ALERT_COLUMNS: Final = (
    Column("报警时间", CellKind.TIME, 15),
    Column("类别", CellKind.TEXT, 9, "预警"),
    Column("等级", CellKind.TEXT, 9, "预警"),
    Column("风险类型", CellKind.TEXT, 9, "预警"),
    Column("描述", CellKind.TEXT, 24, "预警"),
    Column("数值", CellKind.TEXT, 7, "预警"),
    Column("来源", CellKind.TEXT, 9, "预警"),
    Column("部级平台编号", CellKind.TEXT, 9, "预警"),
    Column("名称", CellKind.TEXT, 15, "企业"),
    Column("市", CellKind.TEXT, 7, "企业"),
    Column("县（区）", CellKind.TEXT, 7, "企业"),
    Column("状态", CellKind.TEXT, 7),
    Column("逾期", CellKind.TEXT, 5),
    Column("核实结果", CellKind.TEXT, 9),
    Column("时限", CellKind.TIME, 15, "签收"),
    Column("时间", CellKind.TIME, 15, "签收"),
    Column("时限", CellKind.TIME, 15, "最终反馈"),
    Column("时间", CellKind.TIME, 15, "最终反馈"),
    Column("核查部门", CellKind.TEXT, 11),
    Column("办结、解除时间", CellKind.TIME, 15),
)


def _open_problems_only(where: ProblemFilter) -> bool:
    asked = PROBLEM_GROUP_STATES[where.group] if where.group is not None else frozenset(where.states)
    owed = where.unfed_back is True or where.overdue_at is not None
    return owed or (bool(asked) and asked <= OPEN)


def _open_alerts_only(where: AlertFilter) -> bool:
    asked = ALERT_GROUP_STATES[where.group] if where.group is not None else frozenset(where.states)
    owed = where.unfed_back is True or where.overdue_at is not None
    return owed or (bool(asked) and asked <= ALERT_OPEN)


def list_problems(problems: Problems, readers: Readers) -> Listing[ProblemFilter, ProblemRow]:
    """The listing; names are those at the issue."""

    def begin(actor: Actor, at: datetime) -> Cells[ProblemRow]:
        places = Places(readers.directory)

        def cells(rows: Sequence[ProblemRow]) -> Iterator[Sequence[Cell]]:
            for row in rows:
                yield (
                    row.issued_at,
                    PROBLEM_ORIGIN_NAMES[row.origin],
                    row.external_id,
                    row.issuer_name,
                    row.addressee_name,
                    *places.place(row.region_id),
                    CATEGORY_NAMES[row.category],
                    SEVERITY_NAMES[row.severity],
                    row.description,
                    PROBLEM_STATE_NAMES[row.state],
                    "是" if problems.overdue(row) else "否",
                    row.acknowledge_due,
                    row.acknowledged_at,
                    row.feed_back_due,
                    row.first_feedback_at,
                    row.rectify_due,
                    row.fed_back_at,
                    row.ended_at,
                )

        return cells

    return Listing(
        ProblemFilter, _PROBLEM_COLUMNS, "条", problems.count, problems.page, begin, _open_problems_only
    )


def list_alerts(alerts: Alerts, readers: Readers) -> Listing[AlertFilter, AlertRow]:
    """The listing; names are those at the opening."""

    def begin(actor: Actor, at: datetime) -> Cells[AlertRow]:
        places = Places(readers.directory)

        def cells(rows: Sequence[AlertRow]) -> Iterator[Sequence[Cell]]:
            for row in rows:
                yield (
                    row.opened_at,
                    ALERT_KIND_NAMES[row.kind],
                    ALERT_LEVEL_NAMES[row.level],
                    None if row.risk_type is None else RISK_TYPE_NAMES[row.risk_type],
                    row.description,
                    row.value,
                    ALERT_ORIGIN_NAMES[row.origin],
                    row.external_id,
                    row.enterprise_name,
                    *places.place(row.region_id),
                    ALERT_STATE_NAMES[row.state],
                    "是" if alerts.overdue(row) else "否",
                    None if row.verification is None else VERIFICATION_NAMES[row.verification],
                    row.acknowledge_due,
                    row.acknowledged_at,
                    row.feed_back_due,
                    row.fed_back_at,
                    row.reviewer_name,
                    row.closed_at or row.ended_at,
                )

        return cells

    return Listing(AlertFilter, _ALERT_COLUMNS, "条", alerts.count, alerts.page, begin, _open_alerts_only)
