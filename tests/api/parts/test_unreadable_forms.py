"""Values of the wrong type, missing and unknown ones come with the form's other faults, by path and in Chinese."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLNonNull, is_input_type, print_type

from yanbao.domain.directory.enterprise import Enterprise

from ...support.asking import SUBMIT, TODAY, Somebody, World, a_world, form_for, id_of, region_id, unknown
from ...support.dates import in_days
from ...support.system import schema
from ..inspection.inspecting import EDIT, open_spot_check
from ..problem.issuing import to_the_county
from ..problem.test_problems import step
from ..refusing import nothing_stored_in, put

FORM = """{ __typename ... on Refusal { code message field }
    ... on InvalidFormRefusal { items { code message field } } }"""
PERSON = """mutation($id: ID, $name: String!, $phone: String!, $role: Role!, $employer: EmployerInput!) {
    savePerson(id: $id, name: $name, phone: $phone, role: $role, employer: $employer) @ }"""
ENTERPRISE = """mutation($code: String!, $kind: EnterpriseKind!, $region: ID!, $workshops: [WorkshopInput!]!) {
    saveEnterprise(creditCode: $code, name: "厂", kind: $kind, regionId: $region, address: "县城",
        workshops: $workshops, warehouses: []) @ }"""
SETTING = """mutation($region: ID!, $key: SettingKey!, $value: String!, $from: Date!) {
    setSetting(regionId: $region, key: $key, value: $value, effectiveFrom: $from) @ }"""


@pytest.fixture
def world() -> World:
    return a_world()


def answer(who: Somebody, mutation: str, **variables: Any) -> dict[str, Any]:
    """The refusal; nothing is stored."""
    with nothing_stored_in(who.system.storage):
        (found,) = who.ask(mutation.replace("@", FORM), **variables).values()
    return dict(found)


def faults(who: Somebody, mutation: str, **variables: Any) -> dict[str, str]:
    """Field and sentence of every fault."""
    refusal = answer(who, mutation, **variables)
    assert refusal["__typename"] == "InvalidFormRefusal", refusal
    return {item["field"]: item["message"] for item in refusal["items"]}


def submit(world: World, form: Any, of: Enterprise | None = None, day: Any = f"{TODAY}") -> dict[str, str]:
    return faults(world("enterprise-head"), SUBMIT, id=id_of(of or world.red), day=day, form=form)


# ---------------------------------------------------------------- the commitment


def test_wrong_types_come_with_the_faults_of_the_values(world: World) -> None:
    form = form_for(world.red, dutyPhone="1390000", topTemperature=36.5, dutyLeader="", stormWarning="no")
    form = put(put(form, "production.presentPersons", "three"), "hazardousWork.workAtHeight", 2**31)
    del form["riskGrade"]
    assert submit(world, form) == {
        "production.presentPersons": "“在岗人数”应为整数，现为“three”。",
        "hazardousWork.workAtHeight": "“高处作业”应为整数，现为“2147483648”。",
        "topTemperature": "“最高气温（℃）”应为整数，现为“36.5”。",
        "stormWarning": "“是否有雷电或暴雨预警”应为true或false，现为“no”。",
        "riskGrade": "“风险等级”必须填写。",
        "dutyPhone": "手机号码应为11位数字，以13至19开头。",
        "dutyLeader": "带班领导不能为空。",
    }


def test_unknown_choices_and_no_dates_come_with_the_rest(world: World) -> None:
    form = form_for(world.red, status="PAUSED", explanation="字" * 501, spare=1)
    form["stoppage"] = {"reason": "TIRED", "expectedResumption": "2026-02-30"}
    form = put(form, "production.powderProcesses", ["MIXING", "COOKING", None])
    found = submit(world, form)
    assert found == {
        "status": "“生产状态”应为IN_PRODUCTION（在产）、STOPPED（停产）之一，现为“PAUSED”。",
        "stoppage.reason": found["stoppage.reason"],
        "stoppage.expectedResumption": "“预计复产日期”日期不存在或格式不正确，应写作 2026-11-24，现为“2026-02-30”。",
        "production.powderProcesses.1": found["production.powderProcesses.1"],
        "production.powderProcesses.2": "“今日涉药工序”必须填写。",
        "spare": "没有名为“spare”的输入项。",
        "explanation": "情况说明最多500个字，现有501个。",
    }
    assert found["stoppage.reason"].startswith("“原因”应为HIGH_TEMPERATURE（高温）、")
    assert "MIXING（混药）" in found["production.powderProcesses.1"]


def test_a_stand_in_causes_no_fault_of_its_own(world: World) -> None:
    form = put(form_for(world.red), "production.powderWorkshopsInUse", "two")
    refusal = answer(world("enterprise-head"), SUBMIT, id=id_of(world.red), day=f"{TODAY}", form=form)
    assert (refusal["__typename"], refusal["code"], refusal["field"]) == (
        "InvalidInputRefusal",
        "BAD_USER_INPUT",
        "production.powderWorkshopsInUse",
    ), "neither the processes nor the powder contradict a number that nobody has stated"
    found = submit(world, put(form_for(world.red, majorHazard="yes", riskGrade=3), "dutyLeader", ""))
    assert set(found) == {"majorHazard", "dutyLeader"}


@pytest.mark.parametrize("form", [7, "x", [], True], ids=repr)
def test_a_form_that_is_none_is_refused_as_one(world: World, form: Any) -> None:
    refusal = answer(world("enterprise-head"), SUBMIT, id=id_of(world.red), day="2026-02-30", form=form)
    assert refusal["code"] == "INVALID_FORM"
    assert {item["field"] for item in refusal["items"]} >= {"form", "businessDate"}


def test_what_is_no_matter_of_the_form_stands_alone(world: World) -> None:
    form = form_for(world.red, topTemperature=36.5)
    for who, id, code in (
        ("county-head", id_of(world.red), "FORBIDDEN"),
        ("enterprise-head", unknown("Enterprise"), "NOT_FOUND"),
    ):
        assert answer(world(who), SUBMIT, id=id, day=f"{TODAY}", form=form)["code"] == code
    answered = world.nobody.send(SUBMIT.replace("@", FORM), id=id_of(world.red), day=f"{TODAY}", form=form)
    assert answered["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_the_same_key_serves_the_mended_form(world: World) -> None:
    document = """mutation($id: ID!, $day: Date!, $form: CommitmentFormInput!, $key: String) {
        submitCommitment(enterpriseId: $id, businessDate: $day, form: $form, clientMutationKey: $key) @ }"""
    head, given = world("enterprise-head"), {"id": id_of(world.red), "day": f"{TODAY}", "key": "phone-1-0001"}
    wrong = answer(head, document, form=form_for(world.red, topTemperature="warm"), **given)
    assert wrong["field"] == "topTemperature"
    assert head.change(document, form=form_for(world.red), **given)["__typename"] == "CommitmentSaved"


# ---------------------------------------------------------------- the other forms


def test_in_a_draft(world: World) -> None:
    inspector = world("county-inspector")
    draft = open_spot_check(inspector, world.red)
    form = {
        "observations": "长" * 2001,
        "findings": [{"item": "LIGHTNING", "result": "MAYBE"}, {"item": "NO_SUCH", "result": "OK"}],
        "problems": [{"severity": 3, "rectifyOn": "morgen", "description": "长" * 1001}],
        "attachments": [{}, unknown("Attachment")],
    }
    found = faults(inspector, EDIT, id=draft["id"], revision=1, form=form)
    assert set(found) == {
        *("findings.0.result", "problems.0.severity", "problems.0.rectifyOn", "attachments.0"),
        *("attachments", "observations", "findings.1.item", "problems.0.description"),
    }
    assert found["problems.0.rectifyOn"] == "“整改期限（含）”日期应写作 2026-11-24，现为“morgen”。"
    stale = answer(inspector, EDIT, id=draft["id"], revision=7, form=form)
    assert (stale["code"], stale["field"]) == ("CONFLICT", "revision")


def test_in_a_feedback(world: World) -> None:
    county, id = world("county-head"), to_the_county(world)
    step(county, "acknowledgeProblem", id, 1)
    step(county, "rectifyProblem", id, 2)
    document = """mutation($id: ID!, $revision: Int!, $feedback: FeedbackInput!) {
        reportProblemProgress(id: $id, revision: $revision, feedback: $feedback) @ }"""
    feedback = {"situation": "", "progress": 50, "plannedOn": 7, "attachments": ["x"]}
    assert set(faults(county, document, id=id, revision=3, feedback=feedback)) == {
        *("measures", "progress", "plannedOn", "situation", "attachments"),
    }
    more_time = """mutation($id: ID!, $revision: Int!, $until: Date!, $reason: String!) {
        requestExtension(id: $id, revision: $revision, until: $until, reason: $reason) @ }"""
    assert set(faults(county, more_time, id=id, revision=3, until="2026-13-01", reason="")) == {
        "until",
        "reason",
    }


def test_in_the_directory_and_in_settings(world: World) -> None:
    head = world("county-head")
    employer = {"enterpriseId": id_of(world.red), "departmentId": unknown("Department")}
    found = faults(head, PERSON, name="", phone="1", role="BOSS", employer=employer)
    assert set(found) == {"role", "employer", "name", "phone"}
    assert found["employer"] == "“所属部门或企业”须在“部门”、“企业”中填写一项，且只能填写一项。"
    shop = {"number": "1", "name": "", "powder": True, "approvedPersons": "2", "approvedPowderKg": "heavy"}
    shops = [shop, {"number": "2"}]
    found = faults(head, ENTERPRISE, code="9161", kind="SHOP", region=region_id("610100"), workshops=shops)
    assert set(found) == {
        *("kind", "workshops.0.approvedPersons", "workshops.0.approvedPowderKg"),
        *(f"workshops.1.{part}" for part in ("name", "powder", "approvedPersons", "approvedPowderKg")),
        *("regionId", "creditCode", "workshops.0.name"),
    }
    assert set(
        faults(head, SETTING, region=region_id("610526"), key="COFFEE", value="x", **{"from": "soon"})
    ) == {"key", "effectiveFrom"}


# ---------------------------------------------------------------- where GraphQL's own errors stand


@pytest.mark.parametrize(
    "document",
    [
        "mutation($x: Int!) { markMessagesRead(ids: [$x]) @ }",
        "mutation($x: Int!) { a: acknowledgeProblem(id: 1, revision: $x) @ b: rectifyProblem(id: 1, revision: $x) @ }",
        """mutation($x: Boolean!) { closeProblem(id: "x", revision: 1, note: "") {
            __typename @include(if: $x) ... on Refusal { code } } }""",
        "query($x: Int!) { problems(where: {}, first: $x) { totalCount } }",
    ],
)
def test_other_requests_keep_the_errors_of_graphql(world: World, document: str) -> None:
    found = world("county-head").send(document.replace("@", "{ __typename }"), x="wrong")
    assert {error["extensions"]["code"] for error in found["errors"]} <= {
        "BAD_USER_INPUT",
        "GRAPHQL_VALIDATION_FAILED",
    }
    assert "data" not in found or found["data"] is None


def test_the_schema_stays_honest() -> None:
    core = schema()._schema
    form = core.type_map["CommitmentFormInput"]
    assert is_input_type(form) and "topTemperature: Int!" in print_type(form)
    assert isinstance(form.fields["riskGrade"].type, GraphQLNonNull)


def test_at_most_a_hundred_faults_are_named(world: World) -> None:
    inspector = world("county-inspector")
    draft = open_spot_check(inspector, world.red)
    form = {"attachments": [{}] * 150, "problems": [{"rectifyOn": f"{in_days(3)}x"}]}
    assert len(answer(inspector, EDIT, id=draft["id"], revision=1, form=form)["items"]) <= 100
