"""Read the automatic figures of the commitment form, for many enterprises in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, false, func, literal, or_, select, union_all

from ...domain.alert.form import level_of_rank
from ...domain.commitment.form import Facts
from ...domain.deadlines import business_date
from ...domain.directory.certificate import CERTIFICATE_NAMES, PERMIT_OF, PermitFact
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.organisation import Role
from ...domain.directory.shutdown import PeriodSource, ShutdownFact
from ...domain.values import EnterpriseId
from .batches import in_batches
from .constants import gravest_open_alert, open_alerts, open_problems
from .tables.directory import certificate, enterprise, person, region, region_closure, shutdown_period
from .transaction import Transaction

_permit = certificate.alias("permit")
_permit_kind = case(
    *(
        (enterprise.c.kind == kind, literal(permit, certificate.c.kind.type))
        for kind, permit in PERMIT_OF.items()
    )
)
_valid = and_(_permit.c.issued_on <= bindparam("day"), _permit.c.expires_on >= bindparam("day"))
_permit_id = (
    select(_permit.c.id)
    .where(_permit.c.enterprise_id == enterprise.c.id, _permit.c.kind == _permit_kind)
    .order_by(
        case((_valid, 0), else_=1),
        _permit.c.expires_on.desc(),
        _permit.c.issued_on.desc(),
        _permit.c.id.desc(),
    )
    .limit(1)
    .correlate(enterprise)
    .scalar_subquery()
)
_own, _regions = shutdown_period.alias("own"), shutdown_period.alias("regions")
_chosen = shutdown_period.alias("chosen")


def _covering(period: Any) -> ColumnElement[bool]:
    return and_(
        period.c.cancelled == false(),
        period.c.first_day <= bindparam("day"),
        period.c.last_day >= bindparam("day"),
    )


def _fits(period: Any) -> ColumnElement[bool]:
    return or_(period.c.kind.is_(None), period.c.kind == enterprise.c.kind)


_own_period = (
    select(_own.c.id)
    .where(_own.c.enterprise_id == enterprise.c.id, _covering(_own))
    .order_by(_own.c.last_day.desc(), _own.c.id)
    .limit(1)
    .correlate(enterprise)
    .scalar_subquery()
)
_regions_period = (
    select(_regions.c.id)
    .select_from(region_closure.join(_regions, _regions.c.region_id == region_closure.c.ancestor))
    .where(region_closure.c.descendant == enterprise.c.region_id, _covering(_regions), _fits(_regions))
    .order_by(region_closure.c.depth, _regions.c.last_day.desc(), _regions.c.id)
    .limit(1)
    .correlate(enterprise)
    .scalar_subquery()
)
_head = person.alias("head")
_head_id = (
    select(person.c.id)
    .where(person.c.enterprise_id == enterprise.c.id, person.c.role == Role.ENTERPRISE_HEAD, person.c.active)
    .order_by(person.c.id)
    .limit(1)
    .correlate(enterprise)
    .scalar_subquery()
)
_facts_of = select(
    enterprise,
    region.c.name.label("region_name"),
    certificate.c.number,
    certificate.c.issued_on,
    certificate.c.expires_on,
    _chosen.c.reason.label("shutdown_reason"),
    _chosen.c.last_day.label("shutdown_last_day"),
    _head.c.id.label("head_id"),
    _head.c.name.label("head_name"),
    open_problems(enterprise.c.id).label("open_problems"),
    open_alerts(enterprise.c.id).label("open_alerts"),
    gravest_open_alert(enterprise.c.id).label("gravest_alert"),
    _chosen.c.first_day.label("shutdown_first_day"),
    _chosen.c.source.label("shutdown_source"),
    _chosen.c.registered_at.label("shutdown_registered_at"),
    _chosen.c.registered_by_name.label("shutdown_registered_by"),
    _chosen.c.registered_by_department.label("shutdown_department"),
).select_from(
    enterprise.join(region, region.c.id == enterprise.c.region_id)
    .outerjoin(certificate, certificate.c.id == _permit_id)
    .outerjoin(_chosen, _chosen.c.id == func.coalesce(_own_period, _regions_period))
    .outerjoin(_head, _head.c.id == _head_id)
)
_OF_ONE: Final = _facts_of.where(enterprise.c.id == bindparam("id"))
_OF_MANY: Final = _facts_of.where(enterprise.c.id.in_(bindparam("ids", expanding=True)))

STANDING_STILL: Final = union_all(
    select(_own.c.enterprise_id.label("of")).where(_own.c.enterprise_id.is_not(None), _covering(_own)),
    select(enterprise.c.id.label("of"))
    .select_from(
        enterprise.join(region_closure, region_closure.c.descendant == enterprise.c.region_id).join(
            _regions, _regions.c.region_id == region_closure.c.ancestor
        )
    )
    .where(_covering(_regions), _fits(_regions)),
).subquery("standing_still")
"""The enterprises in a shutdown period on the parameter `day`."""


class SqlFacts:
    """Facts of enterprises on a day."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def take(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, *, at: datetime
    ) -> Mapping[EnterpriseId, Facts]:
        taken_at = at.astimezone(UTC)
        if len(enterprise_ids) == 1:
            rows = self._transaction.run(_OF_ONE, {"id": enterprise_ids[0], "day": day})
            return {row.id: _facts(row, day, taken_at) for row in rows}
        facts: dict[EnterpriseId, Facts] = {}
        for ids in in_batches(enterprise_ids):
            rows = self._transaction.run(_OF_MANY, {"ids": ids, "day": day})
            facts |= {row.id: _facts(row, day, taken_at) for row in rows}
        return facts


def _facts(row: Row[Any], day: date, at: datetime) -> Facts:
    kind: EnterpriseKind = row.kind
    has_permit = row.number is not None
    until = None if row.shutdown_last_day is None else row.shutdown_last_day + timedelta(days=1)
    return Facts(
        credit_code=row.credit_code,
        enterprise_name=row.name,
        kind=kind,
        region_id=row.region_id,
        region_name=row.region_name,
        business_date=day,
        workshops_total=row.workshops_total,
        powder_workshops_total=row.powder_workshops_total,
        warehouses_total=row.warehouses_total,
        approved_persons=row.approved_persons,
        approved_powder_kg=row.approved_powder_kg,
        approved_boxes=row.approved_boxes,
        approved_stock_kg=row.approved_stock_kg,
        permit=PermitFact(
            name=CERTIFICATE_NAMES[PERMIT_OF[kind]],
            number=row.number,
            expires_on=row.expires_on,
            valid=has_permit and row.issued_on <= day <= row.expires_on,
            days_left=(row.expires_on - day).days if has_permit else None,
        ),
        shutdown=row.shutdown_reason,
        shutdown_until=until,
        open_problems=row.open_problems,
        open_alerts=row.open_alerts,
        directory_as_of=row.updated_at,
        taken_at=at,
        head_id=row.head_id,
        head_name=row.head_name,
        shutdown_period=None if until is None else _shutdown_fact(row),
        gravest_alert=level_of_rank(row.gravest_alert),
    )


def _shutdown_fact(row: Row[Any]) -> ShutdownFact:
    registered_at = row.shutdown_registered_at
    declared = row.shutdown_source is PeriodSource.ENTERPRISE
    registrar = row.shutdown_registered_by if declared else row.shutdown_department
    return ShutdownFact(
        first_day=row.shutdown_first_day,
        last_day=row.shutdown_last_day,
        source=row.shutdown_source,
        registrar=registrar or "",
        registered_on=None if registered_at is None else business_date(registered_at),
    )
