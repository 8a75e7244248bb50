"""三权分立: no administrator sees an enterprise, or what is exchanged, by virtue of that role, whatever is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from ..support.asking import TODAY, id_of, pages, region_id
from ..support.system import schema
from .test_node import SCENE, SEEN

SCHEMA = schema()._schema
ADMINISTRATORS = ("system-admin", "security-admin", "audit-admin")
DAY = f'firstDay: "{TODAY}", lastDay: "{TODAY}"'
PROVINCE = region_id("610000")
RED = id_of(SCENE.red)
IDS = ", ".join(f'"{id}"' for _, id in SEEN.values())

ARGUMENTS = {
    "viewer": "",
    "accounts": "first: 50",
    "commitments": f"where: {{{DAY}}}, first: 5",
    "commitmentPrefill": f'enterpriseId: "{RED}"',
    "inspections": f"where: {{{DAY}}}, first: 5",
    "patrolTargets": "",
    "inspectionCounts": f"where: {{{DAY}}}",
    "inspectionDrafts": "first: 5",
    "checklist": "kind: PRODUCTION",
    "problems": f"where: {{{DAY}}}, first: 5",
    "problemsToMe": "first: 5",
    "problemsByMe": "first: 5",
    "unfedBackProblems": "",
    "unfedBackAlerts": "",
    "commitmentOverview": "",
    "commitmentStatistics": f"step: DAY, regionLevel: CITY, {DAY}",
    "patrolStatistics": f"step: DAY, {DAY}",
    "spotCheckStatistics": f"step: DAY, {DAY}",
    "problemStatistics": f"where: {{{DAY}}}, by: STATE, step: DAY",
    "alertStatistics": f"where: {{{DAY}}}, by: LEVEL, step: DAY",
    "wall": "",
    "commitmentDays": f'regionId: "{PROVINCE}", {DAY}',
    "weeklyFigures": f'weekEnding: "{TODAY}"',
    "reports": "first: 5",
    "report": f'id: "{SEEN["RegionReport"][1]}"',
    "node": f'id: "{RED}"',
    "nodes": f'ids: ["{RED}"]',
    "regions": "",
    "departments": "first: 50",
    "certificates": "first: 5",
    "enterprises": "first: 5",
    "alerts": f"where: {{{DAY}}}, first: 5",
    "people": "first: 5",
    "enterprise": f'id: "{RED}"',
    "shutdownPeriods": "first: 5",
    "exports": "first: 5",
    "export": f'id: "{SEEN["Export"][1]}"',
    "policy": f'regionId: "{PROVINCE}"',
    "settingChanges": f'regionId: "{PROVINCE}", first: 5',
    "smsRecords": "first: 5",
    "smsCounts": f'businessDate: "{TODAY}"',
    "exchangeEntries": "first: 5",
    "exchangeAttempts": "first: 5",
    "exchangeCounts": f"topic: MINISTRY_COMMITMENT, {DAY}",
    "exchangeOverdue": "topic: SMS",
    "inboxMessages": "first: 5",
    "inboxRecords": "first: 5",
    "rawMessage": f'id: "{SEEN["InboxMessage"][1]}"',
    "exchangeHealth": "",
    "scheduleSlots": "first: 50",
    "auditEntries": "first: 100",
    "labels": "",
}
"""Every root query, with arguments that a regulator gets an answer to."""

EVERYBODY = {"viewer", "regions", "labels", "nodes", "checklist", "unfedBackProblems", "unfedBackAlerts"}
ANSWERED = {
    "system-admin": EVERYBODY
    | {"accounts", "departments", "people", "policy", "settingChanges", "scheduleSlots", "exports"}
    | {"smsCounts", "exchangeCounts", "exchangeOverdue", "exchangeHealth"},
    "security-admin": EVERYBODY | {"accounts"},
    "audit-admin": EVERYBODY | {"auditEntries", "exports"},
}
"""Accounts, settings and health; permissions; audit reading (domain handbook, 1)."""
LOOKED_UP = {
    "system-admin": {"Region", "Department", "Person", "Account"},
    "security-admin": {"Region", "Department", "Account"},
    "audit-admin": {"Region", "Department"},
}
"""The department is their own."""


def selection(kind: Any, depth: int) -> str:
    """All fields of the type that can be asked for without more arguments than `first`, so many levels deep."""
    if is_leaf_type(kind):
        return ""
    if kind is SCHEMA.type_map["Node"]:
        return "{ __typename id }"  # Each kind of object is asked for by its own id below.
    parts = ["__typename"]
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        parts += [f"... on {one.name} {selection(one, depth)}" for one in SCHEMA.get_possible_types(kind)]
        return f"{{ {' '.join(parts)} }}"
    assert isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        needed = {
            key for key, given in field.args.items() if isinstance(given.type, GraphQLNonNull)
        } - ORDERED
        if needed - {"first"} or (depth == 0 and not is_leaf_type(inner)):
            continue
        parts.append(f"{name}{'(first: 2)' if needed else ''} {selection(inner, depth - 1)}")
    return f"{{ {' '.join(parts)} }}"


ORDERED = {"orderBy"}
"""It has a default."""


def root() -> dict[str, GraphQLField]:
    assert SCHEMA.query_type is not None
    return SCHEMA.query_type.fields


def ask(username: str, name: str, arguments: str, fields: str) -> tuple[Any, set[str], str]:
    """(data, codes of the errors, the whole answer)"""
    given = f"({arguments})" if arguments else ""
    response = SCENE(username).post({"query": f"{{ {name}{given} {fields} }}"})
    answer = response.json()
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    return (answer.get("data") or {}).get(name), codes, response.text


def ask_for_all(username: str, name: str) -> tuple[Any, set[str], str]:
    """Ask a root query for everything, as deep as the limits of a document allow."""
    kind = get_named_type(root()[name].type)
    if name in ("node", "nodes"):
        return ask(username, name, ARGUMENTS[name], "{ __typename id }")
    return deepest(username, name, ARGUMENTS[name], kind)


def deepest(username: str, name: str, arguments: str, kind: Any) -> tuple[Any, set[str], str]:
    for depth in (4, 3, 2, 1):
        fields = selection(kind, depth)
        if name == "node":
            fields = f"{{ ... on {kind.name} {fields} }}"
        found = ask(username, name, arguments, fields)
        if not found[1] & {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "PAYLOAD_TOO_LARGE"}:
            return found
    raise AssertionError(found)


def secrets() -> set[str]:
    """What only concerns enterprises, or was exchanged."""
    state = SCENE.state
    found = {RED}
    for kept in state.enterprises.values():
        of = kept.enterprise
        found |= {of.name, of.credit_code.text, of.address, id_of(of)}
    found |= {certificate.number for certificate in state.certificates.values()}
    found |= {kept.duty.message_id for kept in state.duties.values() if kept.duty.message_id}
    found |= {text.text for text in state.texts.values() if text.text is not None}
    found |= {problem.statement.description for problem in state.problems.values()}
    return {secret for secret in found if len(secret) > 4}


def test_every_root_query_is_asked() -> None:
    assert set(ARGUMENTS) == set(root())


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize("username", ADMINISTRATORS)
def test_no_root_query_tells_an_administrator_of_an_enterprise_or_of_what_is_exchanged(
    username: str, name: str
) -> None:
    data, codes, text = ask_for_all(username, name)
    assert codes <= {"FORBIDDEN", "NOT_FOUND"}, codes
    assert not [secret for secret in secrets() if secret in text]
    assert (data is not None) == (name in ANSWERED[username]), (data, codes)


@pytest.mark.parametrize("kind", SEEN)
@pytest.mark.parametrize("username", ADMINISTRATORS)
def test_no_id_leads_an_administrator_to_an_enterprise_or_to_what_is_exchanged(
    username: str, kind: str
) -> None:
    data, codes, text = deepest(username, "node", f'id: "{SEEN[kind][1]}"', SCHEMA.type_map[kind])
    assert codes <= {"FORBIDDEN"}
    assert not [secret for secret in secrets() if secret in text]
    assert data is None or kind in LOOKED_UP[username]


def test_the_secrets_are_no_secrets_to_who_supervises() -> None:
    known = secrets()
    seen = "".join(
        ask_for_all("province-duty", name)[2] for name in ("enterprises", "exchangeEntries", "problems")
    )
    assert len(known) > 50 and len([secret for secret in known if secret in seen]) > 10


@pytest.mark.parametrize("username", ADMINISTRATORS)
def test_what_an_administrator_may_look_up_by_its_id(username: str) -> None:
    data, codes, _ = ask(username, "nodes", f"ids: [{IDS}]", "{ __typename id }")
    assert not codes
    assert {node["__typename"] for node in data if node is not None} == LOOKED_UP[username]


def test_a_person_of_an_enterprise_leads_the_system_administrator_to_no_enterprise() -> None:
    (head,) = [p for p in SCENE.state.people.values() if p.enterprise_id == SCENE.red.id][:1]
    query = "query($id: ID!) { node(id: $id) { ... on Person { name enterprise { name } } } }"
    answer = SCENE("system-admin").send(query, id=id_of(head))
    assert answer["data"] == {"node": {"name": head.name, "enterprise": None}}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


def test_the_system_administrator_still_does_what_the_role_is_for() -> None:
    """The directory of departments and people, accounts, settings, health."""
    admin = SCENE("system-admin")
    (office, *_) = pages(admin, "departments", "id name people { id name phone }", first=50)
    own = admin.ask("{ viewer { person { id } } }")["viewer"]["person"]["id"]
    assert {"****" in person["phone"] for person in office["people"] if person["id"] != own} == {True}
    saved = admin.change(
        """mutation($office: ID!) { savePerson(name: "郑新来", phone: "16000777001", role: INSPECTOR,
            employer: {departmentId: $office}) @ }""",
        "... on DirectorySaved { id }",
        office=office["id"],
    )
    created = admin.change(
        """mutation($person: ID!) { createAccount(username: "zhengxinlai", personId: $person,
            password: "Right-horse-9-staple") @ }""",
        "... on AccountSaved { accountId }",
        person=saved["id"],
    )
    assert created["accountId"]
    counts = admin.ask(f"{{ exchangeCounts(topic: MINISTRY_COMMITMENT, {DAY}) {{ state count }} }}")
    assert counts["exchangeCounts"]
