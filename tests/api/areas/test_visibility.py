"""Who sees what: everything below oneself, nothing beside or above, and what is foreign looks like what never was."""

from __future__ import annotations

from typing import Any

import pytest

from yanbao.domain.enterprise import Enterprise

from .asking import (
    CORRECT,
    REOPEN,
    SUBMIT,
    TODAY,
    Scene,
    a_scene,
    commitment_of,
    form_for,
    id_of,
    pages,
    region_id,
    unknown,
)

SCENE = a_scene()
SCENE.world.app.commitments.report_shutdowns(TODAY)
SCENE.at("10:00")
SCENE.world.app.reminders.remind(SCENE.now)

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
    assert head.error("{ commitmentOverview { whole { tally { expected } } } }")["code"] == "NOT_FOUND"
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


# ---------------------------------------------------------------- foreign and unknown are the same


FOREIGN = SCENE.enterprises[1]
"""In another city than `county-duty`, `city-duty` and `enterprise-head`."""


def foreign_ids() -> dict[str, str]:
    department = next(d for d in SCENE.state.departments.values() if "610425" in d.jurisdiction)
    person = next(p for p in SCENE.state.people.values() if p.enterprise_id == FOREIGN.id)
    certificate = next(c for c in SCENE.state.certificates.values() if c.enterprise_id == FOREIGN.id)
    period = next(
        p for p in SCENE.state.shutdown_periods.values() if p.enterprise_id == SCENE.enterprises[9].id
    )
    return {
        "Enterprise": id_of(FOREIGN),
        "Commitment": commitment_of(FOREIGN),
        "Department": id_of(department),
        "Person": id_of(person),
        "Certificate": id_of(certificate),
        "ShutdownPeriod": id_of(period),
    }


FOREIGN_IDS = foreign_ids()
OUTSIDERS = ("city-duty", "county-head", "enterprise-head", "enterprise-manager")


@pytest.mark.parametrize("username", OUTSIDERS)
@pytest.mark.parametrize("kind", FOREIGN_IDS)
def test_node_says_the_same_of_foreign_unknown_and_broken_ids(username: str, kind: str) -> None:
    query = "query($id: ID!) { node(id: $id) { __typename id } }"
    answers = [
        SCENE(username).send(query, id=asked)
        for asked in (FOREIGN_IDS[kind], unknown(kind), "", "不是编号", "a" * 5000, kind)
    ]
    assert all(answer == {"data": {"node": None}} for answer in answers)


@pytest.mark.parametrize("kind", FOREIGN_IDS)
def test_the_province_does_see_them(kind: str) -> None:
    found = SCENE("province-head").ask(
        "query($id: ID!) { node(id: $id) { __typename id } }", id=FOREIGN_IDS[kind]
    )
    assert found["node"] == {"__typename": kind, "id": FOREIGN_IDS[kind]}


@pytest.mark.parametrize("username", OUTSIDERS)
def test_nodes_gives_null_in_their_places_and_the_others_in_theirs(username: str) -> None:
    asked = [FOREIGN_IDS["Enterprise"], id_of(SCENE.red), unknown("Person"), "x", region_id("610100")]
    found = SCENE(username).ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=asked)["nodes"]
    assert found == [None, {"id": id_of(SCENE.red)}, None, None, {"id": region_id("610100")}]


def test_more_than_a_hundred_nodes_at_once_are_refused_by_their_own_name() -> None:
    error = SCENE("province-head").error(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[id_of(SCENE.red)] * 101
    )
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "ids") and "101" in error["sentence"]
    assert SCENE("province-head").ask("{ nodes(ids: []) { id } }") == {"nodes": []}


LOOKING = {
    "enterprise": ("query($id: ID!) { enterprise(id: $id) { name } }", "Enterprise"),
    "commitmentPrefill": (
        "query($id: ID!) { commitmentPrefill(enterpriseId: $id) { suggestedGrade } }",
        "Enterprise",
    ),
}


