"""The supervised enterprises with their workshops and warehouses, and the reasons why they stop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from ..faults import Faults
from ..refusals import InvalidValue
from ..values import (
    CreditCode,
    EnterpriseId,
    RegionId,
    fact_id,
    parse_amount,
    parse_count,
    parse_text,
)

MOST_PERSONS: Final = 5_000
MOST_POWDER_KG: Final = Decimal("100000")
MOST_BOXES: Final = Decimal("10000000")
MOST_STOCK_KG: Final = Decimal("10000000")


class EnterpriseKind(Enum):
    """Production (生产) and wholesale (批发) report every day; retail outlets do not and are not kept here."""

    PRODUCTION = "PRODUCTION"
    WHOLESALE = "WHOLESALE"


KIND_NAMES: Final = {EnterpriseKind.PRODUCTION: "生产企业", EnterpriseKind.WHOLESALE: "批发企业"}


@dataclass(frozen=True, slots=True)
class Workshop:
    """A workshop (工房) with what its permit approves; `powder` marks one that handles powder (涉药)."""

    number: str
    name: str
    powder: bool
    approved_persons: int
    approved_powder_kg: Decimal

    @classmethod
    def parse(
        cls,
        *,
        number: str,
        name: str,
        powder: bool,
        approved_persons: int,
        approved_powder_kg: Decimal | int | str,
    ) -> Workshop:
        """Refuses all malformed values together, and powder in a workshop that handles none."""
        faults = Faults()
        with faults:
            number = parse_text(number, what="工房编号", field="number", longest=20, one_line=True)
        with faults:
            name = parse_text(name, what="工房名称", field="name", longest=60, one_line=True)
        with faults:
            parse_count(approved_persons, what="核定人数", field="approvedPersons", most=MOST_PERSONS)
        with faults:
            kg = parse_amount(
                approved_powder_kg,
                what="核定药量",
                field="approvedPowderKg",
                most=MOST_POWDER_KG,
                unit="千克",
            )
            if not powder and kg > 0:
                raise InvalidValue("非涉药工房的核定药量应为0。", field="approvedPowderKg")
        faults.raise_together()
        return cls(number, name, powder, approved_persons, kg)


@dataclass(frozen=True, slots=True)
class WorkshopForm:
    """A workshop as somebody states it, before it is checked."""

    number: str
    name: str
    powder: bool
    approved_persons: int
    approved_powder_kg: Decimal

    def parse(self) -> Workshop:
        """Raises InvalidForm, or the only refusal."""
        return Workshop.parse(
            number=self.number,
            name=self.name,
            powder=self.powder,
            approved_persons=self.approved_persons,
            approved_powder_kg=self.approved_powder_kg,
        )


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse (仓库) with its approved stock in boxes (箱) and kilograms, and approved persons."""

    number: str
    name: str
    approved_boxes: Decimal
    approved_kg: Decimal
    approved_persons: int

    @classmethod
    def parse(
        cls,
        *,
        number: str,
        name: str,
        approved_boxes: Decimal | int | str,
        approved_kg: Decimal | int | str,
        approved_persons: int,
    ) -> Warehouse:
        """Refuses all malformed values together."""
        faults = Faults()
        with faults:
            number = parse_text(number, what="仓库编号", field="number", longest=20, one_line=True)
        with faults:
            name = parse_text(name, what="仓库名称", field="name", longest=60, one_line=True)
        with faults:
            boxes = parse_amount(
                approved_boxes, what="核定箱数", field="approvedBoxes", most=MOST_BOXES, unit="箱"
            )
        with faults:
            kg = parse_amount(
                approved_kg, what="核定存量", field="approvedKg", most=MOST_STOCK_KG, unit="千克"
            )
        with faults:
            parse_count(approved_persons, what="核定人数", field="approvedPersons", most=MOST_PERSONS)
        faults.raise_together()
        return cls(number, name, boxes, kg, approved_persons)


@dataclass(frozen=True, slots=True)
class WarehouseForm:
    """A warehouse as somebody states it, before it is checked."""

    number: str
    name: str
    approved_boxes: Decimal
    approved_kg: Decimal
    approved_persons: int

    def parse(self) -> Warehouse:
        """Raises InvalidForm, or the only refusal."""
        return Warehouse.parse(
            number=self.number,
            name=self.name,
            approved_boxes=self.approved_boxes,
            approved_kg=self.approved_kg,
            approved_persons=self.approved_persons,
        )


