"""Inspecting by the API: the documents, forms that are complete, and a patrol or spot check in one call."""

from __future__ import annotations

from typing import Any, Final

from yanbao.domain.directory.enterprise import Enterprise, EnterpriseKind
from yanbao.domain.inspection.checklist import checklist_for

from ...support.asking import TODAY, Somebody, id_of, region_id
from ...support.dates import in_days

PUCHENG: Final = region_id("610526")
"""The county of `county-inspector` and of 蒲城县红光, in the city of `city-inspector`."""
KEY: Final = "phone-1-0001"

OPEN_PATROL: Final = """mutation($region: ID!, $key: String!) {
    openPatrol(regionId: $region, clientMutationKey: $key) @ }"""
OPEN_SPOT_CHECK: Final = """mutation($enterprise: ID!, $key: String!) {
    openSpotCheck(enterpriseId: $enterprise, clientMutationKey: $key) @ }"""
EDIT: Final = """mutation($id: ID!, $revision: Int!, $form: InspectionFormInput!, $key: String) {
    editInspection(id: $id, revision: $revision, form: $form, clientMutationKey: $key) @ }"""
REFRESH: Final = """mutation($id: ID!, $revision: Int!, $key: String) {
    refreshInspection(id: $id, revision: $revision, clientMutationKey: $key) @ }"""
SUBMIT_INSPECTION: Final = """mutation($id: ID!, $revision: Int!, $key: String) {
    submitInspection(id: $id, revision: $revision, clientMutationKey: $key) @ }"""
DISCARD: Final = """mutation($id: ID!, $revision: Int!, $key: String) {
    discardInspection(id: $id, revision: $revision, clientMutationKey: $key) @ }"""

INSPECTION: Final = """id kind origin state revision businessDate departmentName personName targetName
    targetRegionName openedAt submittedAt conclusion conclusionText rectifiedOnSite problemCount replaced allowedActions
    department { name } person { name } targetDepartment { name } targetEnterprise { id }
    targetRegion { code }
    sheet { takenAt figures { key label value unit source asOf shown rank { place among } }
        visits { name views spotChecked seen shown enterprise { id } } permits { name number expiresOn valid daysLeft } anomalies }
    form { attachments { name } observations conclusion dutyCheck { means officer onDuty note problem rectified { measures at } }
        findings { attachments { name } code result note problem rectified { measures at } item { name basis } }
        problems { attachments { name } category severity description rectifyOn responsible { name } } }
    problems { id category description attachments { name } }"""
"""Everything about an inspection."""
SAVED: Final = f"... on InspectionSaved {{ inspection {{ {INSPECTION} }} }}"
REFRESHED: Final = f"""... on InspectionRefreshed {{ inspection {{ {INSPECTION} }}
    changes {{ key label before after }} }}"""
NODE: Final = f"query($id: ID!) {{ node(id: $id) {{ ... on Inspection {{ {INSPECTION} }} }} }}"
RECORDS: Final = """query($where: InspectionFilterInput!, $first: Int!) {
    inspections(where: $where, first: $first) { totalCount nodes { id } } }"""


def a_problem(**changes: Any) -> dict[str, Any]:
    return {
        "category": "ON_SITE_VIOLATION",
        "severity": "GENERAL",
        "description": "3号工房在岗5人，超过核定4人。",
        "rectifyOn": f"{in_days(6)}",
    } | changes


def a_patrol_form(**changes: Any) -> dict[str, Any]:
    """Complete, without problems; the conclusion fits if nothing else is asked for."""
    return {
        "dutyCheck": {"means": "PHONE", "officer": "周值班", "onDuty": True},
        "observations": "雨天路滑，已提醒。",
        "conclusion": _fitting(changes),
    } | changes


def all_findings(kind: EnterpriseKind = EnterpriseKind.PRODUCTION, **persons: Any) -> list[dict[str, Any]]:
    """Every item of the checklist, with a note; PERSONS comes first and may be found otherwise than in order."""
    items = sorted((item.code for item in checklist_for(kind)), key=lambda code: code != "PERSONS")
    found = [{"item": code, "result": "OK", "note": "已核对原件"} for code in items]
    found[0] |= persons
    return found


def a_check_form(kind: EnterpriseKind = EnterpriseKind.PRODUCTION, **changes: Any) -> dict[str, Any]:
    """Complete, without problems; the conclusion fits if nothing else is asked for."""
    wrong = {"result": "NOT_OK", "note": "3号工房多1人", "problem": 1} if changes.get("problems") else {}
    return {
        "findings": all_findings(kind, **wrong),
        "observations": "台账齐全。",
        "conclusion": _fitting(changes),
    } | changes


def _fitting(changes: dict[str, Any]) -> str:
    return "PROBLEMS_ISSUED" if changes.get("problems") else "NO_PROBLEM_FOUND"


def open_patrol(who: Somebody, region: str = PUCHENG, *, key: str = KEY) -> dict[str, Any]:
    """The draft."""
    return saved(who.change(OPEN_PATROL, SAVED, region=region, key=key))


def open_spot_check(who: Somebody, of: Enterprise, *, key: str = KEY) -> dict[str, Any]:
    """The draft."""
    return saved(who.change(OPEN_SPOT_CHECK, SAVED, enterprise=id_of(of), key=key))


def edit(who: Somebody, draft: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    return saved(who.change(EDIT, SAVED, id=draft["id"], revision=draft["revision"], form=form))


def submit(who: Somebody, draft: dict[str, Any]) -> dict[str, Any]:
    return saved(who.change(SUBMIT_INSPECTION, SAVED, id=draft["id"], revision=draft["revision"]))


def saved(answer: dict[str, Any]) -> dict[str, Any]:
    """The inspection of an answer; fails on a refusal."""
    assert "inspection" in answer, answer
    found: dict[str, Any] = answer["inspection"]
    return found


def a_patrol(who: Somebody, region: str = PUCHENG, *, key: str = KEY, **form: Any) -> dict[str, Any]:
    """A record: opened, filled in and submitted."""
    return submit(who, edit(who, open_patrol(who, region, key=key), a_patrol_form(**form)))


def a_spot_check(who: Somebody, of: Enterprise, *, key: str = KEY, **form: Any) -> dict[str, Any]:
    """A record: opened, filled in and submitted."""
    return submit(who, edit(who, open_spot_check(who, of, key=key), a_check_form(of.kind, **form)))


def seen(who: Somebody, id: str) -> dict[str, Any] | None:
    """The inspection as somebody sees it, who may not."""
    found: dict[str, Any] | None = who.ask(NODE, id=id)["node"]
    return found


def drafts(who: Somebody) -> list[str]:
    """Ids of somebody's own."""
    found = who.ask("{ inspectionDrafts(first: 50) { nodes { id } } }")["inspectionDrafts"]
    return [node["id"] for node in found["nodes"]]


def records(who: Somebody, *, first: int = 50, **where: Any) -> list[str]:
    """Ids of the records that somebody finds, of today where no days are given; as many as are counted."""
    days = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"}
    found = who.ask(RECORDS, where=days | where, first=first)["inspections"]
    ids = [node["id"] for node in found["nodes"]]
    assert found["totalCount"] >= len(ids) and (found["totalCount"] == len(ids) or len(ids) == first)
    return ids


def figures(inspection: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The figures of its sheet by key."""
    return {figure["key"]: figure for figure in inspection["sheet"]["figures"]}


def refused(who: Somebody, mutation: str, **variables: Any) -> tuple[str, str | None]:
    """(code, field) of a mutation that is refused."""
    code, _, field = who.refusal(mutation, **variables)
    return code, field
