"""Read the automatic figures of the commitment form, for many enterprises in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, case, false, func, literal, or_, select, union_all

from ...domain.alert.form import level_of_rank
from ...domain.commitment.form import Facts
from ...domain.deadlines import business_date
from ...domain.directory.certificate import CERTIFICATE_NAMES, PERMIT_OF, PermitFact
from ...domain.directory.organisation import Role
from ...domain.directory.shutdown import PeriodSource, ShutdownFact
from ...domain.values import EnterpriseId
from .batches import in_batches
from .constants import gravest_open_alert, open_alerts, open_problems
from .kept import Kept
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
FACTS: Final = (
    enterprise.c.id,
    enterprise.c.credit_code,
    enterprise.c.name,
    enterprise.c.kind,
    enterprise.c.region_id,
    region.c.name,
    enterprise.c.workshops_total,
    enterprise.c.powder_workshops_total,
    enterprise.c.warehouses_total,
    enterprise.c.approved_persons,
    enterprise.c.approved_powder_kg,
    enterprise.c.approved_boxes,
    enterprise.c.approved_stock_kg,
    enterprise.c.updated_at,
    certificate.c.number,
    certificate.c.issued_on,
    certificate.c.expires_on,
    _chosen.c.reason,
    _chosen.c.first_day,
    _chosen.c.last_day,
    _chosen.c.source,
    _chosen.c.registered_at,
    _chosen.c.registered_by_name,
    _chosen.c.registered_by_department,
    _head.c.id,
    _head.c.name,
    open_problems(enterprise.c.id).label("open_problems"),
    open_alerts(enterprise.c.id).label("open_alerts"),
    gravest_open_alert(enterprise.c.id).label("gravest_alert"),
)
"""What `facts_of` takes, in this order; on the parameter `day`, from `FACTS_FROM`."""
FACTS_FROM: Final = (
    enterprise.join(region, region.c.id == enterprise.c.region_id)
    .outerjoin(certificate, certificate.c.id == _permit_id)
    .outerjoin(_chosen, _chosen.c.id == func.coalesce(_own_period, _regions_period))
    .outerjoin(_head, _head.c.id == _head_id)
)
_facts_of = select(*FACTS).select_from(FACTS_FROM)
_OF_ONE: Final = Kept(_facts_of.where(enterprise.c.id == bindparam("id")))
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
            one = self._transaction.fetch(_OF_ONE, {"id": enterprise_ids[0], "day": day})
            return {row[0]: facts_of(row, day, taken_at) for row in one}
        facts: dict[EnterpriseId, Facts] = {}
        for ids in in_batches(enterprise_ids):
            rows = self._transaction.run(_OF_MANY, {"ids": ids, "day": day})
            facts |= {row[0]: facts_of(row, day, taken_at) for row in rows}
        return facts


def facts_of(row: Sequence[Any], day: date, at: datetime) -> Facts:
    """The facts from the columns FACTS, by position; `at` is in UTC."""
    (
        _,
        credit_code,
        name,
        kind,
        region_id,
        region_name,
        workshops_total,
        powder_workshops_total,
        warehouses_total,
        approved_persons,
        approved_powder_kg,
        approved_boxes,
        approved_stock_kg,
        updated_at,
        number,
        issued_on,
        expires_on,
        reason,
        first_day,
        last_day,
        source,
        registered_at,
        registered_by,
        department,
        head_id,
        head_name,
        open_problems,
        open_alerts,
        gravest_alert,
    ) = row
    has_permit = number is not None
    period = None
    if last_day is not None:
        registrar = registered_by if source is PeriodSource.ENTERPRISE else department
        registered_on = None if registered_at is None else business_date(registered_at)
        period = ShutdownFact(first_day, last_day, source, registrar or "", registered_on)
    return Facts(
        credit_code=credit_code,
        enterprise_name=name,
        kind=kind,
        region_id=region_id,
        region_name=region_name,
        business_date=day,
        workshops_total=workshops_total,
        powder_workshops_total=powder_workshops_total,
        warehouses_total=warehouses_total,
        approved_persons=approved_persons,
        approved_powder_kg=approved_powder_kg,
        approved_boxes=approved_boxes,
        approved_stock_kg=approved_stock_kg,
        permit=PermitFact(
            name=CERTIFICATE_NAMES[PERMIT_OF[kind]],
            number=number,
            expires_on=expires_on,
            valid=has_permit and issued_on <= day <= expires_on,
            days_left=(expires_on - day).days if has_permit else None,
        ),
        shutdown=reason,
        shutdown_until=None if last_day is None else last_day + timedelta(days=1),
        open_problems=open_problems,
        open_alerts=open_alerts,
        directory_as_of=updated_at,
        taken_at=at,
        head_id=head_id,
        head_name=head_name,
        shutdown_period=period,
        gravest_alert=level_of_rank(gravest_alert),
    )
