"""A department sees the phone numbers of those it must chase, by a field of its own; each reading is audited."""

from __future__ import annotations

from typing import Any

import pytest

from yanbao.domain.directory.organisation import Role

from ...support.asking import TODAY, World, a_world, commitment_of, id_of

SCENE = a_world()
NUMBER = "query($id: ID!) { node(id: $id) { ... on Person { id phone phoneNumber } } }"


def person_of(world: World, role: Role, *, region: str | None = None, enterprise: Any = None) -> Any:
    """Somebody of this role in the department of a region, or in an enterprise."""
    state = world.state
    for person in state.people.values():
        if person.role is role and person.enterprise_id == (enterprise and enterprise.id):
            department = person.department_id and state.departments[person.department_id]
            if region is None or region in department.jurisdiction:
                return person
    raise AssertionError(f"nobody is {role}")


def readings(world: World) -> list[Any]:
    return [entry for entry in world.state.audit.values() if entry.action == "PhoneNumberRead"]


def number(world: World, username: str, person: Any) -> tuple[str, str | None]:
    node = world(username).ask(NUMBER, id=id_of(person))["node"]
    return node["phone"], node["phoneNumber"]


@pytest.mark.parametrize("username", ["county-duty", "county-head", "city-inspector", "province-duty"])
@pytest.mark.parametrize("role", [Role.ENTERPRISE_HEAD, Role.SAFETY_MANAGER])
def test_a_department_sees_the_numbers_of_heads_and_safety_managers_in_its_jurisdiction(
    username: str, role: Role
) -> None:
    person = person_of(SCENE, role, enterprise=SCENE.red)
    masked, whole = number(SCENE, username, person)
    assert whole == person.phone.text and masked == person.phone.masked


@pytest.mark.parametrize("username", ["city-duty", "city-head", "province-head"])
def test_a_department_sees_the_numbers_of_duty_persons_below_it(username: str) -> None:
    person = person_of(SCENE, Role.DUTY_PERSON, region="610526")
    assert number(SCENE, username, person)[1] == person.phone.text


def test_it_does_not_see_those_of_others_below_it_or_of_its_own_colleagues() -> None:
    for role in (Role.DEPARTMENT_HEAD, Role.INSPECTOR):
        assert number(SCENE, "city-duty", person_of(SCENE, role, region="610526"))[1] is None
    colleague = person_of(SCENE, Role.DUTY_PERSON, region="610500")
    masked, whole = number(SCENE, "city-head", colleague)
    assert whole is None and "****" in masked


@pytest.mark.parametrize("username", ["enterprise-manager", "system-admin"])
def test_nobody_else_sees_any_number_but_the_own(username: str) -> None:
    head = person_of(SCENE, Role.ENTERPRISE_HEAD, enterprise=SCENE.red)
    assert number(SCENE, username, head)[1] is None
    own = SCENE(username).ask("{ viewer { person { phone phoneNumber } } }")["viewer"]["person"]
    assert own["phone"] == own["phoneNumber"] and "*" not in own["phone"]


def test_one_entry_per_request_and_person_is_audited_without_the_number() -> None:
    world = a_world()
    query = """{ first: enterprises(first: 3) { nodes { people { id phoneNumber } } }
        again: enterprises(first: 3) { nodes { people { id phoneNumber } } } }"""
    found = world("province-duty").ask(query)
    people = {p["id"]: p["phoneNumber"] for of in found["first"]["nodes"] for p in of["people"]}
    assert len(people) > 3 and all(people.values())
    entries = readings(world)
    assert len(entries) == len(people)
    assert len({entry.subject for entry in entries}) == len(people)
    assert all(entry.subject.startswith("Person:") for entry in entries)
    assert not any(number in repr(entry) for entry in entries for number in people.values())
    world("province-duty").ask(query)
    assert len(readings(world)) == 2 * len(people), "another request is another reading"


def test_who_sees_no_number_leaves_no_entry_and_so_does_who_sees_the_own() -> None:
    world = a_world()
    head = person_of(world, Role.ENTERPRISE_HEAD, enterprise=world.red)
    number(world, "enterprise-manager", head)
    number(world, "city-duty", person_of(world, Role.INSPECTOR, region="610526"))
    world("county-duty").ask("{ viewer { person { phoneNumber } } }")
    assert readings(world) == []


def test_the_duty_leader_of_a_commitment_can_be_called_and_that_is_audited() -> None:
    world = a_world()
    world.submit(world.red)
    day = f'where: {{firstDay: "{TODAY}", lastDay: "{TODAY}"}}'
    query = f"{{ commitments(first: 5, {day}) {{ nodes {{ id dutyPhoneNumber report {{ form {{ dutyPhone }} }} }} }} }}"
    nodes = {n["id"]: n for n in world("county-duty").ask(query)["commitments"]["nodes"]}
    reported = nodes.pop(commitment_of(world.red))
    assert reported["dutyPhoneNumber"] == "13900000001" and "****" in reported["report"]["form"]["dutyPhone"]
    assert all(node["dutyPhoneNumber"] is None for node in nodes.values())
    (entry,) = readings(world)
    assert entry.subject.startswith("Commitment:") and "13900000001" not in repr(entry)
    own = world("enterprise-head").ask(query)["commitments"]["nodes"]
    assert [node["dutyPhoneNumber"] for node in own] == ["13900000001"] and len(readings(world)) == 1
