"""Read the facts for pre-filled forms; each statement looks at one day, one region or one enterprise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from ....application.ports.inspection import PatrolFacts, SpotCheckFacts, VisitFact
from ....domain.alert.form import LOOKED_BACK, AlertLevel, level_of_rank
from ....domain.alert.workflow import ALERT_OPEN
from ....domain.directory.certificate import PERMIT_OF, permit_facts
from ....domain.directory.enterprise import EnterpriseKind
from ....domain.inspection.form import InspectionKind
from ....domain.problem.workflow import ProblemState
from ....domain.signed import Origin
from ....domain.values import EnterpriseId
from ..certificates import certificate_of
from ..constants import (
    alert_open,
    alert_unfed_back,
    open_alerts,
    open_problems,
    problem_in,
    submitted,
    unfed_back,
)
from ..tables.alert import alert, alert_timeline
from ..tables.commitment import commitment, commitment_tally
from ..tables.directory import certificate, enterprise, region, region_closure
from ..tables.inspection import inspection
from ..tables.operations import enterprise_view, log_in
from ..tables.problem import problem
from .commitment_page import COMMITMENT, COMMITMENT_ROWS
from .commitments import TOTALS, tally_of
from .paging import Reading
from .problem_page import overdue

_FED_BACK: Final = problem_in({ProblemState.FED_BACK})


def _below(region_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Join condition with the closure table: the region is the parameter `region` or lies below it."""
    return and_(region_closure.c.descendant == region_id, region_closure.c.ancestor == bindparam("region"))


