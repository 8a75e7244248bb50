"""Who sees what: everything below oneself, nothing beside or above, and nobody else's phone number."""

from __future__ import annotations

from typing import Any

import pytest

from yanbao.domain.directory.enterprise import Enterprise

from ..support.asking import TODAY, World, a_world, commitment_of, id_of, pages, region_id

SCENE = a_world()
SCENE.system.app.commitments.report_shutdowns(TODAY)
SCENE.at("10:00")
SCENE.system.app.commitment_reminders.remind(SCENE.now)

WATCHERS = {
    "province-head": "61",
    "province-duty": "61",
    "city-head": "6105",
    "city-duty": "6105",
    "duty-610300": "6103",
    "county-head": "610526",
    "county-duty": "610526",
    "duty-610523": "610523",
}
"""User name and the beginning of the codes of all regions below (true of these, not of every region)."""
DAY = f'where: {{firstDay: "{TODAY}", lastDay: "{TODAY}"}}'


def within(username: str) -> list[Enterprise]:
    return [of for of in SCENE.enterprises if of.region_id.startswith(WATCHERS[username])]


# ---------------------------------------------------------------- departments


@pytest.mark.parametrize("username", WATCHERS)
def test_a_department_sees_exactly_the_enterprises_below_it(username: str) -> None:
    seen = [node["id"] for node in pages(SCENE(username), "enterprises", "id", first=7)]
    assert sorted(seen) == sorted(id_of(of) for of in within(username)) and seen


@pytest.mark.parametrize("username", WATCHERS)
def test_a_department_sees_exactly_the_commitments_below_it(username: str) -> None:
    seen = [node["id"] for node in pages(SCENE(username), "commitments", "id", first=7, arguments=DAY)]
    assert sorted(seen) == sorted(commitment_of(of) for of in within(username))


@pytest.mark.parametrize("username", WATCHERS)
def test_the_overview_counts_exactly_what_lies_below(username: str) -> None:
    tally = SCENE(username).ask("{ commitmentOverview { whole { tally { expected } } } }")
    assert tally["commitmentOverview"]["whole"]["tally"]["expected"] == len(within(username))


@pytest.mark.parametrize("username", WATCHERS)
def test_a_department_sees_the_departments_below_it_and_none_above_or_beside(username: str) -> None:
    nodes = list(
        pages(SCENE(username), "departments", "name jurisdiction { code } parent { name }", first=50)
    )
    codes = [region["code"] for node in nodes for region in node["jurisdiction"]]
    assert codes and all(code.startswith(WATCHERS[username]) for code in codes)
    own = SCENE(username).ask("{ viewer { department { name parent { name } } } }")["viewer"]["department"]
    assert own["name"] == nodes[0]["name"]
    assert own["parent"] is None, "the department above is out of sight"


@pytest.mark.parametrize("username", WATCHERS)
def test_sms_are_those_to_people_below(username: str) -> None:
    seen = list(pages(SCENE(username), "smsRecords", "receiverName phone", first=50))
    names = {p.name for p in SCENE.state.people.values() if _is_below(p, WATCHERS[username])}
    assert seen and {sms["receiverName"] for sms in seen} <= names
    assert all("****" in sms["phone"] and len(sms["phone"]) == 11 for sms in seen)


def _is_below(person: Any, prefix: str) -> bool:
    if person.enterprise_id is not None:
        return SCENE.state.enterprises[person.enterprise_id].enterprise.region_id.startswith(prefix)
    return all(r.startswith(prefix) for r in SCENE.state.departments[person.department_id].jurisdiction)


def test_a_county_sees_no_sms_to_its_city() -> None:
    assert all(
        sms["receiverName"] != SCENE("city-duty").ask("{ viewer { name } }")["viewer"]["name"]
        for sms in pages(SCENE("county-duty"), "smsRecords", "receiverName", first=50)
    )


# ---------------------------------------------------------------- enterprises


def test_an_enterprise_sees_itself_and_no_other() -> None:
    head = SCENE("enterprise-head")
    assert [n["id"] for n in pages(head, "enterprises", "id", first=5)] == [id_of(SCENE.red)]
    own = [
        n["enterprise"]["id"] for n in pages(head, "commitments", "enterprise { id }", first=5, arguments=DAY)
    ]
    assert own == [id_of(SCENE.red)]
    assert list(pages(head, "departments", "id", first=5)) == []
    staff = {p.name for p in SCENE.state.people.values() if p.enterprise_id == SCENE.red.id}
    assert {s["receiverName"] for s in pages(head, "smsRecords", "receiverName", first=5)} <= staff


