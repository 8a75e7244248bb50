"""Test data in a few words: small valid things of the domain, each with the one detail a test cares about.

Ids are made from names, so that a test can say `an_enterprise("东风")` twice and mean the same enterprise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

from yanbao.application.access import Actor, Scope
from yanbao.domain.commitment.form import (
    CommitmentForm,
    HazardousWork,
    PowderProcess,
    ProductionFigures,
    ProductionStatus,
    Stoppage,
    WholesaleFigures,
)
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.certificate import PERMIT_OF, Certificate
from yanbao.domain.directory.enterprise import Enterprise, EnterpriseKind, StopReason, Warehouse, Workshop
from yanbao.domain.directory.organisation import Department, Level, Person, Region, Role
from yanbao.domain.directory.shutdown import ShutdownPeriod
from yanbao.domain.exchange.duty import Duty, Topic
from yanbao.domain.policy import Setting, SettingKey
from yanbao.domain.values import (
    CREDIT_CODE_ALPHABET,
    AccountId,
    CertificateId,
    CreditCode,
    DepartmentId,
    EnterpriseId,
    PersonId,
    Phone,
    RegionId,
    ShutdownPeriodId,
)

from .dates import TODAY

NAMES: Final = UUID("0b2a3c1e-7f5d-5a55-8e0e-3f1d2c4b5a69")
"""Namespace of the ids that are made from names in tests."""

DAY: Final = TODAY
"""The business date that tests mean when they name none."""

NOW: Final = instant(DAY, time(9, 30))
"""Half past nine in Shanghai: before the usual deadline."""

DUE: Final = instant(DAY, time(10, 0))

PERMIT_ISSUED: Final = DAY - timedelta(days=600)
PERMIT_EXPIRES: Final = DAY + timedelta(days=500)
"""The last day of `a_permit`."""

PROVINCE: Final = RegionId("610000")
XIAN: Final = RegionId("610100")
WEINAN: Final = RegionId("610500")
YANGLING: Final = RegionId("611100")
"""杨凌示范区: a local region of city rank, without a code in GB/T 2260."""
LINTONG: Final = RegionId("610115")
CHANGAN: Final = RegionId("610116")
PUCHENG: Final = RegionId("610526")
YANGLING_COUNTY: Final = RegionId("610403")


def an_id(*parts: object) -> UUID:
    """The same parts, the same id."""
    return uuid5(NAMES, "|".join(str(part) for part in parts))


def a_number(*parts: object, below: int) -> int:
    """The same parts, the same number."""
    return an_id("number", *parts).int % below


def a_phone(name: str = "") -> str:
    """A valid mobile number; 13900000001 when no name is given."""
    return f"139{a_number(name, below=10**8):08d}" if name else "13900000001"


def a_credit_code(name: str) -> str:
    """A valid credit code of an enterprise in Shaanxi."""
    size = len(CREDIT_CODE_ALPHABET)
    tail = "".join(CREDIT_CODE_ALPHABET[a_number(name, place, below=size)] for place in range(9))
    first17 = f"91610000{tail}"
    return first17 + CreditCode.check_character(first17)


# ---------------------------------------------------------------- regions and departments


def a_region(id: str, name: str, level: Level, parent: RegionId | None, **detail: Any) -> Region:
    return Region(RegionId(id), name, level, parent, **detail)


def a_region_tree() -> tuple[Region, ...]:
    """Shaanxi with two cities, one local region of city rank, and a few counties; parents come first."""
    return (
        a_region(PROVINCE, "陕西省", Level.PROVINCE, None, gb_code="610000"),
        a_region(XIAN, "西安市", Level.CITY, PROVINCE, gb_code="610100"),
        a_region(WEINAN, "渭南市", Level.CITY, PROVINCE, gb_code="610500"),
        a_region(YANGLING, "杨凌示范区", Level.CITY, PROVINCE, local=True, gb_code="610403"),
        a_region(LINTONG, "临潼区", Level.COUNTY, XIAN, gb_code="610115"),
        a_region(CHANGAN, "长安区", Level.COUNTY, XIAN, gb_code="610116"),
        a_region(PUCHENG, "蒲城县", Level.COUNTY, WEINAN, gb_code="610526"),
        a_region(YANGLING_COUNTY, "杨陵区", Level.COUNTY, YANGLING, gb_code="610403"),
    )


def a_department(
    name: str = "陕西省应急管理厅",
    *,
    level: Level = Level.PROVINCE,
    over: Iterable[RegionId] = (PROVINCE,),
    parent: Department | None = None,
) -> Department:
    return Department.parse(
        id=DepartmentId(an_id("department", name)),
        name=name,
        level=level,
        parent_id=None if parent is None else parent.id,
        jurisdiction=frozenset(over),
    )


def a_department_tree() -> tuple[Department, ...]:
    """The province, two cities, the local region of city rank and three counties; parents come first."""
    province = a_department()
    xian = a_department("西安市应急管理局", level=Level.CITY, over=[XIAN], parent=province)
    weinan = a_department("渭南市应急管理局", level=Level.CITY, over=[WEINAN], parent=province)
    yangling = a_department("杨凌示范区应急管理局", level=Level.CITY, over=[YANGLING], parent=province)
    lintong = a_department("临潼区应急管理局", level=Level.COUNTY, over=[LINTONG], parent=xian)
    changan = a_department("长安区应急管理局", level=Level.COUNTY, over=[CHANGAN], parent=xian)
    pucheng = a_department("蒲城县应急管理局", level=Level.COUNTY, over=[PUCHENG], parent=weinan)
    return province, xian, weinan, yangling, lintong, changan, pucheng


def seen_from(*regions: RegionId) -> Scope:
    """The scope of a department with this jurisdiction."""
    return Scope(regions=frozenset(regions))


def seen_by(enterprise: Enterprise) -> Scope:
    """The scope of an enterprise's own people."""
    return Scope(enterprise_id=enterprise.id)