@pytest.mark.parametrize("username", OUTSIDERS)
@pytest.mark.parametrize("name", LOOKING)
def test_a_query_says_the_same_of_foreign_and_unknown_ids(username: str, name: str) -> None:
    query, kind = LOOKING[name]
    answers = [SCENE(username).send(query, id=asked) for asked in (FOREIGN_IDS[kind], unknown(kind))]
    assert answers[0] == answers[1]
    assert answers[0]["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("username", ["city-duty", "county-duty", "enterprise-head"])
@pytest.mark.parametrize("code", ["610425", "610400", "610000", "610199"])
def test_the_figures_of_a_region_elsewhere_or_above_or_of_none_are_not_found(
    username: str, code: str
) -> None:
    overview = f'{{ commitmentOverview(regionId: "{region_id(code)}") {{ whole {{ tally {{ late }} }} }} }}'
    days = f'{{ commitmentDays(regionId: "{region_id(code)}", firstDay: "{TODAY}", lastDay: "{TODAY}") {{ date }} }}'
    for query in (overview, days):
        error = SCENE(username).error(query)
        assert (error["code"], error["field"]) == ("NOT_FOUND", "regionId")


POLICY = "query($id: ID!) { policy(regionId: $id) { commitmentDeadline } }"


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("province-head", "610425"),
        ("system-admin", "610526"),
        ("city-duty", "610500"),
        ("city-duty", "610526"),
        ("county-duty", "610526"),
        ("enterprise-head", "610526"),
    ],
)
def test_the_policy_of_ones_own_regions_is_seen(username: str, code: str) -> None:
    found = SCENE(username).ask(POLICY, id=region_id(code))
    assert found == {"policy": {"commitmentDeadline": "10:00"}}


@pytest.mark.parametrize(
    ("username", "code"),
    [
        *(("city-duty", code) for code in ("610000", "610400", "610425", "610199")),
        *(("county-duty", code) for code in ("610000", "610500", "610528", "610199")),
        *(("enterprise-head", code) for code in ("610000", "610500", "610528", "610199")),
    ],
)
def test_the_policy_of_a_region_elsewhere_or_above_or_of_none_is_not_found(username: str, code: str) -> None:
    error = SCENE(username).error(POLICY, id=region_id(code))
    assert (error["code"], error["field"]) == ("NOT_FOUND", "regionId")


@pytest.mark.parametrize("username", ["city-duty", "county-duty", "enterprise-head"])
def test_asking_for_the_list_of_a_foreign_region_or_enterprise_finds_nothing(username: str) -> None:
    for more in (f'regionId: "{region_id("610425")}"', f'enterpriseId: "{id_of(FOREIGN)}"'):
        where = f'where: {{firstDay: "{TODAY}", lastDay: "{TODAY}", {more}}}'
        query = f"{{ commitments({where}, first: 5) {{ totalCount nodes {{ id }} }} }}"
        assert SCENE(username).ask(query)["commitments"] == {"totalCount": 0, "nodes": []}


# ---------------------------------------------------------------- changing


