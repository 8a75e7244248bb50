"""What is kept in the directory: enterprises, certificates, shutdown periods, departments and people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from yanbao.domain.directory.certificate import (
    CERTIFICATE_NAMES,
    PERMIT_OF,
    Certificate,
    CertificateKind,
    counts_on,
    number_is_usual,
)
from yanbao.domain.directory.enterprise import (
    KIND_NAMES,
    STOP_REASON_NAMES,
    Enterprise,
    EnterpriseKind,
    StopReason,
    Workshop,
)
from yanbao.domain.directory.organisation import (
    ADMINISTRATOR_ROLES,
    ENTERPRISE_ROLES,
    REGULATOR_ROLES,
    Department,
    Level,
    Person,
    Region,
    Role,
)
from yanbao.domain.directory.shutdown import ShutdownPeriod
from yanbao.domain.notice.notice import SMS_TRANSITIONS, SmsState
from yanbao.domain.refusals import InvalidValue
from yanbao.domain.values import DepartmentId, PersonId, RegionId, ShutdownPeriodId

from ...support.builders import (
    DAY,
    LINTONG,
    PROVINCE,
    XIAN,
    a_department,
    a_permit,
    a_person,
    a_region_tree,
    a_shutdown,
    a_warehouse,
    a_wholesaler,
    a_workshop,
    an_enterprise,
    an_id,
)
from ...support.dates import in_days


def test_an_enterprise_sums_up_what_is_approved() -> None:
    producer, wholesaler = an_enterprise(), a_wholesaler()
    assert (producer.powder_workshops, producer.approved_persons) == (2, 12)
    assert (producer.approved_powder_kg, producer.approved_boxes) == (Decimal(25), Decimal(0))
    assert (wholesaler.approved_persons, wholesaler.approved_boxes) == (6, Decimal(1600))
    assert (wholesaler.approved_stock_kg, wholesaler.approved_powder_kg) == (Decimal(19201), Decimal(0))


def test_persons_are_counted_where_the_kind_of_enterprise_has_its_places() -> None:
    both = replace(an_enterprise(), warehouses=(a_warehouse(),))
    assert both.approved_persons == 12
    assert replace(both, kind=EnterpriseKind.WHOLESALE).approved_persons == 3


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"credit_code": "x"}, "creditCode", "统一社会信用代码应为18位，现为1位。"),
        ({"name": " "}, "name", "企业名称不能为空。"),
        ({"address": "长" * 201}, "address", "地址最多200个字，现有201个。"),
        ({"workshops": [a_workshop("7"), a_workshop("7")]}, "workshops", "工房编号“7”重复。"),
        ({"warehouses": [a_warehouse("A"), a_warehouse("A")]}, "warehouses", "仓库编号“A”重复。"),
    ],
)
def test_a_wrong_enterprise_is_refused(changes: dict[str, Any], field: str, sentence: str) -> None:
    right = an_enterprise()
    values = {
        "id": right.id,
        "credit_code": right.credit_code.text,
        "name": right.name,
        "kind": right.kind,
        "region_id": LINTONG,
        "address": right.address,
    }
    with pytest.raises(InvalidValue) as refused:
        Enterprise.parse(**{**values, **changes})
    assert (refused.value.field, refused.value.sentence) == (field, sentence)


def test_a_workshop_without_powder_has_no_powder_approved() -> None:
    with pytest.raises(InvalidValue) as refused:
        Workshop.parse(number="1", name="包装", powder=False, approved_persons=2, approved_powder_kg="0.1")
    assert refused.value.sentence == "非涉药工房的核定药量应为0。"


def test_everything_that_is_shown_has_a_name() -> None:
    assert set(KIND_NAMES) == set(PERMIT_OF) == set(EnterpriseKind)
    assert set(STOP_REASON_NAMES) == set(StopReason)
    assert set(CERTIFICATE_NAMES) == set(CertificateKind)


# ---------------------------------------------------------------- certificates


def test_a_certificate_is_valid_on_both_its_ends() -> None:
    permit = a_permit(an_enterprise())
    day = timedelta(days=1)
    days = (permit.issued_on - day, permit.issued_on, permit.expires_on, permit.expires_on + day)
    assert [permit.valid_on(each) for each in days] == [False, True, True, False]


def test_a_certificate_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidValue) as refused:
        a_permit(an_enterprise(), issued=DAY, expires=DAY)
    assert (refused.value.field, refused.value.sentence) == (
        "expiresOn",
        f"有效期至{DAY}应晚于发证日期{DAY}。",
    )


@pytest.mark.parametrize(
    ("kind", "number", "usual"),
    [
        (CertificateKind.PRODUCTION_PERMIT, "（陕）YH安许证字〔2023〕000123", True),
        (CertificateKind.PRODUCTION_PERMIT, "(陕)YH安许证字〔2023〕000123", True),
        (CertificateKind.PRODUCTION_PERMIT, "(陕)YH安许证字[2023]000123", False),
        (CertificateKind.PRODUCTION_PERMIT, "(陕)YH安许证字〔2023〕123", False),
        (CertificateKind.WHOLESALE_PERMIT, "(陕)PF〔2023〕0001", True),
        (CertificateKind.WHOLESALE_PERMIT, "(陕)YH安许证字〔2023〕000123", False),
        (CertificateKind.SPECIAL_OPERATION_CARD, "随便什么", True),
    ],
)
def test_an_odd_number_is_noticed_and_never_refused(kind: CertificateKind, number: str, usual: bool) -> None:
    certificate = replace(a_permit(an_enterprise()), kind=kind, number=number)
    assert number_is_usual(kind, number) is certificate.number_is_usual is usual
    assert a_permit(an_enterprise(), number=number).number == number


def test_the_certificate_that_counts_is_the_one_that_lasts_longest() -> None:
    enterprise = an_enterprise()
    old = a_permit(enterprise, number="旧", expires=DAY + timedelta(days=38))
    new = a_permit(enterprise, number="新", expires=DAY + timedelta(days=400))
    other: Certificate = replace(
        new, kind=CertificateKind.HEAD_QUALIFICATION, expires_on=DAY + timedelta(days=1_200)
    )
    assert counts_on(DAY, [old, new, other], CertificateKind.PRODUCTION_PERMIT) is new
    assert counts_on(DAY, [new, old], CertificateKind.PRODUCTION_PERMIT) is new
    assert counts_on(DAY, [other], CertificateKind.PRODUCTION_PERMIT) is None


def test_a_certificate_that_is_valid_on_the_day_goes_before_one_that_lasts_longer() -> None:
    enterprise = an_enterprise()
    current = a_permit(enterprise, number="现", expires=DAY)
    renewed = a_permit(
        enterprise, number="续", issued=DAY + timedelta(days=1), expires=DAY + timedelta(days=800)
    )
    for day, counts in (
        (DAY, current),
        (DAY + timedelta(days=1), renewed),
        (DAY + timedelta(days=801), renewed),
    ):
        assert counts_on(day, [current, renewed], current.kind) is counts


# ---------------------------------------------------------------- regions


REGIONS = {region.id: region for region in a_region_tree()}


def a_new_region(level: Level, above: RegionId | None) -> Region:
    parent = None if above is None else REGIONS[above]
    return Region.parse(" 610199 ", "新区", level, parent, True, " 610116")


@pytest.mark.parametrize(
    ("level", "above"),
    [(Level.PROVINCE, None), (Level.CITY, PROVINCE), (Level.COUNTY, XIAN), (Level.COUNTY, PROVINCE)],
)
def test_a_city_lies_below_the_province_and_a_county_below_a_city_or_directly_below_the_province(
    level: Level, above: RegionId | None
) -> None:
    assert a_new_region(level, above) == Region(
        RegionId("610199"), "新区", level, above, local=True, gb_code="610116"
    )


@pytest.mark.parametrize(
    ("level", "above", "sentence"),
    [
        (Level.PROVINCE, PROVINCE, "省级区域没有上级，市级和县级区域必须有上级。"),
        (Level.CITY, None, "省级区域没有上级，市级和县级区域必须有上级。"),
        (Level.COUNTY, None, "省级区域没有上级，市级和县级区域必须有上级。"),
        (Level.CITY, XIAN, "市级区域的上级应为省级区域，西安市为市级区域。"),
        (Level.CITY, LINTONG, "市级区域的上级应为省级区域，临潼区为县级区域。"),
        (Level.COUNTY, LINTONG, "县级区域的上级应为市级或省级区域，临潼区为县级区域。"),
    ],
)
def test_a_region_below_one_of_the_wrong_level_is_refused(
    level: Level, above: RegionId | None, sentence: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        a_new_region(level, above)
    assert (refused.value.sentence, refused.value.field) == (sentence, "parentId")


# ---------------------------------------------------------------- shutdown periods


def test_a_shutdown_covers_both_its_ends_unless_it_is_cancelled() -> None:
    period = a_shutdown(LINTONG, first=DAY, last=DAY + timedelta(days=1))
    days = [DAY + timedelta(days=n) for n in (-1, 0, 1, 2)]
    assert [period.covers(day) for day in days] == [False, True, True, False]
    assert not any(replace(period, cancelled=True).covers(day) for day in days)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"region_id": None}, "enterpriseId", "停产期必须且只能针对一家企业或一个区域。"),
        ({"enterprise_id": an_enterprise().id}, "enterpriseId", "停产期必须且只能针对一家企业或一个区域。"),
        (
            {"last_day": DAY - timedelta(days=1)},
            "lastDay",
            f"停产期的结束日期{in_days(-1)}早于开始日期{DAY}。",
        ),
        ({"last_day": DAY + timedelta(days=366)}, "lastDay", "停产期最长366天，现为367天。"),
        ({"note": "长" * 201}, "note", "说明最多200个字，现有201个。"),
    ],
)
def test_a_wrong_shutdown_is_refused(changes: dict[str, Any], field: str, sentence: str) -> None:
    values = {
        "id": ShutdownPeriodId(an_id("x")),
        "enterprise_id": None,
        "region_id": LINTONG,
        "first_day": DAY,
        "last_day": DAY + timedelta(days=365),
        "reason": StopReason.HOLIDAY,
    }
    assert ShutdownPeriod.parse(**values).last_day == DAY + timedelta(days=365)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue) as refused:
        ShutdownPeriod.parse(**{**values, **changes})
    assert (refused.value.field, refused.value.sentence) == (field, sentence)


# ---------------------------------------------------------------- departments and people


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"jurisdiction": frozenset()}, "jurisdiction", "部门至少要有一个管辖区域。"),
        ({"level": Level.CITY}, "parentId", "市级部门必须有上级部门。"),
        ({"parent_id": a_department().id}, "parentId", "部门不能是自己的上级。"),
        ({"parent_id": DepartmentId(an_id("d"))}, "parentId", "省级部门没有上级部门。"),
        ({"name": ""}, "name", "部门名称不能为空。"),
    ],
)
def test_a_wrong_department_is_refused(changes: dict[str, Any], field: str, sentence: str) -> None:
    values = {
        "id": a_department().id,
        "name": "厅",
        "level": Level.PROVINCE,
        "parent_id": None,
        "jurisdiction": frozenset({LINTONG}),
    }
    with pytest.raises(InvalidValue) as refused:
        Department.parse(**{**values, **changes})
    assert (refused.value.field, refused.value.sentence) == (field, sentence)


@pytest.mark.parametrize(("upper", "lower"), list(product(Level, Level)))
def test_a_department_stands_below_a_higher_one_and_over_regions_that_are_not_higher(
    upper: Level, lower: Level
) -> None:
    ranks = list(Level)
    above, below = (Department(DepartmentId(an_id(x)), "局", x, None, frozenset()) for x in (upper, lower))
    region = Region(XIAN, "区", upper, None)
    in_order = ranks.index(upper) < ranks.index(lower)
    for check, field in (
        (lambda: below.check_place(above, []), "parentId"),
        (lambda: above.check_below([below]), "level"),
    ):
        assert (refused_field(check) == field) is not in_order
    assert (refused_field(lambda: below.check_place(None, [region])) == "jurisdiction") is in_order


def refused_field(check: Callable[[], object]) -> str | None:
    try:
        check()
    except InvalidValue as refused:
        return refused.field
    return None


def test_a_person_has_exactly_one_employer() -> None:
    for department, enterprise in ((None, None), (DepartmentId(an_id("d")), an_enterprise().id)):
        with pytest.raises(InvalidValue) as refused:
            Person.parse(
                id=PersonId(an_id("p")),
                name="李红",
                phone="13900000001",
                role=Role.INSPECTOR,
                department_id=department,
                enterprise_id=enterprise,
            )
        assert refused.value.sentence == "人员必须且只能属于一个部门或一家企业。"


@pytest.mark.parametrize("role", Role)
def test_a_role_belongs_to_departments_or_to_enterprises(role: Role) -> None:
    right, wrong = (
        (an_enterprise(), a_department()) if role in ENTERPRISE_ROLES else (a_department(), an_enterprise())
    )
    assert a_person("李红", role, of=right).role is role
    with pytest.raises(InvalidValue) as refused:
        a_person("李红", role, of=wrong)
    assert refused.value.field == "role"


def test_every_role_is_of_one_sort() -> None:
    sorts = [ENTERPRISE_ROLES, REGULATOR_ROLES, ADMINISTRATOR_ROLES]
    assert all(sum(role in sort for sort in sorts) == 1 for role in Role)


# ---------------------------------------------------------------- SMS


def test_a_receipt_never_takes_an_sms_back() -> None:
    final = {SmsState.DELIVERED, SmsState.FAILED, SmsState.DROPPED}
    assert not [pair for pair in SMS_TRANSITIONS if pair[0] in final]
    assert not [pair for pair in SMS_TRANSITIONS if pair[1] is SmsState.QUEUED]
    assert (SmsState.ACCEPTED, SmsState.DELIVERED) in SMS_TRANSITIONS
