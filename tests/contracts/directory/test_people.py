"""People: where they belong, who covers a region, and who is found by whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.refusals import NotFound
from yanbao.domain.values import PersonId

from ...support.builders import (
    CHANGAN,
    LINTONG,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING_COUNTY,
    a_department,
    a_department_tree,
    a_person,
    an_enterprise,
    an_id,
    seen_by,
    seen_from,
)
from ...support.settling import settle_in
from ..conftest import World

PROVINCIAL, XIAN_BUREAU, WEINAN_BUREAU, YANGLING_BUREAU, LINTONG_BUREAU, CHANGAN_BUREAU, PUCHENG_BUREAU = (
    a_department_tree()
)

# ---------------------------------------------------------------- people


def test_every_field_of_a_person_comes_back(storage: Storage) -> None:
    enterprise = an_enterprise()
    people = (
        a_person("赵值班", of=LINTONG_BUREAU),
        a_person("钱厂长", Role.ENTERPRISE_HEAD, of=enterprise, active=False),
    )
    settle_in(storage, SYSTEM, enterprise, *people)
    with storage.work(SYSTEM) as work:
        for person in people:
            assert work.people.get(person.id, within=EVERYTHING) == person


def test_a_person_can_change_everything_but_the_id(storage: Storage) -> None:
    before = a_person("赵值班", of=LINTONG_BUREAU)
    after = replace(a_person("赵主任", Role.INSPECTOR, of=XIAN_BUREAU, active=False), id=before.id)
    settle_in(storage, SYSTEM, before, after)
    with storage.work(SYSTEM) as work:
        assert work.people.get(before.id, within=EVERYTHING) == after


def test_people_are_in_scope_with_their_department_or_enterprise(storage: Storage) -> None:
    enterprise, other = an_enterprise(), an_enterprise("西风烟花厂")
    officer = a_person("赵值班", of=LINTONG_BUREAU)
    head = a_person("钱厂长", Role.ENTERPRISE_HEAD, of=enterprise)
    settle_in(storage, SYSTEM, enterprise, other, officer, head)

    def seen(person_id: PersonId, scope: Scope) -> bool:
        try:
            work.people.get(person_id, within=scope)
        except NotFound:
            # That is the answer which is asked for.
            return False
        return True

    with storage.work(SYSTEM) as work:
        assert seen(officer.id, seen_from(XIAN)) and seen(head.id, seen_from(XIAN))
        assert not seen(officer.id, seen_from(CHANGAN)) and not seen(head.id, seen_from(CHANGAN))
        assert seen(head.id, seen_by(enterprise))
        assert not seen(head.id, seen_by(other)) and not seen(officer.id, seen_by(enterprise))
        assert not seen(PersonId(an_id("nobody")), EVERYTHING)


def test_an_unknown_person_and_a_foreign_one_are_refused_in_the_same_words(storage: Storage) -> None:
    officer = a_person("赵值班", of=LINTONG_BUREAU)
    settle_in(storage, SYSTEM, officer)
    with storage.work(SYSTEM) as work:
        with pytest.raises(NotFound) as unknown:
            work.people.get(PersonId(an_id("nobody")), within=seen_from(WEINAN))
        with pytest.raises(NotFound) as foreign:
            work.people.get(officer.id, within=seen_from(WEINAN))
    assert str(unknown.value) == str(foreign.value)


def test_an_import_finds_a_person_by_name_phone_and_employer(storage: Storage) -> None:
    enterprise = an_enterprise()
    officer = a_person("赵值班", of=LINTONG_BUREAU, phone="13900000001")
    head = a_person("赵值班", Role.ENTERPRISE_HEAD, of=enterprise, phone="13900000001")
    settle_in(storage, SYSTEM, enterprise, officer, head)
    with storage.work(SYSTEM) as work:

        def find(name: str, phone: str, *, department: bool = False) -> object:
            return work.people.find_in(
                name=name,
                phone=phone,
                department_id=LINTONG_BUREAU.id if department else None,
                enterprise_id=None if department else enterprise.id,
            )

        assert find("赵值班", "13900000001") == head
        assert find("赵值班", "13900000001", department=True) == officer
        assert find("赵值班", "13900000002") is None
        assert find("赵", "13900000001") is None


def test_heads_are_the_active_heads_of_the_enterprises_that_are_asked_for(storage: Storage) -> None:
    one, two, three = an_enterprise("一厂"), an_enterprise("二厂"), an_enterprise("三厂")
    head = a_person("甲", Role.ENTERPRISE_HEAD, of=one)
    second = a_person("乙", Role.ENTERPRISE_HEAD, of=one)
    settle_in(
        storage,
        SYSTEM,
        *(one, two, three, head, second),
        a_person("丙", Role.SAFETY_MANAGER, of=one),
        a_person("丁", Role.ENTERPRISE_HEAD, of=two, active=False),
        a_person("戊", Role.ENTERPRISE_HEAD, of=three),
    )
    with storage.work(SYSTEM) as work:
        heads = work.people.heads_of([one.id, two.id])
        assert work.people.heads_of([]) == {}
    assert set(heads) == {one.id}
    assert set(heads[one.id]) == {head, second}


def test_people_are_found_by_id_wherever_they_belong_and_though_they_have_left(storage: Storage) -> None:
    factory = an_enterprise()
    officer, head = a_person("县值班", of=LINTONG_BUREAU), a_person("甲", Role.ENTERPRISE_HEAD, of=factory)
    left = a_person("已离职", of=LINTONG_BUREAU, active=False)
    settle_in(storage, SYSTEM, factory, officer, head, left, a_person("他人", of=LINTONG_BUREAU))
    with storage.work(SYSTEM) as work:
        wanted = [officer.id, head.id, left.id, PersonId(an_id("nobody"))]
        assert work.people.find_all(wanted) == {person.id: person for person in (officer, head, left)}
        assert work.people.find_all([]) == {}


def test_duty_persons_cover_a_region_through_the_jurisdiction_of_their_department(storage: Storage) -> None:
    county = a_person("县值班", of=LINTONG_BUREAU)
    city = a_person("市值班", of=XIAN_BUREAU)
    local = a_person("示范区值班", of=YANGLING_BUREAU)
    inspector = a_person("检查员", Role.INSPECTOR, of=LINTONG_BUREAU)
    settle_in(
        storage,
        SYSTEM,
        *(county, city, local),
        a_person("已离职", of=LINTONG_BUREAU, active=False),
        inspector,
    )
    regions = [LINTONG, CHANGAN, YANGLING_COUNTY]
    with storage.work(SYSTEM) as work:
        of_county = work.people.covering(regions, Level.COUNTY, Role.DUTY_PERSON)
        of_city = work.people.covering(regions, Level.CITY, Role.DUTY_PERSON)
        of_province = work.people.covering(regions, Level.PROVINCE, Role.DUTY_PERSON)
        inspectors = work.people.covering(regions, Level.COUNTY, Role.INSPECTOR)
    assert [inspectors.get(region, ()) for region in regions] == [(inspector,), (), ()]
    assert [of_county.get(region, ()) for region in regions] == [(county,), (), ()]
    assert [of_city.get(region, ()) for region in regions] == [(city,), (city,), (local,)]
    assert [of_province.get(region, ()) for region in regions] == [(), (), ()]


def test_a_duty_person_of_two_regions_is_named_once_for_each(storage: Storage) -> None:
    both = a_department("双区局", level=Level.COUNTY, over=[LINTONG, CHANGAN, XIAN], parent=XIAN_BUREAU)
    person = a_person("双区值班", of=both)
    settle_in(storage, SYSTEM, both, person)
    with storage.work(SYSTEM) as work:
        found = work.people.covering([LINTONG, CHANGAN], Level.COUNTY, Role.DUTY_PERSON)
    assert found.get(LINTONG) == (person,) and found.get(CHANGAN) == (person,)


def test_the_people_of_a_department_are_its_own(storage: Storage) -> None:
    one, two = a_person("甲", of=LINTONG_BUREAU), a_person("乙", Role.INSPECTOR, of=LINTONG_BUREAU)
    settle_in(storage, SYSTEM, one, two, a_person("丙", of=XIAN_BUREAU))
    with storage.work(SYSTEM) as work:
        found = work.people.in_departments([LINTONG_BUREAU.id, PUCHENG_BUREAU.id])
        assert found == {LINTONG_BUREAU.id: tuple(sorted((one, two), key=lambda person: person.id))}
        assert work.people.in_departments([]) == {}


# ---------------------------------------------------------------- reading them


def test_readers_give_people_in_scope_with_every_field(world: World) -> None:
    enterprise = an_enterprise()
    officer = a_person("赵值班", of=LINTONG_BUREAU)
    head = a_person("钱厂长", Role.ENTERPRISE_HEAD, of=enterprise, active=False)
    settle_in(world.storage, SYSTEM, enterprise, officer, head)
    ids = [officer.id, head.id, PersonId(an_id("nobody"))]
    people = world.readers.directory.people(ids, seen_from(LINTONG))
    for person in (officer, head):
        row = people[person.id]
        assert (row.id, row.name, row.phone, row.role) == (
            person.id,
            person.name,
            person.phone.text,
            person.role,
        )
        assert (row.department_id, row.enterprise_id) == (person.department_id, person.enterprise_id)
        assert row.active is person.active
    assert set(world.readers.directory.people(ids, seen_by(enterprise))) == {head.id}
    assert world.readers.directory.people(ids, seen_from(PUCHENG)) == {}
    assert set(world.readers.directory.people(ids, EVERYTHING)) == {officer.id, head.id}


def test_readers_group_people_by_department_and_enterprise_within_the_scope(world: World) -> None:
    near, far = an_enterprise("近厂"), an_enterprise("远厂", region=PUCHENG)
    one, two = a_person("甲", of=LINTONG_BUREAU), a_person("乙", of=LINTONG_BUREAU)
    settle_in(
        world.storage,
        SYSTEM,
        *(near, far, one, two),
        a_person("丙", of=PUCHENG_BUREAU),
        a_person("丁", Role.ENTERPRISE_HEAD, of=near),
        a_person("戊", Role.ENTERPRISE_HEAD, of=far),
    )
    directory = world.readers.directory
    of_departments = directory.people_of_departments(
        [LINTONG_BUREAU.id, PUCHENG_BUREAU.id, CHANGAN_BUREAU.id], seen_from(XIAN)
    )
    assert {id: {p.id for p in people} for id, people in of_departments.items() if people} == {
        LINTONG_BUREAU.id: {one.id, two.id}
    }
    of_enterprises = directory.people_of_enterprises([near.id, far.id], seen_from(XIAN))
    assert {id: [p.name for p in people] for id, people in of_enterprises.items() if people} == {
        near.id: ["丁"]
    }
    own = directory.people_of_enterprises([near.id, far.id], seen_by(far))
    assert {id: [p.name for p in people] for id, people in own.items() if people} == {far.id: ["戊"]}
