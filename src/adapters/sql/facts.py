"""The automatic figures of the commitment form, for any number of enterprises in two statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, case, false, literal, or_, select, union_all

from ...domain.certificate import CERTIFICATE_NAMES, PERMIT_OF
from ...domain.commitment_form import Facts, PermitFact
from ...domain.enterprise import EnterpriseKind
from ...domain.values import EnterpriseId
from .batches import in_batches
from .tables import certificate, enterprise, region, region_closure, shutdown_period
from .transaction import Transaction

_newest = certificate.alias("newest")
_permit_kind = case(
    *(
        (enterprise.c.kind == kind, literal(permit, certificate.c.kind.type))
        for kind, permit in PERMIT_OF.items()
    )
)
_permit_id = (
    select(_newest.c.id)
    .where(_newest.c.enterprise_id == enterprise.c.id, _newest.c.kind == _permit_kind)
    .order_by(_newest.c.expires_on.desc(), _newest.c.issued_on.desc(), _newest.c.id.desc())
    .limit(1)
    .correlate(enterprise)
    .scalar_subquery()
)
_ARCHIVE: Final = (
    select(
        enterprise,
        region.c.name.label("region_name"),
        certificate.c.number,
        certificate.c.issued_on,
        certificate.c.expires_on,
    )
    .select_from(
        enterprise.join(region, region.c.id == enterprise.c.region_id).outerjoin(
            certificate, certificate.c.id == _permit_id
        )
    )
    .where(enterprise.c.id.in_(bindparam("ids", expanding=True)))
)

_covering = and_(
    shutdown_period.c.cancelled == false(),
    shutdown_period.c.first_day <= bindparam("day"),
    shutdown_period.c.last_day >= bindparam("day"),
)
_of_enterprise = (
    select(shutdown_period.c.enterprise_id.label("of"), shutdown_period, literal(-1).label("depth"))
    .where(_covering)
    .where(shutdown_period.c.enterprise_id.is_not(None))
)
_of_region = (
    select(enterprise.c.id.label("of"), shutdown_period, region_closure.c.depth)
    .select_from(
        enterprise.join(region_closure, region_closure.c.descendant == enterprise.c.region_id).join(
            shutdown_period, shutdown_period.c.region_id == region_closure.c.ancestor
        )
    )
    .where(_covering)
    .where(or_(shutdown_period.c.kind.is_(None), shutdown_period.c.kind == enterprise.c.kind))
)
_ids: Any = bindparam("ids", expanding=True)
_SHUTDOWNS: Final = union_all(
    _of_enterprise.where(shutdown_period.c.enterprise_id.in_(_ids)),
    _of_region.where(enterprise.c.id.in_(_ids)),
)

STANDING_STILL: Final = union_all(
    _of_enterprise.with_only_columns(shutdown_period.c.enterprise_id.label("of")),
    _of_region.with_only_columns(enterprise.c.id.label("of")),
).subquery("standing_still")
"""The enterprises in a shutdown period on the parameter `day`."""


class SqlFacts:
    """Facts of enterprises on a day."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def take(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, *, at: datetime
    ) -> Mapping[EnterpriseId, Facts]:
        facts: dict[EnterpriseId, Facts] = {}
        for ids in in_batches(enterprise_ids):
            periods: dict[EnterpriseId, Row[Any]] = {}
            for row in self._transaction.run(_SHUTDOWNS, {"ids": ids, "day": day}):
                other = periods.get(row.of)
                if other is None or _rank(row) < _rank(other):
                    periods[row.of] = row
            for row in self._transaction.run(_ARCHIVE, {"ids": ids}):
                facts[row.id] = _facts(row, periods.get(row.id), day, at.astimezone(UTC))
        return facts


def _rank(period: Row[Any]) -> tuple[int, int, str]:
    """The enterprise's own before its region's, the nearest region's first; then the one that lasts longest."""
    return period.depth, -period.last_day.toordinal(), str(period.id)


def _facts(row: Row[Any], period: Row[Any] | None, day: date, at: datetime) -> Facts:
    kind: EnterpriseKind = row.kind
    has_permit = row.number is not None
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
        ),
        shutdown=None if period is None else period.reason,
        shutdown_until=None if period is None else period.last_day + timedelta(days=1),
        open_problems=None,
        open_alerts=None,
        archive_as_of=row.updated_at,
        taken_at=at,
    )
