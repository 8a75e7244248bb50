"""Read enterprises, their workshops, warehouses, certificates and shutdown periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, func, select, true

from ....application.access import Scope
from ....application.ports.directory import CertificateRow, EnterpriseFilter, EnterpriseRow, RegionRow
from ....application.ports.paging import Page, Slice
from ....domain.directory.enterprise import Warehouse, Workshop
from ....domain.directory.shutdown import PeriodSource, ShutdownPeriod
from ....domain.values import CertificateId, EnterpriseId, ShutdownPeriodId, plain
from ..batches import in_batches
from ..enterprises import warehouse_of, workshop_of
from ..scope import below, enterprise_id_in, enterprises_in, shutdown_applies_to, shutdowns_in
from ..shutdowns import period_of
from ..tables.directory import certificate, enterprise, region, shutdown_period, warehouse, workshop
from .paging import Reading, behind, contains, day, position, slice_of, uuid

OF_REGION: Final = tuple(column.label(f"region_{column.name}") for column in region.c if column.name != "id")
"""A region's columns except its id, for rows that have a `region_id` (to-one, so they are joined)."""

_enterprises: Final = select(enterprise, *OF_REGION).join(region, region.c.id == enterprise.c.region_id)


class EnterpriseReading(Reading):
    """The part of the directory reader that is about enterprises."""

    def enterprises(self, ids: Sequence[EnterpriseId], scope: Scope) -> Mapping[EnterpriseId, EnterpriseRow]:
        found: dict[EnterpriseId, EnterpriseRow] = {}
        for batch in in_batches(ids):
            statement = _enterprises.where(self.of_these(enterprise.c.id, batch, enterprises_in(scope)))
            found |= {row.id: _enterprise(row) for row in self.rows(statement)}
        return found

    def enterprise_page(self, where: EnterpriseFilter, scope: Scope, page: Page) -> Slice[EnterpriseRow]:
        after = position(page, str, str)
        statement = (
            _enterprises.where(
                _matching(where, scope),
                behind(after, (enterprise.c.region_id, False), (enterprise.c.credit_code, False)),
            )
            .order_by(enterprise.c.region_id, enterprise.c.credit_code)
            .limit(page.first + 1)
        )
        return slice_of(self.rows(statement), page, _enterprise, lambda row: (row.region_id, row.credit_code))

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
            statement = (
                select(certificate)
                .where(certificate.c.enterprise_id.in_(batch))
                .order_by(certificate.c.expires_on.desc(), certificate.c.id)
            )
            for row in self.rows(statement):
                grouped.setdefault(row.enterprise_id, []).append(_certificate(row))
        return grouped

    def certificates(
        self, ids: Sequence[CertificateId], scope: Scope
    ) -> Mapping[CertificateId, CertificateRow]:
        found: dict[CertificateId, CertificateRow] = {}
        for batch in in_batches(ids):
            statement = select(certificate).where(
                certificate.c.id.in_(batch), enterprise_id_in(scope, certificate.c.enterprise_id)
            )
            found |= {row.id: _certificate(row) for row in self.rows(statement)}
        return found

    def shutdown_page(
        self,
        scope: Scope,
        page: Page,
        *,
        enterprise_id: EnterpriseId | None = None,
        covering: date | None = None,
        source: PeriodSource | None = None,
    ) -> Slice[ShutdownPeriod]:
        period = shutdown_period.c
        after = position(page, day, uuid)
        statement = (
            select(shutdown_period)
            .where(
                shutdowns_in(scope),
                true() if enterprise_id is None else shutdown_applies_to(enterprise_id),
                true()
                if covering is None
                else and_(period.first_day <= covering, period.last_day >= covering),
                true() if source is None else period.source == source,
                behind(after, (period.first_day, True), (period.id, True)),
            )
            .order_by(period.first_day.desc(), period.id.desc())
            .limit(page.first + 1)
        )
        return slice_of(
            self.rows(statement), page, period_of, lambda row: (row.first_day.isoformat(), str(row.id))
        )

    def shutdown_periods(
        self, ids: Sequence[ShutdownPeriodId], scope: Scope
    ) -> Mapping[ShutdownPeriodId, ShutdownPeriod]:
        found: dict[ShutdownPeriodId, ShutdownPeriod] = {}
        for batch in in_batches(ids):
            statement = select(shutdown_period).where(shutdown_period.c.id.in_(batch), shutdowns_in(scope))
            found |= {row.id: period_of(row) for row in self.rows(statement)}
        return found


def _matching(where: EnterpriseFilter, scope: Scope) -> ColumnElement[bool]:
    return and_(
        enterprises_in(scope),
        true() if where.region_id is None else below(enterprise.c.region_id, [where.region_id]),
        enterprise.c.kind.in_(where.kinds) if where.kinds else true(),
        true() if where.active is None else enterprise.c.active.is_(where.active),
        contains(where.text, enterprise.c.name, enterprise.c.credit_code),
    )


def _enterprise(row: Row[Any]) -> EnterpriseRow:
    return EnterpriseRow(
        id=row.id,
        credit_code=row.credit_code,
        name=row.name,
        kind=row.kind,
        region_id=row.region_id,
        region_name=row.region_name,
        address=row.address,
        active=row.active,
        workshops_total=row.workshops_total,
        powder_workshops_total=row.powder_workshops_total,
        warehouses_total=row.warehouses_total,
        approved_persons=row.approved_persons,
        approved_powder_kg=plain(row.approved_powder_kg),
        approved_boxes=plain(row.approved_boxes),
        approved_stock_kg=plain(row.approved_stock_kg),
        updated_at=row.updated_at,
        region=region_of(row),
    )


def region_of(row: Row[Any]) -> RegionRow:
    """Make a RegionRow from a row with `region_id` and the columns OF_REGION."""
    return RegionRow(
        row.region_id,
        row.region_name,
        row.region_level,
        row.region_parent_id,
        row.region_local,
        row.region_gb_code,
    )


def _certificate(row: Row[Any]) -> CertificateRow:
    return CertificateRow(
        row.id,
        row.kind,
        row.number,
        row.enterprise_id,
        row.person_id,
        row.issued_on,
        row.expires_on,
        row.review_due_on,
    )
