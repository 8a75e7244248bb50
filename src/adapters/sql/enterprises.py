"""Store enterprises with their workshops and warehouses, and the totals computed from these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, exists, or_, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from ...application.access import Scope
from ...domain.directory.enterprise import Enterprise, EnterpriseKind, Warehouse, Workshop
from ...domain.refusals import Conflict, NotFound
from ...domain.values import CreditCode, EnterpriseId, RegionId
from .batches import in_batches
from .scope import enterprises_in
from .tables.commitment import commitment
from .tables.directory import enterprise, warehouse, workshop
from .transaction import Transaction

_new = insert(enterprise)
_SAVE: Final = _new.on_conflict_do_update(
    index_elements=[enterprise.c.id],
    set_={c.name: _new.excluded[c.name] for c in enterprise.c if c.name != "id"},
)
_ALIKE: Final = select(enterprise.c.id).where(
    or_(enterprise.c.credit_code == bindparam("code"), enterprise.c.id == bindparam("id"))
)
_ONE: Final = select(enterprise).where(enterprise.c.id == bindparam("id"))
_PLACES: Final = select(enterprise.c.id, enterprise.c.name, enterprise.c.region_id).where(
    enterprise.c.id.in_(bindparam("ids", expanding=True))
)
_CREDIT_CODES: Final = select(enterprise.c.id, enterprise.c.credit_code).where(
    enterprise.c.id.in_(bindparam("ids", expanding=True))
)
_BY_CODE: Final = select(enterprise).where(enterprise.c.credit_code == bindparam("code"))
_KNOWN_CODES: Final = select(enterprise.c.credit_code, enterprise.c.id).where(
    enterprise.c.credit_code.in_(bindparam("codes", expanding=True))
)
_FORGET_WORKSHOPS: Final = delete(workshop).where(workshop.c.enterprise_id == bindparam("id"))
_FORGET_WAREHOUSES: Final = delete(warehouse).where(warehouse.c.enterprise_id == bindparam("id"))
_ADD_WORKSHOPS: Final = plain_insert(workshop)
_ADD_WAREHOUSES: Final = plain_insert(warehouse)
_WORKSHOPS: Final = (
    select(workshop).where(workshop.c.enterprise_id == bindparam("id")).order_by(workshop.c.position)
)
_WAREHOUSES: Final = (
    select(warehouse).where(warehouse.c.enterprise_id == bindparam("id")).order_by(warehouse.c.position)
)
_OWING: Final = (
    select(enterprise.c.id, enterprise.c.region_id, enterprise.c.kind)
    .where(
        enterprise.c.active,
        ~exists().where(
            commitment.c.enterprise_id == enterprise.c.id, commitment.c.business_date == bindparam("day")
        ),
    )
    .order_by(enterprise.c.id)
    .limit(bindparam("most"))
)


class SqlEnterprises:
    """Enterprises, unique by credit code."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, enterprise: Enterprise, *, at: datetime) -> None:
        code, id = enterprise.credit_code, enterprise.id
        taken = f"统一社会信用代码“{code}”已属于另一家企业。"
        alike = self._transaction.run(_ALIKE, {"code": code.text, "id": id}).scalars().all()
        if any(other != id for other in alike):
            raise Conflict(taken, field="creditCode")
        self._transaction.run(
            _SAVE,
            _row_of(enterprise, at),
            taken=taken,
            field="creditCode",
            missing=("区域", "regionId"),
        )
        if alike:
            self._transaction.run(_FORGET_WORKSHOPS, {"id": id})
            self._transaction.run(_FORGET_WAREHOUSES, {"id": id})
        if enterprise.workshops:
            self._transaction.run(
                _ADD_WORKSHOPS,
                [
                    {
                        "enterprise_id": id,
                        "number": shop.number,
                        "position": position,
                        "name": shop.name,
                        "powder": shop.powder,
                        "approved_persons": shop.approved_persons,
                        "approved_powder_kg": shop.approved_powder_kg,
                    }
                    for position, shop in enumerate(enterprise.workshops)
                ],
            )
        if enterprise.warehouses:
            self._transaction.run(
                _ADD_WAREHOUSES,
                [
                    {
                        "enterprise_id": id,
                        "number": store.number,
                        "position": position,
                        "name": store.name,
                        "approved_boxes": store.approved_boxes,
                        "approved_kg": store.approved_kg,
                        "approved_persons": store.approved_persons,
                    }
                    for position, store in enumerate(enterprise.warehouses)
                ],
            )

    def get(self, id: EnterpriseId, *, within: Scope) -> Enterprise:
        statement = _ONE if within.everything else _ONE.where(enterprises_in(within))
        row = self._transaction.run(statement, {"id": id}).first()
        if row is None:
            raise NotFound("企业")
        return self._whole(row)

    def places(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, tuple[str, RegionId]]:
        batches = (self._transaction.run(_PLACES, {"ids": batch}) for batch in in_batches(ids))
        return {row.id: (row.name, row.region_id) for rows in batches for row in rows}

    def credit_codes(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, CreditCode]:
        batches = (self._transaction.run(_CREDIT_CODES, {"ids": batch}) for batch in in_batches(ids))
        return {row.id: CreditCode(row.credit_code) for rows in batches for row in rows}

    def by_credit_code(self, code: CreditCode) -> Enterprise | None:
        row = self._transaction.run(_BY_CODE, {"code": code.text}).first()
        return None if row is None else self._whole(row)

    def known_codes(self, codes: Sequence[str]) -> Mapping[str, EnterpriseId]:
        return {
            row.credit_code: row.id
            for batch in in_batches(codes)
            for row in self._transaction.run(_KNOWN_CODES, {"codes": batch})
        }

    def owing(self, day: date, *, limit: int) -> Sequence[tuple[EnterpriseId, RegionId, EnterpriseKind]]:
        rows = self._transaction.run(_OWING, {"day": day, "most": limit})
        return [(row.id, row.region_id, row.kind) for row in rows]

    def _whole(self, row: Row[Any]) -> Enterprise:
        workshops = self._transaction.run(_WORKSHOPS, {"id": row.id}) if row.workshops_total else ()
        warehouses = self._transaction.run(_WAREHOUSES, {"id": row.id}) if row.warehouses_total else ()
        return Enterprise(
            id=row.id,
            credit_code=CreditCode(row.credit_code),
            name=row.name,
            kind=row.kind,
            region_id=row.region_id,
            address=row.address,
            workshops=tuple(workshop_of(shop) for shop in workshops),
            warehouses=tuple(warehouse_of(store) for store in warehouses),
            active=row.active,
        )


def workshop_of(row: Row[Any]) -> Workshop:
    return Workshop(row.number, row.name, row.powder, row.approved_persons, row.approved_powder_kg)


def warehouse_of(row: Row[Any]) -> Warehouse:
    return Warehouse(row.number, row.name, row.approved_boxes, row.approved_kg, row.approved_persons)


def _row_of(enterprise: Enterprise, at: datetime) -> dict[str, Any]:
    return {
        "id": enterprise.id,
        "credit_code": enterprise.credit_code.text,
        "name": enterprise.name,
        "kind": enterprise.kind,
        "region_id": enterprise.region_id,
        "address": enterprise.address,
        "active": enterprise.active,
        "workshops_total": len(enterprise.workshops),
        "powder_workshops_total": enterprise.powder_workshops,
        "warehouses_total": len(enterprise.warehouses),
        "approved_persons": enterprise.approved_persons,
        "approved_powder_kg": enterprise.approved_powder_kg,
        "approved_boxes": enterprise.approved_boxes,
        "approved_stock_kg": enterprise.approved_stock_kg,
        "updated_at": at,
    }
