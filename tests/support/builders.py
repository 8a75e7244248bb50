"""Test data in a few words: small valid things of the domain, each with the one detail a test cares about.

Ids are made from names, so that a test can say `an_enterprise("东风")` twice and mean the same enterprise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

from yanbao.application.access import Actor, Scope
from yanbao.application.ports.storage import AuditEntry, Storage
from yanbao.domain.account import Account, Session
from yanbao.domain.certificate import CERTIFICATE_NAMES, PERMIT_OF, Certificate
from yanbao.domain.commitment import Commitment, Signed
from yanbao.domain.commitment_form import (
    CommitmentForm,
    Facts,
    HazardousWork,
    PermitFact,
    PowderProcess,
    ProductionFigures,
    ProductionStatus,
    Stoppage,
    WholesaleFigures,
)
from yanbao.domain.deadlines import instant
from yanbao.domain.duty import Duty, Topic
from yanbao.domain.enterprise import (
    Enterprise,
    EnterpriseKind,
    ShutdownPeriod,
    StopReason,
    Warehouse,
    Workshop,
)
from yanbao.domain.events import Client
from yanbao.domain.inspection import Inspection
from yanbao.domain.notice import Message, MessageKind, ProblemTopic, ReminderTopic, Sms, SmsState
from yanbao.domain.organisation import Department, Level, Person, Region, Role
from yanbao.domain.policy import Setting, SettingKey
from yanbao.domain.problem_form import ProblemId
from yanbao.domain.values import (
    CREDIT_CODE_ALPHABET,
    AccountId,
    CertificateId,
    CreditCode,
    DepartmentId,
    EnterpriseId,
    MessageId,
    PersonId,
    Phone,
    RegionId,
    ShutdownPeriodId,
)

NAMES: Final = UUID("0b2a3c1e-7f5d-5a55-8e0e-3f1d2c4b5a69")
"""Namespace of the ids that are made from names in tests."""

DAY: Final = date(2026, 11, 24)
"""The business date that tests mean when they name none."""

NOW: Final = instant(DAY, time(9, 30))
"""Half past nine in Shanghai: before the usual deadline."""

DUE: Final = instant(DAY, time(10, 0))

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
    issued: date = date(2025, 3, 1),
    expires: date = date(2028, 2, 29),
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
) -> Setting:
    return Setting(an_id("setting", region, key, since, value), region, key, value, since)


# ---------------------------------------------------------------- the commitment


def facts(enterprise: Enterprise | None = None, *, day: date = DAY, **changes: Any) -> Facts:
    """What the archives say of the enterprise on the day: a valid permit and no shutdown, unless changed."""
    of = an_enterprise() if enterprise is None else enterprise
    permit = a_permit(of)
    name = CERTIFICATE_NAMES[permit.kind]
    taken = Facts(
        credit_code=of.credit_code.text,
        enterprise_name=of.name,
        kind=of.kind,
        region_id=of.region_id,
        region_name="临潼区",
        business_date=day,
        workshops_total=len(of.workshops),
        powder_workshops_total=of.powder_workshops,
        warehouses_total=len(of.warehouses),
        approved_persons=of.approved_persons,
        approved_powder_kg=of.approved_powder_kg,
        approved_boxes=of.approved_boxes,
        approved_stock_kg=of.approved_stock_kg,
        permit=PermitFact(name, permit.number, permit.expires_on, valid=True),
        shutdown=None,
        shutdown_until=None,
        open_problems=None,
        open_alerts=None,
        archive_as_of=datetime(2026, 10, 1, 2, 3, 4, 567890, tzinfo=UTC),
        taken_at=instant(day, time(9, 0)),
    )
    return replace(taken, **changes)


def facts_in_shutdown(enterprise: Enterprise | None = None, *, day: date = DAY) -> Facts:
    return facts(
        enterprise, day=day, shutdown=StopReason.HIGH_TEMPERATURE, shutdown_until=day + timedelta(days=7)
    )


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
        text="今天我公司已开展安全风险研判，各项管控措施落实到位。",
        promiser="李永红",
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
            **changes,
        }
    )


def a_form_for(enterprise: Enterprise, **changes: Any) -> CommitmentForm:
    """A form in production that fits the enterprise's kind."""
    production = enterprise.kind is EnterpriseKind.PRODUCTION
    return a_form_in_production(**changes) if production else a_wholesale_form(**changes)


def signed(at: datetime = NOW, *, by: Person | None = None) -> Signed:
    return Signed(by=None if by is None else by.id, name="李永红" if by is None else by.name, at=at)


def owed(enterprise: Enterprise | None = None, *, day: date = DAY, due: time = time(10, 0)) -> Commitment:
    """The duty of the day, not yet reported."""
    of = an_enterprise() if enterprise is None else enterprise
    return Commitment.owe(
        enterprise_id=of.id,
        region_id=of.region_id,
        kind=of.kind,
        business_date=day,
        due_at=instant(day, due),
    )


def reported(
    enterprise: Enterprise | None = None,
    *,
    day: date = DAY,
    at: datetime | None = None,
    form: CommitmentForm | None = None,
    by: Person | None = None,
) -> Commitment:
    """The duty of the day, reported by a person at half past nine; `events` holds its announcement."""
    of = an_enterprise() if enterprise is None else enterprise
    commitment = owed(of, day=day)
    moment = instant(day, time(9, 30)) if at is None else at
    commitment.submit(
        a_form_for(of) if form is None else form, facts=facts(of, day=day), by=signed(moment, by=by)
    )
    return commitment