def seen_as(department: DepartmentId, *regions: RegionId) -> Scope:
    """The scope of this department's own people, with this jurisdiction."""
    return Scope(regions=frozenset(regions), department_id=department)


def a_person(
    name: str,
    role: Role = Role.DUTY_PERSON,
    *,
    of: Department | Enterprise,
    phone: str | None = None,
    active: bool = True,
) -> Person:
    return Person.parse(
        id=PersonId(an_id("person", name, of.id)),
        name=name,
        phone=a_phone(name) if phone is None else phone,
        role=role,
        department_id=of.id if isinstance(of, Department) else None,
        enterprise_id=of.id if isinstance(of, Enterprise) else None,
        active=active,
    )


def an_actor(person: Person, scope: Scope, *, level: Level | None = None) -> Actor:
    """The actor that a person is, with the account that `an_account` makes for it."""
    return Actor(
        person_id=person.id,
        name=person.name,
        role=person.role,
        level=level,
        department_id=person.department_id,
        enterprise_id=person.enterprise_id,
        scope=scope,
        account_id=AccountId(an_id("account", person.id)),
    )


# ---------------------------------------------------------------- enterprises and what belongs to them


def a_workshop(number: str = "1", *, powder: bool = True, persons: int = 4, kg: str = "12.5") -> Workshop:
    return Workshop.parse(
        number=number,
        name=f"{number}号工房",
        powder=powder,
        approved_persons=persons,
        approved_powder_kg=kg if powder else "0",
    )


def a_warehouse(number: str = "1", *, boxes: str = "800", kg: str = "9600.5", persons: int = 3) -> Warehouse:
    return Warehouse.parse(
        number=number, name=f"{number}号库", approved_boxes=boxes, approved_kg=kg, approved_persons=persons
    )


def an_enterprise(
    name: str = "东风烟花厂",
    kind: EnterpriseKind = EnterpriseKind.PRODUCTION,
    *,
    region: RegionId = LINTONG,
    active: bool = True,
) -> Enterprise:
    """A producer has two powder workshops and one without powder, a wholesaler two warehouses."""
    production = kind is EnterpriseKind.PRODUCTION
    return Enterprise.parse(
        id=EnterpriseId(an_id("enterprise", name)),
        credit_code=a_credit_code(name),
        name=name,
        kind=kind,
        region_id=region,
        address=f"{name}路1号",
        workshops=(a_workshop("1"), a_workshop("2"), a_workshop("3", powder=False)) if production else (),
        warehouses=() if production else (a_warehouse("1"), a_warehouse("2")),
        active=active,
    )


def a_wholesaler(name: str = "利民烟花公司", *, region: RegionId = LINTONG) -> Enterprise:
    return an_enterprise(name, EnterpriseKind.WHOLESALE, region=region)


def a_permit(
    enterprise: Enterprise,
    *,
    number: str = "(陕)YH安许证字〔2025〕000123",
    issued: date = PERMIT_ISSUED,
    expires: date = PERMIT_EXPIRES,
) -> Certificate:
    """The enterprise's own permit, valid on DAY."""
    return Certificate.parse(
        id=CertificateId(an_id("certificate", enterprise.id, number)),
        kind=PERMIT_OF[enterprise.kind],
        number=number,
        enterprise_id=enterprise.id,
        issued_on=issued,
        expires_on=expires,
    )


