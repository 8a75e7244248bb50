"""Importing enterprises with their workshops and warehouses. An import adds and changes; it never removes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from ....domain.directory.enterprise import Enterprise, EnterpriseKind, Warehouse, Workshop
from ....domain.values import CreditCode
from ..rules import free_enterprise_id
from .columns import CREDIT_CODE, ENTERPRISE_SHEET, WAREHOUSE_SHEET, WORKSHOP_SHEET
from .lookups import Change, Lookups, fate_of
from .rows import Once, Reading, Rows

Place = TypeVar("Place", Workshop, Warehouse)


@dataclass(slots=True)
class _Draft:
    """An enterprise as it is in the directory (None: not yet there) and as the file describes it."""

    before: Enterprise | None
    after: Enterprise
    workshops: list[Workshop] = field(default_factory=list)
    warehouses: list[Warehouse] = field(default_factory=list)


def check_enterprises(rows: Rows, lookups: Lookups) -> Iterator[Change]:
    drafts: dict[CreditCode, _Draft] = {}
    refused: set[CreditCode] = set()
    codes = Once()
    for reading in rows.of(ENTERPRISE_SHEET):
        code = _code(reading)
        draft = _draft(reading, code, lookups)
        if code is None or not codes.passes(reading, code, CREDIT_CODE):
            continue
        if draft is None or reading.errors:
            refused.add(code)
        else:
            drafts[code] = draft
    numbers = Once()
    for reading in rows.of(WORKSHOP_SHEET):
        shop, owner = _workshop(reading), _owner(reading, lookups, drafts, refused)
        if shop is None or owner is None:
            continue
        key = ("workshop", owner.after.credit_code, shop.number)
        if numbers.passes(reading, key, "工房编号") and not reading.errors:
            owner.workshops.append(shop)
    for reading in rows.of(WAREHOUSE_SHEET):
        store, owner = _warehouse(reading), _owner(reading, lookups, drafts, refused)
        if store is None or owner is None:
            continue
        key = ("warehouse", owner.after.credit_code, store.number)
        if numbers.passes(reading, key, "仓库编号") and not reading.errors:
            owner.warehouses.append(store)
    return (_change(draft, lookups) for draft in drafts.values())


def _code(reading: Reading) -> CreditCode | None:
    raw = reading.text(CREDIT_CODE)
    return reading.parse(lambda: CreditCode.parse(raw)) if raw else None


def _draft(reading: Reading, code: CreditCode | None, lookups: Lookups) -> _Draft | None:
    name, address = reading.text("企业名称"), reading.text("地址")
    kind = reading.choice("企业类型", EnterpriseKind)
    active = reading.choice("状态", bool)
    region_code = reading.text("区域代码")
    region = lookups.region(reading, "区域代码", region_code) if region_code else None
    if code is None or kind is None or region is None or reading.errors:
        return None
    before = lookups.known_enterprise(code)
    if before is not None and not lookups.may_reach(before):
        reading.refuse(CREDIT_CODE, f"统一社会信用代码{code}已被另一家企业使用。")
        return None
    after = reading.parse(
        lambda: Enterprise.parse(
            id=before.id if before is not None else free_enterprise_id(lookups.work, code),
            credit_code=code.text,
            name=name,
            kind=kind,
            region_id=region.id,
            address=address,
            workshops=() if before is None else before.workshops,
            warehouses=() if before is None else before.warehouses,
            active=active if active is not None else before is None or before.active,
        )
    )
    return None if after is None else _Draft(before, after)


def _owner(
    reading: Reading, lookups: Lookups, drafts: dict[CreditCode, _Draft], refused: set[CreditCode]
) -> _Draft | None:
    """The enterprise of a workshop or warehouse: from this file, else from the directory."""
    code = _code(reading)
    if code is None:
        return None
    if code in refused:
        reading.refuse(CREDIT_CODE, "该企业在“企业”工作表中的一行未被接受。")
        return None
    if code not in drafts:
        found = lookups.enterprise(reading, CREDIT_CODE, code.text)
        if found is None:
            return None
        drafts[code] = _Draft(found, found)
    return drafts[code]


def _workshop(reading: Reading) -> Workshop | None:
    number, name = reading.text("工房编号"), reading.text("工房名称")
    powder = reading.choice("是否涉药", bool)
    persons, kg = reading.count("核定人数"), reading.amount("核定药量（千克）")
    if powder is None or persons is None or reading.errors:
        return None
    return reading.parse(
        lambda: Workshop.parse(
            number=number,
            name=name,
            powder=powder,
            approved_persons=persons,
            approved_powder_kg=Decimal(0) if kg is None else kg,
        )
    )


def _warehouse(reading: Reading) -> Warehouse | None:
    number, name = reading.text("仓库编号"), reading.text("仓库名称")
    boxes, kg = reading.amount("核定箱数"), reading.amount("核定存量（千克）")
    persons = reading.count("核定人数")
    if boxes is None or kg is None or persons is None or reading.errors:
        return None
    return reading.parse(
        lambda: Warehouse.parse(
            number=number, name=name, approved_boxes=boxes, approved_kg=kg, approved_persons=persons
        )
    )


def _merged(before: Sequence[Place], listed: Sequence[Place]) -> tuple[Place, ...]:
    """The known places, replaced by those of the file with the same number; new ones come last."""
    by_number = {place.number: place for place in before}
    by_number.update({place.number: place for place in listed})
    return tuple(by_number.values())


def _change(draft: _Draft, lookups: Lookups) -> Change:
    after = replace(
        draft.after,
        workshops=_merged(draft.after.workshops, draft.workshops),
        warehouses=_merged(draft.after.warehouses, draft.warehouses),
    )
    return Change(
        what="Enterprise",
        subject=after.id,
        summary=after.name,
        fate=fate_of(draft.before, after),
        save=lambda: lookups.work.enterprises.save(after, at=lookups.now),
    )
