"""Counts the facts for the pre-filled forms of patrols and spot checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from ....application.ports.inspection import PatrolFacts, SpotCheckFacts, VisitFact
from ....domain.alert.form import LOOKED_BACK
from ....domain.alert.workflow import ALERT_OPEN
from ....domain.commitment.commitment import commitment_id
from ....domain.deadlines import business_date, day_end
from ....domain.directory.certificate import PermitFact, permit_facts
from ....domain.directory.enterprise import Enterprise, EnterpriseKind
from ....domain.directory.organisation import Level
from ....domain.inspection.form import SpotCheckTarget
from ....domain.inspection.inspection import Inspection, InspectionState
from ....domain.problem.workflow import ProblemState
from ....domain.signed import Origin
from ....domain.values import DepartmentId, EnterpriseId, PersonId, RegionId
from ..sight import open_alerts, open_problems, subtree
from ..tables import State
from .commitments import commitment_row, tally_of


def patrol_facts(
    state: State,
    region_id: RegionId,
    level: Level,
    department_id: DepartmentId,
    *,
    person_id: PersonId | None,
    inspecting_id: DepartmentId,
    day: date,
    at: datetime,
) -> PatrolFacts:
    below = subtree(state, [region_id])
    active = [
        kept.enterprise.kind
        for kept in state.enterprises.values()
        if kept.enterprise.active and kept.enterprise.region_id in below
    ]
    owed = [c for c in state.commitments.values() if c.business_date == day]
    tallies = {
        region.id: tally_of(c for c in owed if c.region_id in subtree(state, [region.id]))
        for region in state.regions.values()
        if region.level is level or region.id == region_id
    }
    log_ins = [
        event
        for event in state.log_ins.values()
        if event.department_id == department_id and event.at < day_end(day)
    ]
    today = [event for event in log_ins if business_date(event.at) == day]
    problems = [p for p in state.problems.values() if p.addressee.region_id in below]
    alerts = [a for a in state.alerts.values() if a.addressee.region_id in below]
    return PatrolFacts(
        enterprises={kind: active.count(kind) for kind in EnterpriseKind},
        tally=tallies[region_id],
        peers={id: tally for id, tally in tallies.items() if state.regions[id].level is level},
        log_ins=len(today),
        log_in_users=len({event.person_id for event in today}),
        last_log_in=max((event.at for event in log_ins), default=None),
        due_problems=sum(problem.is_unfed_back for problem in problems),
        fed_back_problems=sum(problem.state is ProblemState.FED_BACK for problem in problems),
        overdue_problems=sum(problem.overdue(at) for problem in problems),
        own_spot_checks=len(_spot_checks(state, department_id, day, Origin.MANUAL)),
        automatic_spot_checks=len(_spot_checks(state, department_id, day, Origin.AUTO)),
        open_alerts=sum(alert.state in ALERT_OPEN for alert in alerts),
        unfed_back_alerts=sum(alert.is_unfed_back for alert in alerts),
        visits=_visits(state, below, inspecting_id, person_id, day),
    )


def spot_check_facts(state: State, enterprise_id: EnterpriseId, day: date, *, at: datetime) -> SpotCheckFacts:
    commitment = state.commitments.get(commitment_id(enterprise_id, day))
    kept = state.enterprises.get(enterprise_id)
    addressed = [p for p in state.problems.values() if p.addressee.enterprise_id == enterprise_id]
    alerts = [a for a in state.alerts.values() if a.addressee.enterprise_id == enterprise_id]
    levels = (alert.gravest_since(at - LOOKED_BACK, at) for alert in alerts)
    return SpotCheckFacts(
        commitment=None if commitment is None else commitment_row(state, commitment),
        permits=() if kept is None else _permits(state, kept.enterprise, day),
        open_problems=open_problems(state, enterprise_id),
        unfed_back_problems=sum(problem.is_unfed_back for problem in addressed),
        overdue_problems=sum(problem.overdue(at) for problem in addressed),
        open_alerts=len(open_alerts(state, enterprise_id)),
        unfed_back_alerts=sum(alert.is_unfed_back for alert in alerts),
        highest_alert_level=min(filter(None, levels), key=lambda level: level.rank, default=None),
    )


def _permits(state: State, enterprise: Enterprise, day: date) -> tuple[PermitFact, ...]:
    own = (c for c in state.certificates.values() if c.enterprise_id == enterprise.id)
    return permit_facts(enterprise.kind, own, day)


def _visits(
    state: State,
    below: frozenset[RegionId],
    inspecting_id: DepartmentId,
    person_id: PersonId | None,
    day: date,
) -> Sequence[VisitFact]:
    """The enterprises visited on the day, the latest visit first."""
    seen: dict[EnterpriseId, list[datetime]] = {}
    for event in state.views.values():
        mine = event.department_id == inspecting_id and person_id in (None, event.person_id)
        if mine and business_date(event.at) == day:
            seen.setdefault(event.enterprise_id, []).append(event.at)
    checked: dict[EnterpriseId, list[datetime]] = {}
    for check in _spot_checks(state, inspecting_id, day, Origin.MANUAL):
        mine = person_id in (None, check.inspector.person_id)
        if mine and isinstance(check.target, SpotCheckTarget) and check.submitted is not None:
            checked.setdefault(check.target.enterprise_id, []).append(check.submitted.at)
    visits = []
    for id in seen.keys() | checked.keys():
        enterprise = state.enterprises[id].enterprise
        commitment = state.commitments.get(commitment_id(id, day))
        if enterprise.region_id in below:
            visits.append(
                VisitFact(
                    enterprise_id=id,
                    name=enterprise.name,
                    views=len(seen.get(id, ())),
                    last_at=max((*seen.get(id, ()), *checked.get(id, ()))),
                    spot_checked=id in checked,
                    unreported=commitment is not None and commitment.unreported,
                    open_problems=open_problems(state, id),
                    open_alerts=len(open_alerts(state, id)),
                    permit=_permits(state, enterprise, day)[0],
                )
            )
    visits.sort(key=lambda visit: visit.enterprise_id)
    return sorted(visits, key=lambda visit: visit.last_at, reverse=True)


def _spot_checks(state: State, department_id: DepartmentId, day: date, origin: Origin) -> list[Inspection]:
    """The department's submitted spot checks of the day that no manual record replaces."""
    return [
        kept.inspection
        for kept in state.inspections.values()
        if kept.inspection.state is InspectionState.SUBMITTED
        and not kept.replaced
        and kept.inspection.inspector.department.id == department_id
        and kept.inspection.business_date == day
        and kept.inspection.origin is origin
        and isinstance(kept.inspection.target, SpotCheckTarget)
    ]
