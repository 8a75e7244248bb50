"""What is foreign looks like what never was, whoever asks and whatever is changed."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.asking import (
    CORRECT,
    REOPEN,
    SUBMIT,
    TODAY,
    a_world,
    commitment_of,
    form_for,
    id_of,
    region_id,
    unknown,
)

SCENE = a_world()
SCENE.system.app.commitments.report_shutdowns(TODAY)
SCENE.at("10:00")
SCENE.system.app.commitment_reminders.remind(SCENE.now)

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


def test_a_hundred_nodes_of_one_kind_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = SCENE.system.app.browsing._directory
    reads: list[int] = []
    for name in ("enterprises", "people", "certificates"):
        read = getattr(type(reader), name)

        def counting(self: Any, ids: Any, scope: Any, read: Any = read) -> Any:
            reads.append(len(ids))
            return read(self, ids, scope)

        monkeypatch.setattr(type(reader), name, counting)
    people = [id_of(person) for person in list(SCENE.state.people.values())[:20]]
    certificates = [id_of(one) for one in list(SCENE.state.certificates.values())[:20]]
    asked = [*map(id_of, SCENE.enterprises), *people, *certificates]
    found = SCENE("province-head").ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=asked)["nodes"]
    assert [node["id"] for node in found] == asked
    assert sorted(reads) == [20, 20, 24]


def test_an_administrator_sees_the_own_department_among_others() -> None:
    own = next(d for d in SCENE.state.departments.values() if d.parent_id is None)
    asked = [id_of(own), FOREIGN_IDS["Department"], FOREIGN_IDS["Enterprise"]]
    found = SCENE("audit-admin").ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=asked)["nodes"]
    assert found == [{"id": id_of(own)}, None, None]


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
def test_the_list_of_a_foreign_region_or_enterprise_is_not_found(username: str) -> None:
    for more in (f'regionId: "{region_id("610425")}"', f'enterpriseId: "{id_of(FOREIGN)}"'):
        where = f'where: {{firstDay: "{TODAY}", lastDay: "{TODAY}", {more}}}'
        query = f"{{ commitments({where}, first: 5) {{ totalCount nodes {{ id }} }} }}"
        error = SCENE(username).error(query)
        assert (error["code"], error["field"]) == ("NOT_FOUND", more.partition(":")[0])


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
    before = SCENE.system.storage.landed
    tables = {
        name: dict(getattr(before, name)) for name in ("enterprises", "people", "certificates", "reports")
    }
    answers = [
        SCENE(username).change(mutation, id=asked, **variables)
        for asked in (FOREIGN_IDS[kind], unknown(kind))
    ]
    assert answers[0] == answers[1]
    assert (answers[0]["__typename"], answers[0]["code"]) == ("NotFoundRefusal", "NOT_FOUND")
    after = SCENE.system.storage.landed
    assert tables == {name: dict(getattr(after, name)) for name in tables}
