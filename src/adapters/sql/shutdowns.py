"""Store shutdown periods, with who registered them and who cancelled them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, false, select
from sqlalchemy.dialects.postgresql import insert

from ...application.access import EVERYTHING, Scope
from ...domain.directory.shutdown import (
    PeriodCancellation,
    PeriodSigned,
    PeriodSource,
    ShutdownPeriod,
)
from ...domain.refusals import NotFound
from ...domain.signed import Signed
from ...domain.values import EnterpriseId, RegionId, ShutdownPeriodId
from .scope import shutdown_applies_to, shutdowns_in
from .tables.directory import enterprise, shutdown_period
from .transaction import Transaction

_new = insert(shutdown_period)
_SAVE: Final = _new.on_conflict_do_update(
    index_elements=[shutdown_period.c.id],
    set_={c.name: _new.excluded[c.name] for c in shutdown_period.c if c.name != "id"},
    where=shutdown_period.c.cancelled == false(),
).returning(shutdown_period.c.id)
"""Returns no row when the stored period is cancelled; the row lock keeps that true until the commit."""
_ONE: Final = select(shutdown_period).where(shutdown_period.c.id == bindparam("id"))
_REGISTERED: Final = (
    select(shutdown_period)
    .where(
        shutdown_period.c.source == PeriodSource.DEPARTMENT,
        shutdown_period.c.first_day == bindparam("first_day"),
        shutdown_period.c.last_day == bindparam("last_day"),
    )
    .order_by(shutdown_period.c.id)
)
_APPLYING: Final = (
    select(shutdown_period)
    .where(
        shutdown_applies_to(bindparam("enterprise_id", type_=enterprise.c.id.type)),
        shutdown_period.c.last_day >= bindparam("since"),
    )
    .order_by(shutdown_period.c.first_day, shutdown_period.c.id)
)
_DECLARED_UNTIL: Final = (
    select(shutdown_period)
    .join(enterprise, enterprise.c.id == shutdown_period.c.enterprise_id)
    .where(
        enterprise.c.active,
        shutdown_period.c.source == PeriodSource.ENTERPRISE,
        shutdown_period.c.cancelled == false(),
        shutdown_period.c.last_day == bindparam("day"),
        shutdown_period.c.first_day < bindparam("day"),
    )
    .order_by(shutdown_period.c.id)
)


class SqlShutdownPeriods:
    """Shutdown periods. One is in scope when its enterprise or region is; see `shutdowns_in`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, period: ShutdownPeriod) -> None:
        of_region = period.region_id is not None
        missing = ("区域", "regionId") if of_region else ("企业", "enterpriseId")
        if self._transaction.run(_SAVE, _row_of(period), missing=missing).first() is None:
            self.get(period.id, within=EVERYTHING).check_standing()

    def get(self, id: ShutdownPeriodId, *, within: Scope) -> ShutdownPeriod:
        row = self._transaction.run(_ONE.where(shutdowns_in(within)), {"id": id}).first()
        if row is None:
            raise NotFound("停产期")
        return period_of(row)

    def registered(
        self,
        enterprise_id: EnterpriseId | None,
        region_id: RegionId | None,
        first_day: date,
        last_day: date,
    ) -> Sequence[ShutdownPeriod]:
        statement = _REGISTERED.where(
            _is(shutdown_period.c.enterprise_id, enterprise_id), _is(shutdown_period.c.region_id, region_id)
        )
        rows = self._transaction.run(statement, {"first_day": first_day, "last_day": last_day})
        return [period_of(row) for row in rows]

    def applying_to(self, enterprise_id: EnterpriseId, *, since: date) -> Sequence[ShutdownPeriod]:
        rows = self._transaction.run(_APPLYING, {"enterprise_id": enterprise_id, "since": since})
        return [period_of(row) for row in rows]

    def declared_until(self, day: date) -> Sequence[ShutdownPeriod]:
        return [period_of(row) for row in self._transaction.run(_DECLARED_UNTIL, {"day": day})]


def period_of(row: Row[Any]) -> ShutdownPeriod:
    registered = _signed(row, "registered")
    by = _signed(row, "cancelled")
    return ShutdownPeriod(
        id=row.id,
        enterprise_id=row.enterprise_id,
        region_id=row.region_id,
        kind=row.kind,
        first_day=row.first_day,
        last_day=row.last_day,
        reason=row.reason,
        note=row.note,
        cancelled=row.cancelled,
        source=row.source,
        registered=registered,
        cancellation=None if by is None else PeriodCancellation(by, row.cancelled_reason),
    )


def _signed(row: Row[Any], step: str) -> PeriodSigned | None:
    at, id, name, department = (
        getattr(row, f"{step}_{column}") for column in ("at", "by_id", "by_name", "by_department")
    )
    return None if at is None else PeriodSigned(Signed(id, name, at), department)


def _row_of(period: ShutdownPeriod) -> dict[str, Any]:
    cancellation = period.cancellation
    return {
        "id": period.id,
        "enterprise_id": period.enterprise_id,
        "region_id": period.region_id,
        "kind": period.kind,
        "first_day": period.first_day,
        "last_day": period.last_day,
        "reason": period.reason,
        "note": period.note,
        "cancelled": period.cancelled,
        "source": period.source,
        **_columns_of(period.registered, "registered"),
        **_columns_of(None if cancellation is None else cancellation.by, "cancelled"),
        "cancelled_reason": None if cancellation is None else cancellation.reason,
    }


def _columns_of(step: PeriodSigned | None, name: str) -> dict[str, Any]:
    signed = None if step is None else step.signed
    return {
        f"{name}_at": None if signed is None else signed.at,
        f"{name}_by_id": None if signed is None else signed.person_id,
        f"{name}_by_name": None if signed is None else signed.name,
        f"{name}_by_department": None if step is None else step.department,
    }


def _is(column: ColumnElement[Any], value: object) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value
