"""Filters take what mutations take: the same names mean the same types, and what can be entered can be searched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
)

from ..support.system import schema

MUTATIONS = {
    # list -> the mutations that make or change its entries; after the colon, the part of the form that is meant
    "departments": ["saveDepartment"],
    "people": ["savePerson"],
    "enterprises": ["saveEnterprise"],
    "certificates": ["saveCertificate"],
    "shutdownPeriods": ["saveShutdownPeriod"],
    "settingChanges": ["setSetting", "lockSetting", "unlockSetting"],
    "accounts": ["createAccount", "disableAccount"],
    "commitments": ["submitCommitment"],
    "inspections": ["openPatrol", "openSpotCheck", "editInspection"],
    "alerts": ["handleAlert"],
    "inboxRecords": ["assignInboxRecord"],
    "problems": ["openPatrol", "openSpotCheck", "editInspection:form.problems"],
}

SEARCHED_AS = {
    # (list, what the mutation takes) -> the filter, where it has another name
    ("departments", "jurisdiction"): "regionId",
    ("people", "employer.departmentId"): "departmentId",
    ("people", "employer.enterpriseId"): "enterpriseId",
    ("certificates", "expiresOn"): "firstExpiry",
    ("certificates", "reviewDueOn"): "firstReview",
    ("shutdownPeriods", "target.enterpriseId"): "enterpriseId",
    ("shutdownPeriods", "target.regionId"): "regionId",
    ("shutdownPeriods", "firstDay"): "covering",
    ("shutdownPeriods", "lastDay"): "covering",
    ("commitments", "businessDate"): "firstDay",
    ("commitments", "form.status"): "statuses",
    ("commitments", "form.stoppage.reason"): "reasons",
    ("inspections", "enterpriseId"): "targetEnterpriseId",
    ("inspections", "form.conclusion"): "conclusions",
    ("problems", "form.problems.responsible"): "responsibleId",
}

NOT_SEARCHED = {
    # (list, what the mutation takes) -> why no filter takes it
    ("certificates", "issuedOn"): "when it expires is what is looked for",
    ("settingChanges", "effectiveFrom"): "the history is by the instant of the change",
    ("enterprises", "workshops.powder"): "stands in the entry only",
    ("commitments", "form.stoppage.expectedResumption"): "becomes a shutdown period; `covering` finds it",
    ("commitments", "form.production.powderProcesses"): "stands in the report only",
    ("commitments", "form.stormWarning"): "stands in the report only",
    ("commitments", "form.majorHazard"): "stands in the report only",
    ("commitments", "form.substitute.personId"): "stands in the report only; the list is of enterprises",
    ("inspections", "form.dutyCheck.means"): "stands in the record only",
    ("inspections", "form.dutyCheck.onDuty"): "stands in the record only",
    ("inspections", "form.dutyCheck.rectified.at"): "stands in the record only",
    (
        "inspections",
        "form.findings.result",
    ): "stands in the record only; `withProblems` and `conclusions` find it",
    ("inspections", "form.findings.rectified.at"): "stands in the record only",
    (
        "inboxRecords",
        "enterpriseId",
    ): "the assignment has done its work when it is processed; its alert is searched",
    (
        "inboxRecords",
        "regionId",
    ): "the assignment has done its work when it is processed; its problem is searched",
    ("problems", "form.problems.rectifyOn"): "the order RECTIFY_DUE and `overdue` find it",
}

ATTACHMENTS = re.compile(r"(^|\.)attachments$")
"""Files are reached from what they are attached to."""
NO_MATTER = {"id", "accountId", "clientMutationKey"}
"""The id of the entry itself: `node` finds it."""
TYPES = {"ID", "Date", "DateTime", "Boolean"}
"""Beside the enumerations, what a filter compares as it is; texts and figures are searched in other ways."""


def root(name: str) -> GraphQLObjectType:
    found = schema()._schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def taken(field: GraphQLField) -> Iterator[tuple[str, str]]:
    """(path, type) of everything that a field takes, with the fields of its input objects."""
    yield from _leaves("", field.args)


def _leaves(
    path: str, fields: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]
) -> Iterator[tuple[str, str]]:
    for name, given in fields.items():
        inner = get_named_type(given.type)
        if isinstance(inner, GraphQLInputObjectType):
            yield from _leaves(f"{path}{name}.", inner.fields)
        else:
            yield f"{path}{name}", inner.name


def entered(of: str) -> dict[str, str]:
    """What can be entered about an entry of the list: path -> type, of ids, days, choices and yes or no."""
    found: dict[str, str] = {}
    for mutation, _, part in (name.partition(":") for name in MUTATIONS[of]):
        for path, kind in taken(root("Mutation").fields[mutation]):
            within = not part or path.startswith(f"{part}.")
            elsewhere = of == "inspections" and path.startswith("form.problems.")
            enum = isinstance(schema()._schema.type_map[kind], GraphQLEnumType)
            if within and not elsewhere and path not in NO_MATTER and (kind in TYPES or enum):
                found[path] = kind
    return found


def filters(of: str) -> dict[str, str]:
    """What the list can be searched by: name -> type."""
    return {
        path.removeprefix("where."): kind
        for path, kind in taken(root("Query").fields[of])
        if path not in ("first", "after", "orderBy")
    }


def plural(name: str) -> str:
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}es" if name.endswith("s") else f"{name}s"


@pytest.mark.parametrize("of", MUTATIONS)
def test_what_can_be_entered_can_be_searched_by_the_same_type(of: str) -> None:
    searched = filters(of)
    for path, kind in entered(of).items():
        if ATTACHMENTS.search(path) or (of, path) in NOT_SEARCHED:
            continue
        own = path.rpartition(".")[2]
        name = SEARCHED_AS.get((of, path)) or next((n for n in (own, plural(own)) if n in searched), None)
        assert name in searched, f"{of} cannot be searched by {path}"
        assert searched[name] == kind, f"{of}: {name} is {searched[name]}, but {path} is {kind}"


def test_the_tables_name_only_what_there_is() -> None:
    for of, path in (*SEARCHED_AS, *NOT_SEARCHED):
        assert path in entered(of), (of, path)
    assert not set(SEARCHED_AS) & set(NOT_SEARCHED)


FAMILIES = {
    # the end of a name -> the type of everything that is called so
    r"(^|[a-z])Ids?$|^ids?$|^(responsible|jurisdiction|attachments)$": "ID",
    r"(^|[a-z])(On|Day|Date|Expiry|Review|From|Resumption|Ending)$|^(covering|until|date)$": "Date",
    r"(^|[a-z])At$|^at$": "DateTime",
}
ONE_TYPE = (
    "stage",
    "topic",
    "level",
    "role",
    "roles",
    "key",
    "source",
    "job",
    "text",
    "gbCode",
    "creditCode",
)


def test_what_is_called_alike_is_of_one_type_in_queries_and_mutations() -> None:
    types: dict[str, set[str]] = {}
    for side in ("Query", "Mutation", "Viewer", "RegionFigures"):
        for field in root(side).fields.values():
            for path, kind in taken(field):
                types.setdefault(path.rpartition(".")[2], set()).add(kind)
    for name, kinds in types.items():
        for pattern, kind in FAMILIES.items():
            if re.search(pattern, name):
                assert kinds == {kind}, name
    for name in ONE_TYPE:
        assert len(types.get(name, {""})) == 1, name


def test_an_enumeration_is_the_same_in_filters_and_in_what_is_shown() -> None:
    """A choice that a list shows is searched by the very enumeration, never by a text."""
    for of in (*MUTATIONS, "smsRecords", "exchangeEntries", "inboxMessages"):
        connection = get_named_type(root("Query").fields[of].type)
        assert isinstance(connection, GraphQLObjectType)
        shown = get_named_type(connection.fields["nodes"].type)
        assert isinstance(shown, GraphQLObjectType)
        searched = filters(of)
        for name, field in shown.fields.items():
            kind = get_named_type(field.type)
            if isinstance(kind, GraphQLEnumType):
                for same in {name, plural(name)} & set(searched):
                    assert searched[same] == kind.name, (of, same)