def _on_the_day(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(column >= bindparam("first"), column < bindparam("until"))


def _spot_checks(department: str) -> ColumnElement[bool]:
    """The department's spot checks of the day that count; `department` names the parameter."""
    return and_(
        submitted(),
        inspection.c.department_id == bindparam(department),
        inspection.c.business_date == bindparam("day"),
        inspection.c.kind == InspectionKind.SPOT_CHECK,
        inspection.c.replaced == false(),
    )


# ---------------------------------------------------------------- the region and the department in one row

_enterprises = (
    select(*(func.count().filter(enterprise.c.kind == kind).label(kind.value) for kind in EnterpriseKind))
    .select_from(enterprise.join(region_closure, _below(enterprise.c.region_id)))
    .where(enterprise.c.active)
    .subquery("enterprises")
)
_log_ins = (
    select(func.count().label("log_ins"), func.count(log_in.c.person_id.distinct()).label("log_in_users"))
    .where(log_in.c.department_id == bindparam("department"), _on_the_day(log_in.c.at))
    .subquery("log_ins")
)
_last_log_in = (
    select(func.max(log_in.c.at).label("last_log_in"))
    .where(log_in.c.department_id == bindparam("department"), log_in.c.at < bindparam("until"))
    .subquery("last_log_in")
)
_of_region = problem.join(region_closure, _below(problem.c.region_id))
_due = (
    select(
        func.count().label("due_problems"),
        func.count().filter(overdue(bindparam("now"))).label("overdue_problems"),
    )
    .select_from(_of_region)
    .where(unfed_back())
    .subquery("due")
)
_fed_back = (
    select(func.count().label("fed_back_problems"))
    .select_from(_of_region)
    .where(_FED_BACK)
    .subquery("fed_back")
)
_alerts = (
    select(
        func.count().label("open_alerts"),
        func.count().filter(alert_unfed_back()).label("unfed_back_alerts"),
    )
    .select_from(alert.join(region_closure, _below(alert.c.region_id)))
    .where(alert_open())
    .subquery("alerts")
)
_own_checks = (
    select(
        func.count().filter(inspection.c.origin == Origin.MANUAL).label("own_spot_checks"),
        func.count().filter(inspection.c.origin == Origin.AUTO).label("automatic_spot_checks"),
    )
    .where(_spot_checks("department"))
    .subquery("own_checks")
)
_parts = (_enterprises, _log_ins, _last_log_in, _due, _fed_back, _own_checks, _alerts)
_REGION: Final = select(*(column for part in _parts for column in part.c)).select_from(
    _enterprises.join(_log_ins, true())
    .join(_last_log_in, true())
    .join(_due, true())
    .join(_fed_back, true())
    .join(_own_checks, true())
    .join(_alerts, true())
)

# ---------------------------------------------------------------- the regions of the same level

_tallied = and_(
    commitment_tally.c.region_id == region_closure.c.descendant,
    commitment_tally.c.business_date == bindparam("day"),
)
_PEERS: Final = (
    select(
        region.c.id,
        region.c.level,
        *(func.coalesce(total, 0).label(name) for name, total in TOTALS.items()),
    )
    .select_from(region)
    .join(region_closure, region_closure.c.ancestor == region.c.id)
    .outerjoin(commitment_tally, _tallied)
    .where(or_(region.c.level == bindparam("level"), region.c.id == bindparam("region")))
    .group_by(region.c.id)
)

# ---------------------------------------------------------------- the enterprises viewed or spot-checked


_permit = and_(certificate.c.enterprise_id == enterprise.c.id, certificate.c.kind.in_(PERMIT_OF.values()))


def _unfed_back(enterprise_id: Any, *conditions: ColumnElement[bool]) -> Any:
    """Count the problems addressed to the enterprise that still owe their final feedback."""
    return (
        select(func.count())
        .select_from(problem)
        .where(problem.c.enterprise_id == enterprise_id, unfed_back(), *conditions)
        .scalar_subquery()
    )


def _visits(*, of_person: bool) -> Select[Any]:
    views = (
        select(
            enterprise_view.c.enterprise_id.label("of"),
            func.count().label("views"),
            func.max(enterprise_view.c.at).label("last_at"),
            literal(0, Integer).label("checks"),
        )
        .where(
            enterprise_view.c.department_id == bindparam("inspecting"),
            _on_the_day(enterprise_view.c.at),
            enterprise_view.c.person_id == bindparam("person") if of_person else true(),
        )
        .group_by(enterprise_view.c.enterprise_id)
    )
    checks = (
        select(
            inspection.c.target_enterprise_id.label("of"),
            literal(0, Integer).label("views"),
            func.max(inspection.c.submitted_at).label("last_at"),
            func.count().label("checks"),
        )
        .where(
            _spot_checks("inspecting"),
            inspection.c.origin == Origin.MANUAL,
            inspection.c.person_id == bindparam("person") if of_person else true(),
        )
        .group_by(inspection.c.target_enterprise_id)
    )
    looked = union_all(views, checks).subquery("looked")
    visit = (
        select(
            looked.c.of,
            func.sum(looked.c.views).label("views"),
            func.max(looked.c.last_at).label("last_at"),
            func.sum(looked.c.checks).label("checks"),
        )
        .group_by(looked.c.of)
        .subquery("visit")
    )
    owed = and_(commitment.c.enterprise_id == visit.c.of, commitment.c.business_date == bindparam("day"))
    return (
        select(
            visit,
            enterprise.c.name,
            enterprise.c.kind.label("enterprise_kind"),
            commitment.c.revision.label("reported"),
            open_problems(visit.c.of).label("open_problems"),
            open_alerts(visit.c.of).label("open_alerts"),
            certificate,
        )
        .select_from(
            visit.join(enterprise, enterprise.c.id == visit.c.of)
            .join(region_closure, _below(enterprise.c.region_id))
            .outerjoin(commitment, owed)
            .outerjoin(certificate, _permit)
        )
        .order_by(visit.c.last_at.desc(), visit.c.of)
    )


_VISITS: Final = _visits(of_person=False)
_OWN_VISITS: Final = _visits(of_person=True)


def patrol_facts(reading: Reading, asked: dict[str, Any]) -> PatrolFacts:
    """Read the facts of a patrol in three statements. `asked` holds their parameters."""
    (of_region,) = reading.rows(_REGION, asked)
    peers = reading.rows(_PEERS, asked)
    visits = reading.rows(_VISITS if asked["person"] is None else _OWN_VISITS, asked)
    return PatrolFacts(
        enterprises={kind: getattr(of_region, kind.value) for kind in EnterpriseKind},
        tally=next(tally_of(row) for row in peers if row.id == asked["region"]),
        peers={row.id: tally_of(row) for row in peers if row.level is asked["level"]},
        log_ins=of_region.log_ins,
        log_in_users=of_region.log_in_users,
        last_log_in=of_region.last_log_in,
        due_problems=of_region.due_problems,
        fed_back_problems=of_region.fed_back_problems,
        overdue_problems=of_region.overdue_problems,
        own_spot_checks=of_region.own_spot_checks,
        automatic_spot_checks=of_region.automatic_spot_checks,
        open_alerts=of_region.open_alerts,
        unfed_back_alerts=of_region.unfed_back_alerts,
        visits=_visit_facts(visits, asked["day"]),
    )


def _visit_facts(rows: Sequence[Row[Any]], day: date) -> list[VisitFact]:
    """One fact for each enterprise; it has a row for each of its permits, or one without."""
    return [_visit(list(its), day) for _, its in groupby(rows, key=lambda row: row.of)]


def _visit(rows: Sequence[Row[Any]], day: date) -> VisitFact:
    row = rows[0]
    permits = [certificate_of(one) for one in rows if one.id is not None]
    return VisitFact(
        enterprise_id=row.of,
        name=row.name,
        views=int(row.views),
        last_at=row.last_at,
        spot_checked=row.checks > 0,
        unreported=row.reported == 0,
        open_problems=row.open_problems,
        open_alerts=row.open_alerts,
        permit=permit_facts(row.enterprise_kind, permits, day)[0],
    )


# ---------------------------------------------------------------- one enterprise

_OWED: Final = COMMITMENT_ROWS.where(
    commitment.c.enterprise_id == bindparam("enterprise"), commitment.c.business_date == bindparam("day")
)
_entry = (
    select(
        alert_timeline.c.state,
        alert_timeline.c.at,
        case(*((alert_timeline.c.level == level, level.rank) for level in AlertLevel)).label("rank"),
        func.lead(alert_timeline.c.at, type_=alert_timeline.c.at.type)
        .over(partition_by=alert_timeline.c.alert_id, order_by=alert_timeline.c.number)
        .label("until"),
    )
    .select_from(alert.join(alert_timeline))
    .where(alert.c.enterprise_id == bindparam("enterprise"))
    .subquery("entry")
)
_HIGHEST: Final = (
    select(func.min(_entry.c.rank))
    .where(
        _entry.c.state.in_(ALERT_OPEN),
        _entry.c.at <= bindparam("now"),
        or_(_entry.c.until.is_(None), _entry.c.until > bindparam("since")),
    )
    .scalar_subquery()
)
"""The rank of the gravest alert that was open since the parameter `since`: see `Alert.gravest_since`."""
_unfed_back_alerts = (
    select(func.count())
    .select_from(alert)
    .where(alert.c.enterprise_id == bindparam("enterprise"), alert_unfed_back())
    .scalar_subquery()
)
_ENTERPRISE: Final = (
    select(
        enterprise.c.kind.label("enterprise_kind"),
        open_problems(bindparam("enterprise")).label("open_problems"),
        _unfed_back(bindparam("enterprise")).label("unfed_back_problems"),
        _unfed_back(bindparam("enterprise"), overdue(bindparam("now"))).label("overdue_problems"),
        open_alerts(bindparam("enterprise")).label("open_alerts"),
        _unfed_back_alerts.label("unfed_back_alerts"),
        _HIGHEST.label("highest_alert"),
        certificate,
    )
    .select_from(enterprise.outerjoin(certificate, _permit))
    .where(enterprise.c.id == bindparam("enterprise"))
)


def spot_check_facts(
    reading: Reading, enterprise_id: EnterpriseId, day: date, *, at: datetime
) -> SpotCheckFacts:
    """Read the facts of a spot check in two statements."""
    owed = reading.shown(COMMITMENT, _OWED, {"enterprise": enterprise_id, "day": day})
    asked = {"enterprise": enterprise_id, "now": at, "since": at - LOOKED_BACK}
    rows = reading.rows(_ENTERPRISE, asked)
    if not rows:
        return SpotCheckFacts(None, (), 0, 0, 0, 0, 0, None)
    permits = [certificate_of(row) for row in rows if row.id is not None]
    return SpotCheckFacts(
        commitment=owed[0] if owed else None,
        permits=permit_facts(rows[0].enterprise_kind, permits, day),
        open_problems=rows[0].open_problems,
        unfed_back_problems=rows[0].unfed_back_problems,
        overdue_problems=rows[0].overdue_problems,
        open_alerts=rows[0].open_alerts,
        unfed_back_alerts=rows[0].unfed_back_alerts,
        highest_alert_level=level_of_rank(rows[0].highest_alert),
    )
