"""Regions, departments and people: two trees, who covers what, and what a scope reaches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM, Scope
from yanbao.application.ports.storage import Storage
from yanbao.domain.organisation import Level, Role
from yanbao.domain.refusals import NotFound, Refused
from yanbao.domain.values import DepartmentId, PersonId, RegionId

from ..support.builders import (
    CHANGAN,
    LINTONG,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_department,
    a_department_tree,
    a_person,
    a_region,
    a_region_tree,
    an_enterprise,
    an_id,
    seen_by,
    seen_from,
    settle_in,
)
from .conftest import Rig

PROVINCIAL, XIAN_BUREAU, WEINAN_BUREAU, YANGLING_BUREAU, LINTONG_BUREAU, CHANGAN_BUREAU, PUCHENG_BUREAU = (
    a_department_tree()
)


def test_every_field_of_a_region_comes_back(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        for region in a_region_tree():
            assert work.regions.find(region.id) == region
        assert work.regions.find(RegionId("999999")) is None


def test_a_region_can_be_renamed(storage: Storage) -> None:
    renamed = replace(a_region_tree()[4], name="新临潼", gb_code=None, local=True)
    settle_in(storage, SYSTEM, renamed)
    with storage.work(SYSTEM) as work:
        assert work.regions.find(LINTONG) == renamed
        assert work.regions.lineage(LINTONG) == (LINTONG, XIAN, PROVINCE)


def test_the_lineage_of_a_region_begins_with_itself(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(LINTONG) == (LINTONG, XIAN, PROVINCE)
        assert work.regions.lineage(PROVINCE) == (PROVINCE,)
        assert work.regions.lineage(RegionId("999999")) == ()


def test_all_lineages_together_are_those_of_each_region(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        lineages = dict(work.regions.lineages())
        assert lineages == {region.id: work.regions.lineage(region.id) for region in a_region_tree()}


def test_a_local_region_of_city_rank_has_regions_below_it(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(YANGLING_COUNTY) == (YANGLING_COUNTY, YANGLING, PROVINCE)
        assert work.regions.within(YANGLING_COUNTY, seen_from(YANGLING))
        assert not work.regions.within(YANGLING_COUNTY, seen_from(XIAN, WEINAN))


def test_a_region_lies_within_the_subtrees_of_a_scope(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.regions.within(LINTONG, seen_from(PROVINCE))
        assert work.regions.within(LINTONG, seen_from(WEINAN, XIAN))
        assert work.regions.within(LINTONG, seen_from(LINTONG))
        assert work.regions.within(LINTONG, EVERYTHING)
        assert not work.regions.within(XIAN, seen_from(LINTONG))
        assert not work.regions.within(LINTONG, seen_from(WEINAN))
        assert not work.regions.within(LINTONG, NOTHING)
        assert not work.regions.within(LINTONG, seen_by(an_enterprise()))


def test_a_new_parent_takes_the_whole_subtree_along(storage: Storage) -> None:
    street = a_region("610599", "某街道", Level.COUNTY, LINTONG)
    moved = a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN, gb_code="610115")
    settle_in(storage, SYSTEM, street, moved)
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(street.id) == (street.id, LINTONG, WEINAN, PROVINCE)
        assert work.regions.within(street.id, seen_from(WEINAN))
        assert not work.regions.within(street.id, seen_from(XIAN))
        assert work.regions.within(CHANGAN, seen_from(XIAN))


def test_a_region_that_moves_and_comes_back_is_where_it_was(storage: Storage) -> None:
    moved = a_region(XIAN, "西安市", Level.CITY, YANGLING)
    settle_in(storage, SYSTEM, moved)
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(LINTONG) == (LINTONG, XIAN, YANGLING, PROVINCE)
    settle_in(storage, SYSTEM, *a_region_tree())
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(LINTONG) == (LINTONG, XIAN, PROVINCE)


@pytest.mark.parametrize(
    "parent", [RegionId("999999"), XIAN, LINTONG], ids=["unknown", "itself", "below itself"]
)
def test_a_region_is_refused_below_a_parent_that_cannot_be(storage: Storage, parent: RegionId) -> None:
    with pytest.raises(Refused), storage.work(SYSTEM) as work:
        work.regions.save(a_region(XIAN, "西安市", Level.CITY, parent))
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(XIAN) == (XIAN, PROVINCE)


# ---------------------------------------------------------------- departments


def test_every_field_of_a_department_comes_back(storage: Storage) -> None:
    several = a_department("联合局", level=Level.CITY, over=[XIAN, WEINAN], parent=PROVINCIAL)
    settle_in(storage, SYSTEM, several)
    with storage.work(SYSTEM) as work:
        for department in (*a_department_tree(), several):
            assert work.departments.get(department.id, within=EVERYTHING) == department
            assert work.departments.by_name(department.name) == department
        assert work.departments.by_name("没有这个局") is None


def test_a_department_can_get_another_jurisdiction(storage: Storage) -> None:
    changed = replace(LINTONG_BUREAU, jurisdiction=frozenset({LINTONG, CHANGAN}), name="临潼长安局")
    settle_in(storage, SYSTEM, changed)
    with storage.work(SYSTEM) as work:
        assert work.departments.get(changed.id, within=seen_from(XIAN)) == changed
        with pytest.raises(NotFound):
            work.departments.get(changed.id, within=seen_from(LINTONG))


def test_a_department_is_in_scope_with_its_whole_jurisdiction(storage: Storage) -> None:
    both = a_department("跨市局", level=Level.CITY, over=[LINTONG, PUCHENG], parent=PROVINCIAL)
    settle_in(storage, SYSTEM, both)
    with storage.work(SYSTEM) as work:
        assert work.departments.get(both.id, within=seen_from(XIAN, WEINAN)) == both
        assert work.departments.get(both.id, within=seen_from(PROVINCE)) == both
        for scope in (
            seen_from(XIAN),
            seen_from(WEINAN),
            seen_from(LINTONG),
            NOTHING,
            seen_by(an_enterprise()),
        ):
            with pytest.raises(NotFound):
                work.departments.get(both.id, within=scope)


def test_a_region_is_answered_for_by_the_department_that_has_it_or_by_the_nearest_above(
    storage: Storage,
) -> None:
    settle_in(storage, SYSTEM, a_region("610117", "高陵区", Level.COUNTY, XIAN))
    with storage.work(SYSTEM) as work:
        expected = {
            PROVINCE: PROVINCIAL,
            XIAN: XIAN_BUREAU,
            LINTONG: LINTONG_BUREAU,
            RegionId("610117"): XIAN_BUREAU,
            YANGLING_COUNTY: YANGLING_BUREAU,
        }
        assert {region: work.departments.answering_for(region) for region in expected} == expected
        assert work.departments.answering_for(RegionId("999999")) is None


def test_of_two_departments_with_the_same_region_the_lower_one_answers_for_it(storage: Storage) -> None:
    settle_in(storage, SYSTEM, replace(XIAN_BUREAU, jurisdiction=frozenset({XIAN, LINTONG})))
    with storage.work(SYSTEM) as work:
        assert work.departments.answering_for(LINTONG) == LINTONG_BUREAU
    twin = a_department("临潼区应急管理二局", level=Level.COUNTY, over=[LINTONG], parent=XIAN_BUREAU)
    settle_in(storage, SYSTEM, twin)
    with storage.work(SYSTEM) as work:
        found = work.departments.answering_for(LINTONG)
        assert found == min(LINTONG_BUREAU, twin, key=lambda department: department.id)


def test_above_a_department_are_its_parents_up_to_the_province(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.departments.above(LINTONG_BUREAU.id) == {XIAN_BUREAU.id, PROVINCIAL.id}
        assert work.departments.above(PROVINCIAL.id) == frozenset()
        assert work.departments.above(DepartmentId(an_id("department", "无"))) == frozenset()
    settle_in(storage, SYSTEM, replace(LINTONG_BUREAU, parent_id=WEINAN_BUREAU.id))
    with storage.work(SYSTEM) as work:
        assert work.departments.above(LINTONG_BUREAU.id) == {WEINAN_BUREAU.id, PROVINCIAL.id}


def test_departments_that_are_tied_in_a_circle_do_not_turn_for_ever(storage: Storage) -> None:
    settle_in(storage, SYSTEM, replace(XIAN_BUREAU, parent_id=LINTONG_BUREAU.id))
    with storage.work(SYSTEM) as work:
        assert work.departments.above(LINTONG_BUREAU.id) == {XIAN_BUREAU.id}


def test_an_unknown_department_and_a_foreign_one_are_refused_in_the_same_words(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        with pytest.raises(NotFound) as unknown:
            work.departments.get(DepartmentId(an_id("nobody")), within=seen_from(XIAN))
        with pytest.raises(NotFound) as foreign:
            work.departments.get(PUCHENG_BUREAU.id, within=seen_from(XIAN))
    assert str(unknown.value) == str(foreign.value)


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
        assert set(work.people.in_department(LINTONG_BUREAU.id)) == {one, two}
        assert work.people.in_department(PUCHENG_BUREAU.id) == ()


# ---------------------------------------------------------------- reading them


def test_readers_list_every_region_by_code(rig: Rig) -> None:
    rows = rig.readers.directory.regions()
    expected = sorted(a_region_tree(), key=lambda region: region.id)
    assert [(r.id, r.name, r.level, r.parent_id, r.local, r.gb_code) for r in rows] == [
        (r.id, r.name, r.level, r.parent_id, r.local, r.gb_code) for r in expected
    ]


def test_readers_give_departments_in_scope_with_their_jurisdiction_sorted(rig: Rig) -> None:
    both = a_department("跨区局", level=Level.COUNTY, over=[CHANGAN, LINTONG], parent=XIAN_BUREAU)
    settle_in(rig.storage, SYSTEM, both)
    ids = [both.id, PUCHENG_BUREAU.id, DepartmentId(an_id("nobody"))]
    found = rig.readers.directory.departments(ids, seen_from(XIAN))
    assert set(found) == {both.id}
    row = found[both.id]
    assert (row.id, row.name, row.level, row.parent_id) == (both.id, both.name, both.level, XIAN_BUREAU.id)
    assert row.jurisdiction == (LINTONG, CHANGAN)
    assert set(rig.readers.directory.departments(ids, EVERYTHING)) == {both.id, PUCHENG_BUREAU.id}
    assert rig.readers.directory.departments(ids, NOTHING) == {}


def test_readers_give_people_in_scope_with_every_field(rig: Rig) -> None:
    enterprise = an_enterprise()
    officer = a_person("赵值班", of=LINTONG_BUREAU)
    head = a_person("钱厂长", Role.ENTERPRISE_HEAD, of=enterprise, active=False)
    settle_in(rig.storage, SYSTEM, enterprise, officer, head)
    ids = [officer.id, head.id, PersonId(an_id("nobody"))]
    people = rig.readers.directory.people(ids, seen_from(LINTONG))
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
    assert set(rig.readers.directory.people(ids, seen_by(enterprise))) == {head.id}
    assert rig.readers.directory.people(ids, seen_from(PUCHENG)) == {}
    assert set(rig.readers.directory.people(ids, EVERYTHING)) == {officer.id, head.id}


def test_readers_group_people_by_department_and_enterprise_within_the_scope(rig: Rig) -> None:
    near, far = an_enterprise("近厂"), an_enterprise("远厂", region=PUCHENG)
    one, two = a_person("甲", of=LINTONG_BUREAU), a_person("乙", of=LINTONG_BUREAU)
    settle_in(
        rig.storage,
        SYSTEM,
        *(near, far, one, two),
        a_person("丙", of=PUCHENG_BUREAU),
        a_person("丁", Role.ENTERPRISE_HEAD, of=near),
        a_person("戊", Role.ENTERPRISE_HEAD, of=far),
    )
    directory = rig.readers.directory
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