def enterprise_id(code: CreditCode, attempt: int = 1) -> EnterpriseId:
    """Make the id from the credit code; a later `attempt` gives another id, for when the first is taken.

    The first is taken when another enterprise was added with this code and has changed it since.
    """
    return EnterpriseId(fact_id("enterprise", code, *([attempt] if attempt > 1 else [])))


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A production or wholesale enterprise; when it closes, `active` is false and it owes no commitment."""

    id: EnterpriseId
    credit_code: CreditCode
    name: str
    kind: EnterpriseKind
    region_id: RegionId
    address: str
    workshops: tuple[Workshop, ...] = ()
    warehouses: tuple[Warehouse, ...] = ()
    active: bool = True

    @classmethod
    def parse(
        cls,
        *,
        id: EnterpriseId,
        credit_code: str,
        name: str,
        kind: EnterpriseKind,
        region_id: RegionId,
        address: str,
        workshops: Iterable[Workshop | WorkshopForm] = (),
        warehouses: Iterable[Warehouse | WarehouseForm] = (),
        active: bool = True,
    ) -> Enterprise:
        """Refuses malformed values, also of its workshops and warehouses, and a number that two of them share.

        Fields of the third workshop are `workshops.2.number` and so on.
        """
        faults = Faults()
        with faults:
            code = CreditCode.parse(credit_code)
        with faults:
            name = parse_text(name, what="企业名称", field="name", longest=80, one_line=True)
        with faults:
            address = parse_text(address, what="地址", field="address", longest=200, one_line=True)
        shops: list[Workshop] = []
        for number, shop in enumerate(workshops):
            with faults.under(f"workshops.{number}"):
                shops.append(shop.parse() if isinstance(shop, WorkshopForm) else shop)
        stores: list[Warehouse] = []
        for number, store in enumerate(warehouses):
            with faults.under(f"warehouses.{number}"):
                stores.append(store.parse() if isinstance(store, WarehouseForm) else store)
        for what, field, numbers in (
            ("工房", "workshops", [w.number for w in shops]),
            ("仓库", "warehouses", [w.number for w in stores]),
        ):
            for doubled in sorted({n for n in numbers if numbers.count(n) > 1}):
                with faults:
                    raise InvalidValue(f"{what}编号“{doubled}”重复。", field=field)
        faults.raise_together()
        return cls(
            id=id,
            credit_code=code,
            name=name,
            kind=kind,
            region_id=region_id,
            address=address,
            workshops=tuple(shops),
            warehouses=tuple(stores),
            active=active,
        )

    @property
    def powder_workshops(self) -> int:
        return sum(1 for w in self.workshops if w.powder)

    @property
    def approved_persons(self) -> int:
        """Persons approved for all workshops of a production enterprise, or all warehouses of a wholesaler."""
        places: Iterable[Workshop | Warehouse] = (
            self.workshops if self.kind is EnterpriseKind.PRODUCTION else self.warehouses
        )
        return sum(p.approved_persons for p in places)

    @property
    def approved_powder_kg(self) -> Decimal:
        return sum((w.approved_powder_kg for w in self.workshops), Decimal(0))

    @property
    def approved_boxes(self) -> Decimal:
        return sum((w.approved_boxes for w in self.warehouses), Decimal(0))

    @property
    def approved_stock_kg(self) -> Decimal:
        return sum((w.approved_kg for w in self.warehouses), Decimal(0))


class StopReason(Enum):
    """Why an enterprise has stopped."""

    HIGH_TEMPERATURE = "HIGH_TEMPERATURE"
    SEVERE_WEATHER = "SEVERE_WEATHER"
    HOLIDAY = "HOLIDAY"
    RECTIFICATION = "RECTIFICATION"
    PERMIT_EXPIRED = "PERMIT_EXPIRED"
    OWN_DECISION = "OWN_DECISION"
    OTHER = "OTHER"


STOP_REASON_NAMES: Final = {
    StopReason.HIGH_TEMPERATURE: "高温",
    StopReason.SEVERE_WEATHER: "恶劣天气",
    StopReason.HOLIDAY: "节假日",
    StopReason.RECTIFICATION: "整改",
    StopReason.PERMIT_EXPIRED: "证书到期",
    StopReason.OWN_DECISION: "自行停产",
    StopReason.OTHER: "其他",
}
