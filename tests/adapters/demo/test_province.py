"""The demo province is plausible, unique where it must be, and the same for the same arguments."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from yanbao.adapters.demo.names import PHONE_BLOCK
from yanbao.adapters.demo.province import Province, build_province
from yanbao.domain.directory.certificate import PERMIT_OF, Certificate, CertificateKind
from yanbao.domain.directory.enterprise import Enterprise, EnterpriseKind, StopReason
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.values import CreditCode

from ...support.dates import TODAY


@pytest.fixture(scope="module")
def province() -> Province:
    return build_province(today=TODAY)


def test_has_every_region_of_the_official_list_and_the_two_local_ones(province: Province) -> None:
    levels = Counter(region.level for region in province.regions)
    assert levels == {Level.PROVINCE: 1, Level.CITY: 12, Level.COUNTY: 107}
    local = {(r.id, r.name, r.gb_code, r.parent_id) for r in province.regions if r.local}
    assert local == {
        ("611100", "杨凌示范区", "610403", "610000"),
        ("616900", "西咸新区", "610100", "610000"),
    }


def test_every_region_stands_after_its_parent_and_every_department_too(province: Province) -> None:
    seen: set[object] = {None}
    for region in province.regions:
        assert region.parent_id in seen
        seen.add(region.id)
    for department in province.departments:
        assert department.parent_id in seen
        seen.add(department.id)


def test_every_department_stands_where_the_directory_would_accept_it(province: Province) -> None:
    offices = {department.id: department for department in province.departments}
    for department in province.departments:
        parent = None if department.parent_id is None else offices[department.parent_id]
        department.check_place(parent, [r for r in province.regions if r.id in department.jurisdiction])


def test_every_region_has_one_department_of_its_rank_with_a_name_of_its_own(province: Province) -> None:
    by_region = {next(iter(d.jurisdiction)): d for d in province.departments}
    assert by_region.keys() == {region.id for region in province.regions}
    assert all(by_region[region.id].level is region.level for region in province.regions)
    assert len({d.name for d in province.departments}) == 120
    names = {by_region[r].name for r in by_region if r in ("610000", "610500", "610526", "611100")}
    assert names == {"陕西省应急管理厅", "渭南市应急管理局", "蒲城县应急管理局", "杨凌示范区应急管理局"}


def test_every_department_has_a_head_inspectors_and_a_duty_person(province: Province) -> None:
    roles = {d.id: Counter[Role]() for d in province.departments}
    for person in province.people:
        if person.department_id is not None:
            roles[person.department_id][person.role] += 1
    assert all(found[Role.DEPARTMENT_HEAD] == 1 for found in roles.values())
    assert all(found[Role.INSPECTOR] >= 1 and found[Role.DUTY_PERSON] >= 1 for found in roles.values())
    administrators = {
        id for id, found in roles.items() if any(role.name.endswith("ADMINISTRATOR") for role in found)
    }
    assert administrators == {province.departments[0].id}


def test_every_enterprise_has_a_head_and_one_or_two_safety_managers(province: Province) -> None:
    staff: dict[object, list[Role]] = {}
    for person in province.people:
        if person.enterprise_id is not None:
            staff.setdefault(person.enterprise_id, []).append(person.role)
    assert staff.keys() == {e.id for e in province.enterprises}
    assert all(roles.count(Role.ENTERPRISE_HEAD) == 1 for roles in staff.values())
    assert {roles.count(Role.SAFETY_MANAGER) for roles in staff.values()} == {1, 2}


def test_names_codes_phones_and_ids_are_unique_also_in_a_large_province() -> None:
    large = build_province(enterprises=3000, today=TODAY)
    for values in (
        [e.name for e in large.enterprises],
        [e.credit_code for e in large.enterprises],
        [p.phone for p in large.people],
        [p.id for p in large.people],
        [c.id for c in large.certificates],
        [(c.enterprise_id, c.number) for c in large.certificates],
        [a.username for a in large.accounts],
        [a.person_id for a in large.accounts],
    ):
        assert len(values) == len(set(values)) >= 3000
    assert len(large.enterprises) == 3000


def test_credit_codes_are_valid_and_phones_are_of_a_block_that_is_nobodys(province: Province) -> None:
    for enterprise in province.enterprises:
        text = enterprise.credit_code.text
        assert CreditCode.parse(text) == enterprise.credit_code
        assert text.startswith("9161") and text[8:12] == "MAXX"
    assert all(person.phone.text.startswith(PHONE_BLOCK) for person in province.people)


def test_producers_sit_mostly_in_weinan_and_wholesalers_across_the_province(province: Province) -> None:
    producers = [e for e in province.enterprises if e.kind is EnterpriseKind.PRODUCTION]
    wholesalers = [e for e in province.enterprises if e.kind is EnterpriseKind.WHOLESALE]
    assert (len(producers), len(wholesalers)) == (50, 110)
    cities = Counter(e.region_id[:4] for e in producers)
    assert cities.most_common(1)[0][0] == "6105" and cities["6105"] > 25
    assert {"6103", "6104", "6107"} < cities.keys()
    assert Counter(e.region_id for e in producers).most_common(1)[0][0] == "610526"
    places = Counter(e.region_id for e in wholesalers)
    assert len(places) == 109 and set(places.values()) <= {1, 2}
    assert {"611100", "616900"} < places.keys()


def test_producers_have_workshops_and_wholesalers_warehouses(province: Province) -> None:
    for enterprise in province.enterprises:
        if enterprise.kind is EnterpriseKind.PRODUCTION:
            assert 8 <= len(enterprise.workshops) <= 40 and not enterprise.warehouses
            assert 0 < enterprise.powder_workshops < len(enterprise.workshops)
            assert enterprise.approved_powder_kg > 0
        else:
            assert 2 <= len(enterprise.warehouses) <= 8 and not enterprise.workshops
            assert enterprise.approved_boxes > 0 and enterprise.approved_stock_kg > 0
        assert enterprise.approved_persons > 0


def _permits(province: Province) -> list[tuple[Enterprise, Certificate]]:
    by_id = {e.id: e for e in province.enterprises}
    return [
        (by_id[c.enterprise_id], c)
        for c in province.certificates
        if c.kind is PERMIT_OF[by_id[c.enterprise_id].kind]
    ]


def test_every_enterprise_has_its_own_kinds_permit_and_most_are_valid_for_long(province: Province) -> None:
    permits = _permits(province)
    assert len(permits) == 160
    left = [(c.expires_on - TODAY).days for _, c in permits]
    assert sum(days > 120 for days in left) > 100
    expired = [e for e, c in permits if not c.valid_on(TODAY) and e.kind is EnterpriseKind.PRODUCTION]
    assert 3 <= len(expired) <= 5


@pytest.mark.parametrize(
    ("until", "since"), [(120, 90), (90, 60), (60, 30), (30, 15), (15, 7), (7, 1), (1, 0), (0, -1)]
)
def test_some_permit_is_in_every_window(province: Province, until: int, since: int) -> None:
    assert any(since < (c.expires_on - TODAY).days <= until for _, c in _permits(province))


def test_a_few_numbers_are_odd_and_the_rest_usual(province: Province) -> None:
    odd = sum(not certificate.number_is_usual for _, certificate in _permits(province))
    assert 0 < odd < 16


def test_qualifications_belong_to_people_and_cards_have_two_due_dates(province: Province) -> None:
    employers = {p.id: p.enterprise_id for p in province.people}
    kinds = Counter(c.kind for c in province.certificates)
    assert kinds[CertificateKind.HEAD_QUALIFICATION] == 160
    assert kinds[CertificateKind.SAFETY_MANAGER_QUALIFICATION] > 160
    for certificate in province.certificates:
        if certificate.person_id is not None:
            assert employers[certificate.person_id] == certificate.enterprise_id
    cards = [c for c in province.certificates if c.kind is CertificateKind.SPECIAL_OPERATION_CARD]
    reviewed = [c for c in cards if c.review_due_on is not None]
    assert len(reviewed) >= 50
    assert all(c.review_due_on and c.issued_on < c.review_due_on < c.expires_on for c in reviewed)


def test_some_enterprises_and_one_county_stand_still_today(province: Province) -> None:
    periods = province.shutdown_periods
    now = [p for p in periods if p.covers(TODAY)]
    assert sum(p.enterprise_id is not None for p in now) == 8
    assert [p.region_id for p in now if p.region_id is not None] == ["610524"]
    assert all(p.covers(TODAY + timedelta(days=1)) for p in now)
    assert sum(p.last_day < TODAY for p in periods) == 1
    assert sum(p.first_day > TODAY for p in periods) == 1
    assert sum(p.cancelled for p in periods) == 1


def test_one_account_for_show_of_every_role_and_level(province: Province) -> None:
    assert [account.username for account in province.show_accounts] == [
        *(
            f"{level}-{role}"
            for level in ("province", "city", "county")
            for role in ("head", "inspector", "duty")
        ),
        "enterprise-head",
        "enterprise-manager",
        "system-admin",
        "security-admin",
        "audit-admin",
    ]
    county = next(account for account in province.show_accounts if account.username == "county-head")
    assert county.role == "部门负责人" and county.who.startswith("蒲城县应急管理局 ")


def test_every_enterprise_head_and_county_duty_person_has_an_account(province: Province) -> None:
    with_account = {account.person_id: account.role for account in province.accounts}
    heads = [p for p in province.people if p.role is Role.ENTERPRISE_HEAD]
    assert all(with_account[head.id] is Role.ENTERPRISE_HEAD for head in heads)
    counties = {d.id for d in province.departments if d.level is Level.COUNTY}
    on_duty = [p for p in province.people if p.role is Role.DUTY_PERSON and p.department_id in counties]
    assert len(on_duty) == 107 and all(person.id in with_account for person in on_duty)


def test_the_same_arguments_give_the_same_province_and_another_seed_another(province: Province) -> None:
    assert build_province(today=TODAY) == province
    other = build_province(seed=7, today=TODAY)
    assert {e.id for e in other.enterprises}.isdisjoint(e.id for e in province.enterprises)


def test_ids_do_not_depend_on_the_day(province: Province) -> None:
    later = build_province(today=TODAY + timedelta(days=400))
    for of in ("departments", "people", "enterprises", "certificates", "shutdown_periods"):
        assert [x.id for x in getattr(later, of)] == [x.id for x in getattr(province, of)]
    assert later.accounts == province.accounts


def test_a_larger_province_begins_with_the_smaller_one(province: Province) -> None:
    larger = build_province(enterprises=200, today=TODAY)
    assert larger.enterprises[:160] == province.enterprises
    assert larger.certificates[: len(province.certificates)] == province.certificates


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2027, 2, 28), date(2026, 12, 31)])
def test_any_day_will_do(day: date) -> None:
    on_that_day = build_province(enterprises=40, today=day)
    assert any(p.covers(day) for p in on_that_day.shutdown_periods)
    assert any(c.valid_on(day) for c in on_that_day.certificates)


@pytest.mark.parametrize("count", [0, -1, 20_001])
def test_too_few_or_too_many_enterprises_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 20000"):
        build_province(enterprises=count, today=TODAY)


def test_the_smallest_province_has_everything_to_show() -> None:
    smallest = build_province(enterprises=1, today=TODAY)
    assert [e.name for e in smallest.enterprises] == ["蒲城县红光烟花爆竹有限公司"]
    assert len(smallest.show_accounts) == 14


@pytest.mark.parametrize(
    ("month", "hot"), [(1, False), (5, False), (6, True), (9, True), (10, False), (12, False)]
)
def test_nobody_stops_because_of_the_heat_outside_the_hot_months(month: int, hot: bool) -> None:
    province = build_province(enterprises=120, today=TODAY.replace(month=month, day=20))
    reasons = {period.reason for period in province.shutdown_periods}
    assert (StopReason.HIGH_TEMPERATURE in reasons) is hot
