"""Computes the automatic figures of the commitment form from the directory in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from ...domain.commitment.form import Facts
from ...domain.deadlines import business_date
from ...domain.directory.certificate import permit_facts
from ...domain.directory.enterprise import Enterprise
from ...domain.directory.organisation import Role
from ...domain.directory.shutdown import ShutdownFact, ShutdownPeriod
from ...domain.values import EnterpriseId
from .sight import applies_to, lineage, open_alerts, open_problems
from .tables import KeptEnterprise, State, utc
from .unit import Unit


class MemoryFacts:
    """FactSource in memory."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def take(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, *, at: datetime
    ) -> Mapping[EnterpriseId, Facts]:
        state = self._unit.reading()
        found = {id: state.enterprises[id] for id in enterprise_ids if id in state.enterprises}
        return {id: _facts(state, row, day, at) for id, row in found.items()}


def shutdown_on(state: State, enterprise: Enterprise, day: date) -> ShutdownPeriod | None:
    """The period that covers the day: first the enterprise's own, then that of the nearest region."""
    path = lineage(state, enterprise.region_id)
    covering = [
        period
        for period in state.shutdown_periods.values()
        if period.covers(day) and applies_to(state, period, enterprise)
    ]

    def rank(period: ShutdownPeriod) -> tuple[int, int, str]:
        depth = -1 if period.region_id is None else path.index(period.region_id)
        return depth, -period.last_day.toordinal(), str(period.id)

    return min(covering, key=rank, default=None)


def _facts(state: State, row: KeptEnterprise, day: date, at: datetime) -> Facts:
    enterprise = row.enterprise
    own = (c for c in state.certificates.values() if c.enterprise_id == enterprise.id)
    period = shutdown_on(state, enterprise, day)
    heads = (
        person
        for person in state.people.values()
        if person.enterprise_id == enterprise.id and person.active and person.role is Role.ENTERPRISE_HEAD
    )
    alerts = open_alerts(state, enterprise.id)
    head = min(heads, key=lambda person: person.id, default=None)
    return Facts(
        credit_code=enterprise.credit_code.text,
        enterprise_name=enterprise.name,
        kind=enterprise.kind,
        region_id=enterprise.region_id,
        region_name=state.regions[enterprise.region_id].name,
        business_date=day,
        workshops_total=len(enterprise.workshops),
        powder_workshops_total=enterprise.powder_workshops,
        warehouses_total=len(enterprise.warehouses),
        approved_persons=enterprise.approved_persons,
        approved_powder_kg=enterprise.approved_powder_kg,
        approved_boxes=enterprise.approved_boxes,
        approved_stock_kg=enterprise.approved_stock_kg,
        permit=permit_facts(enterprise.kind, own, day)[0],
        shutdown=None if period is None else period.reason,
        shutdown_until=None if period is None else period.last_day + timedelta(days=1),
        open_problems=open_problems(state, enterprise.id),
        open_alerts=len(alerts),
        directory_as_of=row.updated_at,
        taken_at=utc(at),
        head_id=None if head is None else head.id,
        head_name=None if head is None else head.name,
        shutdown_period=None if period is None else _shutdown_fact(period),
        gravest_alert=min((alert.level for alert in alerts), key=lambda level: level.rank, default=None),
    )


def _shutdown_fact(period: ShutdownPeriod) -> ShutdownFact:
    registered = period.registered
    return ShutdownFact(
        first_day=period.first_day,
        last_day=period.last_day,
        source=period.source,
        registrar=period.registrar,
        registered_on=None if registered is None else business_date(registered.signed.at),
    )