def test_an_enterprise_gets_no_overview_not_even_of_its_own_county() -> None:
    head = SCENE("enterprise-head")
    assert head.error("{ commitmentOverview { whole { tally { expected } } } }")["code"] == "FORBIDDEN"
    for code in ("610526", "610500", "610000"):
        query = f'{{ commitmentOverview(regionId: "{region_id(code)}") {{ whole {{ tally {{ late }} }} }} }}'
        assert head.error(query)["code"] == "NOT_FOUND"


def test_an_enterprise_sees_the_shutdown_periods_that_speak_of_it_and_no_others() -> None:
    stopped = SCENE.enterprises[18]
    periods = list(
        pages(SCENE.head_of(stopped), "shutdownPeriods", "reason region { code } enterprise { id }", first=5)
    )
    assert periods == [{"reason": "RECTIFICATION", "region": {"code": "610524"}, "enterprise": None}]
    assert list(pages(SCENE("enterprise-head"), "shutdownPeriods", "id", first=5)) == []


# ---------------------------------------------------------------- phone numbers


@pytest.mark.parametrize("username", ["province-head", "city-head", "county-duty"])
def test_phone_numbers_are_masked_for_everybody_but_their_owner(username: str) -> None:
    query = "{ enterprises(first: 20) { nodes { people { id name phone } } } viewer { person { id phone } } }"
    answer = SCENE(username).ask(query)
    shown = [p for of in answer["enterprises"]["nodes"] for p in of["people"]]
    assert shown and all(p["phone"][3:7] == "****" for p in shown)
    assert "*" not in answer["viewer"]["person"]["phone"]


def test_an_enterprises_people_see_each_others_numbers_masked() -> None:
    people = SCENE("enterprise-head").ask("{ viewer { person { id } enterprise { people { id phone } } } }")
    own = people["viewer"]["person"]["id"]
    masked = {p["id"]: "****" in p["phone"] for p in people["viewer"]["enterprise"]["people"]}
    assert masked.pop(own) is False
    assert masked and all(masked.values())


def test_no_answer_of_a_department_carries_a_whole_number_of_anybody_else() -> None:
    query = f"""{{ enterprises(first: 50) {{ nodes {{ people {{ name phone }} certificates {{ holder {{ phone }} }} }} }}
        departments(first: 100) {{ nodes {{ people {{ phone }} }} }} smsRecords(first: 100) {{ nodes {{ phone text }} }}
        commitments({DAY}, first: 50) {{ nodes {{ report {{ form {{ dutyPhone text }} }} }} }} }}"""
    world: World = SCENE
    who = world("province-inspector")
    text = who.post({"query": query}).text
    own = who.ask("{ viewer { person { phone } } }")["viewer"]["person"]["phone"]
    leaked = {p.phone.text for p in world.state.people.values()} - {own}
    assert not any(number in text for number in leaked)


# ---------------------------------------------------------------- administrators


@pytest.mark.parametrize("username", ["system-admin", "security-admin", "audit-admin"])
def test_no_administrator_reaches_commitments_by_any_way(username: str) -> None:
    who = SCENE(username)
    asked = [
        f"{{ commitments({DAY}, first: 5) {{ totalCount }} }}",
        "{ commitmentOverview { whole { tally { expected } } } }",
        "{ commitmentStatistics { whole { tally { expected } } } }",
        "{ wall { events { sentence } } }",
        f'{{ commitmentPrefill(enterpriseId: "{id_of(SCENE.red)}") {{ suggestedGrade }} }}',
        f'{{ enterprise(id: "{id_of(SCENE.red)}") {{ commitment {{ state }} }} }}',
        "{ smsRecords(first: 5) { totalCount } }",
        f'{{ commitmentDays(regionId: "{region_id("610000")}", firstDay: "{TODAY}", lastDay: "{TODAY}") {{ date }} }}',
    ]
    for query in asked:
        answer = who.send(query)
        codes = {error["extensions"]["code"] for error in answer["errors"]}
        assert codes == {"FORBIDDEN"}, query
        assert "OWED" not in f"{answer}" and "REPORTED" not in f"{answer}"
    looked_up = f"""{{ node(id: "{commitment_of(SCENE.red)}") {{ ... on Commitment {{ state }} }}
        nodes(ids: ["{commitment_of(SCENE.red)}"]) {{ ... on Commitment {{ state }} }} }}"""
    assert who.ask(looked_up) == {"node": None, "nodes": [None]}
    by_way_of_it = (
        f'{{ node(id: "{id_of(SCENE.red)}") {{ ... on Enterprise {{ commitment {{ state }} }} }} }}'
    )
    assert (who.send(by_way_of_it)["data"]["node"] or {"commitment": None}) == {"commitment": None}