def changes() -> dict[str, tuple[str, str, str, dict[str, Any]]]:
    """what -> (who, mutation with $id, kind of the id, variables)"""
    form = form_for(SCENE.red)
    return {
        "report": ("enterprise-head", SUBMIT, "Enterprise", {"day": f"{TODAY}", "form": form}),
        "correct": ("enterprise-head", CORRECT, "Commitment", {"revision": 1, "form": form}),
        "reopen": ("county-duty", REOPEN, "Commitment", {"reason": "数字有误"}),
        "save an enterprise": (
            "county-head",
            f"""mutation($id: ID!) {{ saveEnterprise(id: $id, creditCode: "{SCENE.red.credit_code}", name: "甲",
                kind: PRODUCTION, regionId: "{region_id("610526")}", address: "乙", workshops: [],
                warehouses: []) @ }}""",
            "Enterprise",
            {},
        ),
        "save a person": (
            "county-head",
            f"""mutation($id: ID!) {{ savePerson(id: $id, name: "甲", phone: "13900000001", role: SAFETY_MANAGER,
                employer: {{enterpriseId: "{id_of(SCENE.red)}"}}) @ }}""",
            "Person",
            {},
        ),
        "save a person of": (
            "county-head",
            """mutation($id: ID!) { savePerson(name: "甲", phone: "13900000001", role: SAFETY_MANAGER,
                employer: {enterpriseId: $id}) @ }""",
            "Enterprise",
            {},
        ),
        "save a certificate of": (
            "county-head",
            f"""mutation($id: ID!) {{ saveCertificate(kind: PRODUCTION_PERMIT, number: "1", enterpriseId: $id,
                issuedOn: "{TODAY}", expiresOn: "2028-01-01") @ }}""",
            "Enterprise",
            {},
        ),
        "save a certificate": (
            "county-head",
            f"""mutation($id: ID!) {{ saveCertificate(id: $id, kind: PRODUCTION_PERMIT, number: "1",
                enterpriseId: "{id_of(SCENE.red)}", issuedOn: "{TODAY}", expiresOn: "2028-01-01") @ }}""",
            "Certificate",
            {},
        ),
        "save a period for": (
            "county-head",
            f"""mutation($id: ID!) {{ saveShutdownPeriod(target: {{enterpriseId: $id}}, firstDay: "{TODAY}",
                lastDay: "{TODAY}", reason: HOLIDAY) @ }}""",
            "Enterprise",
            {},
        ),
        "cancel a period": (
            "county-head",
            "mutation($id: ID!) { cancelShutdownPeriod(id: $id) @ }",
            "ShutdownPeriod",
            {},
        ),
    }


CHANGES = changes()


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_says_the_same_of_foreign_and_unknown_ids_and_changes_nothing(what: str) -> None:
    username, mutation, kind, variables = CHANGES[what]
    before = SCENE.world.storage.landed
    tables = {
        name: dict(getattr(before, name)) for name in ("enterprises", "people", "certificates", "reports")
    }
    answers = [
        SCENE(username).change(mutation, id=asked, **variables)
        for asked in (FOREIGN_IDS[kind], unknown(kind))
    ]
    assert answers[0] == answers[1]
    assert (answers[0]["__typename"], answers[0]["code"]) == ("NotFoundRefusal", "NOT_FOUND")
    after = SCENE.world.storage.landed
    assert tables == {name: dict(getattr(after, name)) for name in tables}


# ---------------------------------------------------------------- phone numbers


@pytest.mark.parametrize("username", ["province-head", "city-head", "county-duty", "system-admin"])
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
    scene: Scene = SCENE
    who = scene("province-inspector")
    text = who.post({"query": query}).text
    own = who.ask("{ viewer { person { phone } } }")["viewer"]["person"]["phone"]
    leaked = {p.phone.text for p in scene.state.people.values()} - {own}
    assert not any(number in text for number in leaked)


# ---------------------------------------------------------------- administrators


@pytest.mark.parametrize("username", ["system-admin", "security-admin", "audit-admin"])
def test_no_administrator_reaches_commitments_by_any_way(username: str) -> None:
    who = SCENE(username)
    asked = [
        f"{{ commitments({DAY}, first: 5) {{ totalCount }} }}",
        "{ commitmentOverview { whole { tally { expected } } } }",
        f'{{ commitmentPrefill(enterpriseId: "{id_of(SCENE.red)}") {{ suggestedGrade }} }}',
        f'{{ node(id: "{commitment_of(SCENE.red)}") {{ ... on Commitment {{ state }} }} }}',
        f'{{ nodes(ids: ["{commitment_of(SCENE.red)}"]) {{ ... on Commitment {{ state }} }} }}',
        f'{{ node(id: "{id_of(SCENE.red)}") {{ ... on Enterprise {{ commitment {{ state }} }} }} }}',
        f'{{ enterprise(id: "{id_of(SCENE.red)}") {{ commitment {{ state }} }} }}',
        "{ smsRecords(first: 5) { totalCount } }",
        f'{{ commitmentDays(regionId: "{region_id("610000")}", firstDay: "{TODAY}", lastDay: "{TODAY}") {{ date }} }}',
    ]
    for query in asked:
        answer = who.send(query)
        codes = {error["extensions"]["code"] for error in answer["errors"]}
        assert codes == {"FORBIDDEN"}, query
        assert "OWED" not in f"{answer}" and "REPORTED" not in f"{answer}"
