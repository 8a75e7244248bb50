"""Read enterprises, their workshops, warehouses, certificates and shutdown periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, true

from ....application.access import Scope
from ....application.ports.directory import (
    CertificateFilter,
    CertificateOrder,
    CertificateRow,
    EnterpriseFilter,
    EnterpriseOrder,
    EnterpriseRow,
    RegionRow,
    ShutdownPeriodFilter,
    ShutdownPeriodOrder,
)
from ....application.ports.paging import Page, Slice
from ....domain.directory.certificate import PERMITS, CertificateKind
from ....domain.directory.enterprise import EnterpriseKind, Warehouse, Workshop
from ....domain.directory.shutdown import ShutdownPeriod
from ....domain.values import CertificateId, EnterpriseId, RegionId, ShutdownPeriodId
from ..batches import in_batches
from ..enterprises import warehouse_of, workshop_of
from ..scope import below, enterprises_in, shutdown_applies_to, shutdowns_in
from ..shutdowns import period_of
from ..tables.directory import certificate, enterprise, region, shutdown_period, warehouse, workshop
from .layout import Layout
from .paging import Reading, contains, day, instant, instant_key, part_of, slice_of, uuid
from .sorting import By, Sorting, backwards


def region_layout(region_id: Any) -> Layout[RegionRow]:
    """The region of a row that is joined to `region` by this column."""
    row = region.c
    return Layout(
        RegionRow,
        id=region_id,
        name=row.name,
        level=row.level,
        parent_id=row.parent_id,
        local=row.local,
        gb_code=row.gb_code,
    )


def enterprise_layout(lies_in: Layout[RegionRow]) -> Layout[EnterpriseRow]:
    """The row of `enterprise`, with the region `lies_in` that is joined to it."""
    row = enterprise.c
    return Layout(
        EnterpriseRow,
        id=row.id,
        credit_code=row.credit_code,
        name=row.name,
        kind=row.kind,
        region_id=row.region_id,
        region_name=region.c.name,
        address=row.address,
        active=row.active,
        workshops_total=row.workshops_total,
        powder_workshops_total=row.powder_workshops_total,
        warehouses_total=row.warehouses_total,
        approved_persons=row.approved_persons,
        approved_powder_kg=row.approved_powder_kg,
        approved_boxes=row.approved_boxes,
        approved_stock_kg=row.approved_stock_kg,
        updated_at=row.updated_at,
        region=lies_in,
    )


_ENTERPRISE: Final = enterprise_layout(region_layout(enterprise.c.region_id))

_enterprises: Final = select(*_ENTERPRISE.columns).select_from(
    enterprise.join(region, region.c.id == enterprise.c.region_id)
)
_credit_code: Final = By[EnterpriseRow](enterprise.c.credit_code, False, str, lambda row: row.credit_code)
_ENTERPRISES: Final = {
    EnterpriseOrder.REGION: Sorting.by(
        By[EnterpriseRow](enterprise.c.region_id, False, str, lambda row: row.region_id), _credit_code
    ),
    EnterpriseOrder.CREDIT_CODE: Sorting.by(_credit_code),
    EnterpriseOrder.UPDATED: Sorting[EnterpriseRow].by(
        By(enterprise.c.updated_at, True, instant, lambda row: instant_key(row.updated_at)),
        By(enterprise.c.id, True, uuid, lambda row: str(row.id)),
    ),
}
_period_id: Final = By[ShutdownPeriod](shutdown_period.c.id, False, uuid, lambda row: str(row.id))
_first_day: Final = By[ShutdownPeriod](
    shutdown_period.c.first_day, False, day, lambda row: row.first_day.isoformat()
)
_last_day: Final = By[ShutdownPeriod](
    shutdown_period.c.last_day, False, day, lambda row: row.last_day.isoformat()
)
_SHUTDOWNS: Final = {
    ShutdownPeriodOrder.NEWEST: backwards(Sorting.by(_first_day, _period_id)),
    ShutdownPeriodOrder.OLDEST: Sorting.by(_first_day, _period_id),
    ShutdownPeriodOrder.ENDING: Sorting.by(_last_day, _period_id),
}
_of_enterprise = certificate.join(enterprise, enterprise.c.id == certificate.c.enterprise_id)
_certificates: Final = select(certificate, enterprise.c.region_id).select_from(_of_enterprise)
_expiry: Final = By[CertificateRow](
    certificate.c.expires_on, False, day, lambda row: row.expires_on.isoformat()
)
_number: Final = By[CertificateRow](certificate.c.id, False, uuid, lambda row: str(row.id))
_CERTIFICATES: Final = {
    CertificateOrder.EXPIRY: Sorting.by(_expiry, _number),
    CertificateOrder.LATEST_EXPIRY: backwards(Sorting.by(_expiry, _number)),
    CertificateOrder.REGION: Sorting.by(
        By[CertificateRow](enterprise.c.region_id, False, str, lambda row: row.region_id), _expiry, _number
    ),
}


class EnterpriseReading(Reading):
    """The part of the directory reader that is about enterprises."""

    def enterprises(self, ids: Sequence[EnterpriseId], scope: Scope) -> Mapping[EnterpriseId, EnterpriseRow]:
        found: dict[EnterpriseId, EnterpriseRow] = {}
        for batch in in_batches(ids):
            statement = _enterprises.where(self.of_these(enterprise.c.id, batch, enterprises_in(scope)))
            found |= {row.id: row for row in self.shown(_ENTERPRISE, statement)}
        return found

    def enterprise_page(
        self,
        where: EnterpriseFilter,
        scope: Scope,
        page: Page,
        order: EnterpriseOrder = EnterpriseOrder.REGION,
    ) -> Slice[EnterpriseRow]:
        by = _ENTERPRISES[order]
        statement = (
            _enterprises.where(_matching(where, scope), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return part_of(self.shown(_ENTERPRISE, statement), page, by.key)

    def enterprise_count(self, where: EnterpriseFilter, scope: Scope) -> int:
        return self.number(select(func.count()).select_from(enterprise).where(_matching(where, scope)))

    def workshops(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[Workshop]]:
        grouped: dict[EnterpriseId, list[Workshop]] = {}
        for batch in in_batches(ids):
            statement = (
                select(workshop).where(workshop.c.enterprise_id.in_(batch)).order_by(workshop.c.number)
            )
            for row in self.rows(statement):
                grouped.setdefault(row.enterprise_id, []).append(workshop_of(row))
        return grouped

    def warehouses(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[Warehouse]]:
        grouped: dict[EnterpriseId, list[Warehouse]] = {}
        for batch in in_batches(ids):
            statement = (
                select(warehouse).where(warehouse.c.enterprise_id.in_(batch)).order_by(warehouse.c.number)
            )
            for row in self.rows(statement):
                grouped.setdefault(row.enterprise_id, []).append(warehouse_of(row))
        return grouped

    def certificates_of(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[CertificateRow]]:
        grouped: dict[EnterpriseId, list[CertificateRow]] = {}
        for batch in in_batches(ids):
            statement = _certificates.where(certificate.c.enterprise_id.in_(batch)).order_by(
                certificate.c.expires_on.desc(), certificate.c.id
            )
            for row in self.rows(statement):
                grouped.setdefault(row.enterprise_id, []).append(_certificate(row))
        return grouped

    def certificates(
        self, ids: Sequence[CertificateId], scope: Scope
    ) -> Mapping[CertificateId, CertificateRow]:
        found: dict[CertificateId, CertificateRow] = {}
        for batch in in_batches(ids):
            statement = _certificates.where(certificate.c.id.in_(batch), enterprises_in(scope))
            found |= {row.id: _certificate(row) for row in self.rows(statement)}
        return found

    def certificate_page(
        self,
        where: CertificateFilter,
        scope: Scope,
        page: Page,
        order: CertificateOrder = CertificateOrder.EXPIRY,
    ) -> Slice[CertificateRow]:
        by = _CERTIFICATES[order]
        statement = (
            _certificates.where(_among(where, scope), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, _certificate, by.key)

    def certificate_count(self, where: CertificateFilter, scope: Scope) -> int:
        return self.number(select(func.count()).select_from(_of_enterprise).where(_among(where, scope)))

    def shutdown_page(
        self,
        where: ShutdownPeriodFilter,
        scope: Scope,
        page: Page,
        order: ShutdownPeriodOrder = ShutdownPeriodOrder.NEWEST,
    ) -> Slice[ShutdownPeriod]:
        by = _SHUTDOWNS[order]
        statement = (
            select(shutdown_period)
            .where(shutdowns_in(scope), _standing_still(where), by.rest(by.after(page)))
            .order_by(*by.order)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, period_of, by.key)

    def shutdown_count(self, where: ShutdownPeriodFilter, scope: Scope) -> int:
        counted = select(func.count()).select_from(shutdown_period)
        return self.number(counted.where(shutdowns_in(scope), _standing_still(where)))

    def shutdown_periods(
        self, ids: Sequence[ShutdownPeriodId], scope: Scope
    ) -> Mapping[ShutdownPeriodId, ShutdownPeriod]:
        found: dict[ShutdownPeriodId, ShutdownPeriod] = {}
        for batch in in_batches(ids):
            statement = select(shutdown_period).where(shutdown_period.c.id.in_(batch), shutdowns_in(scope))
            found |= {row.id: period_of(row) for row in self.rows(statement)}
        return found


def _shutdown_in(region_id: RegionId) -> ColumnElement[bool]:
    """Periods of the region or one below it, or of an enterprise there."""
    there = select(enterprise.c.id).where(below(enterprise.c.region_id, [region_id]))
    return or_(below(shutdown_period.c.region_id, [region_id]), shutdown_period.c.enterprise_id.in_(there))


def _standing_still(where: ShutdownPeriodFilter) -> ColumnElement[bool]:
    period = shutdown_period.c
    return and_(
        true() if where.enterprise_id is None else shutdown_applies_to(where.enterprise_id),
        true() if where.region_id is None else _shutdown_in(where.region_id),
        true() if where.covering is None else period.first_day <= where.covering,
        true() if where.covering is None else period.last_day >= where.covering,
        true() if where.source is None else period.source == where.source,
        true() if where.reason is None else period.reason == where.reason,
        true() if where.kind is None else _shutdown_of(where.kind),
        true() if where.cancelled is None else period.cancelled.is_(where.cancelled),
    )


def _shutdown_of(kind: EnterpriseKind) -> ColumnElement[bool]:
    """Periods of an enterprise of this kind, and periods of regions that bind this kind."""
    own = select(enterprise.c.id).where(enterprise.c.kind == kind)
    of_region = and_(
        shutdown_period.c.enterprise_id.is_(None),
        or_(shutdown_period.c.kind.is_(None), shutdown_period.c.kind == kind),
    )
    return or_(of_region, shutdown_period.c.enterprise_id.in_(own))


def _among(where: CertificateFilter, scope: Scope) -> ColumnElement[bool]:
    row = certificate.c
    return and_(
        enterprises_in(scope),
        enterprise.c.active,
        true() if where.region_id is None else below(enterprise.c.region_id, [where.region_id]),
        true() if where.enterprise_id is None else row.enterprise_id == where.enterprise_id,
        true() if where.person_id is None else row.person_id == where.person_id,
        row.kind.in_(where.kinds) if where.kinds else true(),
        row.trade.in_(where.trades) if where.trades else true(),
        true() if where.first_expiry is None else row.expires_on >= where.first_expiry,
        true() if where.last_expiry is None else row.expires_on <= where.last_expiry,
        true() if where.first_review is None else row.review_due_on >= where.first_review,
        true() if where.last_review is None else row.review_due_on <= where.last_review,
        true() if where.renewed else ~_RENEWED,
        contains(where.text, row.number, enterprise.c.name),
    )


_later: Final = certificate.alias("later")
_says_what_it_is: Final = or_(
    certificate.c.kind.in_(PERMITS),
    and_(
        certificate.c.person_id.is_not(None),
        or_(certificate.c.trade.is_not(None), certificate.c.kind != CertificateKind.SPECIAL_OPERATION_CARD),
    ),
)
_RENEWED: Final = exists().where(
    _later.c.enterprise_id == certificate.c.enterprise_id,
    _later.c.kind == certificate.c.kind,
    _later.c.person_id.is_not_distinct_from(certificate.c.person_id),
    _later.c.trade.is_not_distinct_from(certificate.c.trade),
    _later.c.expires_on > certificate.c.expires_on,
    or_(_says_what_it_is, _later.c.number == certificate.c.number),
)
"""There is a certificate that renews this one: what `Certificate.renewed_by` says, in SQL."""


def _matching(where: EnterpriseFilter, scope: Scope) -> ColumnElement[bool]:
    return and_(
        enterprises_in(scope),
        true() if where.region_id is None else below(enterprise.c.region_id, [where.region_id]),
        enterprise.c.kind.in_(where.kinds) if where.kinds else true(),
        true() if where.active is None else enterprise.c.active.is_(where.active),
        contains(where.text, enterprise.c.name, enterprise.c.credit_code),
    )


def _certificate(row: Row[Any]) -> CertificateRow:
    return CertificateRow(
        row.id,
        row.kind,
        row.number,
        row.enterprise_id,
        row.region_id,
        row.person_id,
        row.issued_on,
        row.expires_on,
        row.review_due_on,
        row.trade,
    )