def reported_automatically(enterprise: Enterprise | None = None, *, day: date = DAY) -> Commitment:
    """The duty of the day, reported by the system because of a shutdown period."""
    of = an_enterprise() if enterprise is None else enterprise
    commitment = owed(of, day=day)
    commitment.report_automatically(facts=facts_in_shutdown(of, day=day), at=instant(day, time(0, 10)))
    return commitment


def reopened(enterprise: Enterprise | None = None, *, day: date = DAY) -> Commitment:
    """A report that the department opened again in the afternoon."""
    commitment = reported(enterprise, day=day)
    commitment.reopen("填报人数有误", by=signed(instant(day, time(15, 0))))
    return commitment


# ---------------------------------------------------------------- duties, notices, accounts


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


def a_message(receiver: Person, name: object = "提醒", *, at: datetime = NOW) -> Message:
    return Message(
        id=MessageId(an_id("message", receiver.id, name)),
        receiver_id=receiver.id,
        kind=MessageKind.COMMITMENT_UNREPORTED,
        title=f"{name}:今日安全承诺尚未上报",
        body="请立即上报。",
        subject_type="Commitment",
        subject_id=str(an_id("subject", name)),
        created_at=at,
    )


def an_sms(
    receiver: Person,
    name: object = "短信",
    *,
    at: datetime = NOW,
    stage: int = 1,
    enterprises: Sequence[EnterpriseId] = (),
    region: RegionId | None = None,
    state: SmsState = SmsState.QUEUED,
) -> Sms:
    return Sms(
        id=an_id("sms", receiver.id, name, stage),
        receiver_id=receiver.id,
        phone=receiver.phone,
        topic=ReminderTopic(
            DAY, stage, tuple(enterprises), region, None if region is None else f"区域{region}"
        ),
        state=state,
        created_at=at,
    )


def an_sms_about_problems(
    receiver: Person,
    *problems: object,
    kind: MessageKind = MessageKind.PROBLEM_ISSUED,
    marks: Sequence[str] = (),
) -> Sms:
    ids = tuple(ProblemId(an_id("problem", name)) for name in problems)
    return Sms(
        id=an_id("sms", receiver.id, kind, *problems),
        receiver_id=receiver.id,
        phone=receiver.phone,
        topic=ProblemTopic(DAY, kind, ids, tuple(marks)),
        state=SmsState.QUEUED,
        created_at=NOW,
    )


def an_account(person: Person, username: str = "lihong") -> Account:
    return Account(
        id=AccountId(an_id("account", person.id)),
        username=username,
        person_id=person.id,
        password_digest="$argon2id$v=19$not-a-real-digest",
        password_set_at=datetime(2026, 11, 1, 8, 0, 0, 123456, tzinfo=UTC),
    )


def a_session(
    account: Account, token: str = "digest-1", *, at: datetime = NOW, client: Client = Client.WEB
) -> Session:
    return Session(
        id=an_id("session", token),
        token_digest=token,
        account_id=account.id,
        client=client,
        created_at=at,
        last_seen_at=at,
    )


def an_audit_entry(name: object = "第一条", *, at: datetime = NOW, **detail: Any) -> AuditEntry:
    return AuditEntry(
        id=an_id("audit", name),
        at=at,
        actor_id=AccountId(an_id("account", "admin")),
        actor_name="张审计",
        action="CommitmentReported",
        subject=f"Commitment:{name}",
        detail=detail or {"revision": 1, "late": False, "名称": str(name)},
    )


# ---------------------------------------------------------------- a populated storage


def settle_in(storage: Storage, actor: Actor, *things: object) -> None:
    """Save things of the archive in the order given, in one transaction: regions, departments, people and so on."""
    with storage.work(actor) as work:
        for thing in things:
            match thing:
                case Region():
                    work.regions.save(thing)
                case Department():
                    work.departments.save(thing)
                case Person():
                    work.people.save(thing)
                case Enterprise():
                    work.enterprises.save(thing, at=NOW)
                case Certificate():
                    work.certificates.save(thing)
                case ShutdownPeriod():
                    work.shutdown_periods.save(thing)
                case Setting():
                    work.settings.save(thing, at=NOW, by=None)
                case Account():
                    work.accounts.save(thing)
                case Session():
                    work.sessions.add(thing)
                case Inspection():
                    work.inspections.save(thing)
                case Commitment():
                    report, reopening, state = thing.report, thing.reopening, thing.state
                    work.commitments.owe([owed_again(thing)])
                    if report is not None:
                        stored = work.commitments.find(thing.enterprise_id, thing.business_date)
                        assert stored is not None, "a duty that was just written down is found"
                        stored.report, stored.reopening, stored.state = report, reopening, state
                        work.commitments.save(stored)
                case _:
                    raise TypeError(f"do not know where to put a {type(thing).__name__}")
        work.commit()


def owed_again(commitment: Commitment) -> Commitment:
    """The same duty as it stood before anything was reported."""
    return Commitment.owe(
        enterprise_id=commitment.enterprise_id,
        region_id=commitment.region_id,
        kind=commitment.kind,
        business_date=commitment.business_date,
        due_at=commitment.due_at,
    )
