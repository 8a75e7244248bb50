"""Makes the pre-filled sheet of a patrol or spot check: every figure of the form with its source and time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from ...domain.alert.form import ALERT_LEVEL_NAMES
from ...domain.commitment.form import PRODUCTION_STATUS_NAMES
from ...domain.deadlines import business_date
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.organisation import Level
from ...domain.inspection.anomalies import permit_anomaly
from ...domain.inspection.form import (
    NOTHING,
    Figure,
    InspectionKind,
    Inspector,
    PatrolTarget,
    Rank,
    Sheet,
    Target,
    Visit,
    figure,
    rank_of,
    rate,
)
from ...domain.values import SHANGHAI, RegionId
from ..ports.commitment import CommitmentRow, Tally
from ..ports.inspection import (
    InspectionReader,
    MonitoringSource,
    OnlineRates,
    PatrolFacts,
    SpotCheckFacts,
    VisitFact,
)

DIRECTORY: Final = "企业档案"
COMMITMENTS: Final = "安全承诺统计"
LOG_INS: Final = "登录记录"
ALERTS: Final = "预警台账"
PROBLEMS: Final = "问题台账"
SPOT_CHECKS: Final = "抽查记录"
VIDEO: Final = "视频监测平台"
SENSORS: Final = "传感器监测平台"

_Counted = Mapping[str, Mapping[str, int | Decimal | str | None]]
"""Values by source and key."""


class Sheets:
    """Takes sheets from the database and, if there is one, from the monitoring platform.

    No transaction may be open during this: the platform is called over the network.
    """

    def __init__(self, reader: InspectionReader, monitoring: MonitoringSource | None) -> None:
        self._reader = reader
        self._monitoring = monitoring

    def take(self, inspector: Inspector, target: Target, *, rank: Level, day: date, at: datetime) -> Sheet:
        """Take the sheet for the target as it stands at `at`; `rank` is that of the target's region.

        Visits are the inspector's own; for an automatic record, those of the whole inspecting department.
        """
        if not isinstance(target, PatrolTarget):
            return spot_check_sheet(self._reader.spot_check_facts(target.enterprise_id, day, at=at), at)
        facts = self._reader.patrol_facts(
            target.region_id,
            rank,
            target.department.id,
            person_id=inspector.person_id,
            inspecting_id=inspector.department.id,
            day=day,
            at=at,
        )
        rates = None
        if self._monitoring is not None:
            rates = self._monitoring.online_rates(target.region_id, at)
        return patrol_sheet(facts, rates, target.region_id, at)


def patrol_sheet(facts: PatrolFacts, rates: OnlineRates | None, region_id: RegionId, at: datetime) -> Sheet:
    """The sheet with every figure of the patrol form. A figure without a source is not connected, never 0."""
    tally = facts.tally
    own = _rate_of(tally)
    counted: _Counted = {
        DIRECTORY: {
            "productionEnterprises": facts.enterprises.get(EnterpriseKind.PRODUCTION, 0),
            "wholesaleEnterprises": facts.enterprises.get(EnterpriseKind.WHOLESALE, 0),
        },
        COMMITMENTS: {
            "commitmentsExpected": tally.expected,
            "commitmentsReported": tally.reported,
            "commitmentsLate": tally.late,
            "commitmentsUnreported": tally.unreported,
            "commitmentRate": own,
            "inProduction": tally.in_production,
            "stopped": tally.stopped,
        },
        LOG_INS: {
            "logIns": facts.log_ins,
            "logInUsers": facts.log_in_users,
            "lastLogIn": _moment(facts.last_log_in),
        },
        ALERTS: {"openAlerts": facts.open_alerts, "unfedBackAlerts": facts.unfed_back_alerts},
        PROBLEMS: {
            "dueProblems": facts.due_problems,
            "fedBackProblems": facts.fed_back_problems,
            "overdueProblems": facts.overdue_problems,
        },
        SPOT_CHECKS: {
            "ownSpotChecks": facts.own_spot_checks,
            "ownAutomaticSpotChecks": facts.automatic_spot_checks,
        },
    }
    figures = _figures(InspectionKind.PATROL, counted, at, {"commitmentRate": _rank(own, facts, region_id)})
    for key, source, value in (
        ("videoOnlineRate", VIDEO, rates.video if rates else None),
        ("sensorOnlineRate", SENSORS, rates.sensors if rates else None),
    ):
        as_of = rates.as_of if rates is not None and value is not None else None
        figures.append(figure(InspectionKind.PATROL, key, value, source=source, as_of=as_of))
    day = business_date(at)
    return Sheet(at, tuple(figures), visits=tuple(_visit(visit, day) for visit in facts.visits))


def spot_check_sheet(facts: SpotCheckFacts, at: datetime) -> Sheet:
    """The sheet with every figure of the spot-check form, and the permits."""
    commitment = facts.commitment
    late = None if commitment is None else commitment.late
    highest = facts.highest_alert_level
    counted: _Counted = {
        "安全承诺": {
            "commitmentStatus": NOTHING if commitment is None else _status(commitment),
            "commitmentReportedAt": _moment(None if commitment is None else commitment.reported_at),
            "commitmentLate": NOTHING if late is None else "是" if late else "否",
        },
        PROBLEMS: {
            "openProblems": facts.open_problems,
            "unfedBackProblems": facts.unfed_back_problems,
            "overdueProblems": facts.overdue_problems,
        },
        ALERTS: {
            "openAlerts": facts.open_alerts,
            "unfedBackAlerts": facts.unfed_back_alerts,
            "highestAlertLevel": NOTHING if highest is None else ALERT_LEVEL_NAMES[highest],
        },
    }
    figures = _figures(InspectionKind.SPOT_CHECK, counted, at, {})
    return Sheet(taken_at=at, figures=tuple(figures), permits=tuple(facts.permits))


def _figures(
    kind: InspectionKind,
    counted: _Counted,
    at: datetime,
    ranks: Mapping[str, Rank | None],
) -> list[Figure]:
    """Figures from their values. A value of None has no source yet, so its `as_of` is None as well."""
    return [
        figure(kind, key, value, source=source, as_of=None if value is None else at, rank=ranks.get(key))
        for source, values in counted.items()
        for key, value in values.items()
    ]


def _rate_of(tally: Tally) -> Decimal | str:
    return rate(tally.reported, tally.expected)


def _rank(own: Decimal | str, facts: PatrolFacts, region_id: RegionId) -> Rank | None:
    """The rank of the rate among regions of the same level that owe commitments; None without a rate or at 0."""
    if isinstance(own, str):
        return None
    others = (_rate_of(tally) for region, tally in facts.peers.items() if region != region_id)
    return rank_of(own, [own, *(other for other in others if isinstance(other, Decimal))])


def _visit(fact: VisitFact, day: date) -> Visit:
    permit = permit_anomaly(fact.permit, day)
    seen = [] if permit is None else [permit]
    seen += ["当日承诺未上报"] if fact.unreported else []
    seen += [f"未办结问题{fact.open_problems}个"] if fact.open_problems else []
    seen += [f"未办结预警{fact.open_alerts}条"] if fact.open_alerts else []
    return Visit(fact.enterprise_id, fact.name, fact.views, fact.last_at, fact.spot_checked, tuple(seen))


def _status(commitment: CommitmentRow) -> str:
    return "未上报" if commitment.status is None else PRODUCTION_STATUS_NAMES[commitment.status]


def _moment(at: datetime | None) -> str:
    """The time in Shanghai to the minute, as people read it; 无 for None."""
    return NOTHING if at is None else f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