def a_shutdown(
    of: Enterprise | RegionId,
    *,
    first: date = DAY,
    last: date = DAY + timedelta(days=6),
    reason: StopReason = StopReason.HIGH_TEMPERATURE,
    kind: EnterpriseKind | None = None,
    cancelled: bool = False,
) -> ShutdownPeriod:
    enterprise = of if isinstance(of, Enterprise) else None
    whom = enterprise.id if enterprise else of
    return ShutdownPeriod.parse(
        id=ShutdownPeriodId(an_id("shutdown", whom, first, last, reason, kind)),
        enterprise_id=enterprise.id if enterprise else None,
        region_id=None if isinstance(of, Enterprise) else of,
        kind=kind,
        first_day=first,
        last_day=last,
        reason=reason,
        note="按通知停产",
        cancelled=cancelled,
    )


def a_setting(
    value: str = "09:00",
    key: SettingKey = SettingKey.COMMITMENT_DEADLINE,
    *,
    region: RegionId = PROVINCE,
    since: date = DAY,
    by: Level | None = None,
) -> Setting:
    """Set by the region's own department unless `by` names another level."""
    own = Level.PROVINCE if region == PROVINCE else Level.CITY if region.endswith("00") else Level.COUNTY
    return Setting(
        an_id("setting", region, key, since, value, by), region, key, value, since, own if by is None else by
    )


# ---------------------------------------------------------------- the forms of a commitment


def _a_form(**changes: Any) -> CommitmentForm:
    form = CommitmentForm(
        status=ProductionStatus.IN_PRODUCTION,
        stoppage=None,
        production=None,
        wholesale=None,
        hazardous_work=HazardousWork(),
        duty_leader="王建国",
        duty_phone=Phone.parse("13900000001"),
        top_temperature=28,
        storm_warning=False,
        major_hazard=False,
        risk_grade=3,
    )
    return replace(form, **changes)


def a_form_in_production(**changes: Any) -> CommitmentForm:
    """A producer at work, within everything approved for `an_enterprise()`."""
    figures = ProductionFigures(
        workshops_in_use=3,
        powder_workshops_in_use=2,
        powder_processes=(PowderProcess.MIXING, PowderProcess.CHARGING),
        present_persons=9,
        present_powder_kg=Decimal("20.125"),
    )
    return _a_form(**{"production": figures, **changes})


def a_wholesale_form(**changes: Any) -> CommitmentForm:
    """A wholesaler at work, within everything approved for `a_wholesaler()`."""
    figures = WholesaleFigures(
        warehouses_in_use=2,
        stock_boxes=Decimal("1200.5"),
        stock_kg=Decimal("15000"),
        boxes_in=Decimal("30"),
        boxes_out=Decimal("12.25"),
        present_persons=5,
    )
    return _a_form(**{"wholesale": figures, **changes})


def a_form_of_stopped(**changes: Any) -> CommitmentForm:
    """Somebody who stands still and says when that ends."""
    stoppage = Stoppage(StopReason.OWN_DECISION, "设备检修", DAY + timedelta(days=3))
    return _a_form(**{"status": ProductionStatus.STOPPED, "stoppage": stoppage, "risk_grade": 4, **changes})


def a_full_form(**changes: Any) -> CommitmentForm:
    """Every field set to something that is not its default."""
    return a_form_in_production(
        **{
            "hazardous_work": HazardousWork(1, 2, 3, 4, 5, 6, 7, 8, 9),
            "top_temperature": -7,
            "storm_warning": True,
            "major_hazard": True,
            "risk_grade": 1,
            "explanation": "当日交接班，人员短时重叠。",
            "supplement": "今日有消防演练。",
            **changes,
        }
    )


def a_form_for(enterprise: Enterprise, **changes: Any) -> CommitmentForm:
    """A form in production that fits the enterprise's kind."""
    production = enterprise.kind is EnterpriseKind.PRODUCTION
    return a_form_in_production(**changes) if production else a_wholesale_form(**changes)


# ---------------------------------------------------------------- duties


def a_duty(
    name: object = "第一件",
    *,
    of: str | None = None,
    revision: int = 1,
    topic: Topic = Topic.MINISTRY_COMMITMENT,
    day: date = DAY,
    created: datetime = NOW,
    due: datetime = NOW,
) -> Duty:
    """Something to send; `of` is the object whose order is kept."""
    return Duty(
        id=an_id("duty", name, of, revision, topic),
        topic=topic,
        object_key=str(name) if of is None else of,
        revision=revision,
        business_date=day,
        facts={"名称": str(name), "revision": revision, "list": [1, 2.5, None, True], "deep": {"a": "b"}},
        created_at=created,
        due_at=due,
    )
