"""An enterprise's day over the API: what is reported, what is answered, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yanbao.domain.directory.enterprise import EnterpriseKind

from ...support.asking import (
    SAVED,
    SUBMIT,
    TODAY,
    Scene,
    a_scene,
    commitment_of,
    form_for,
    id_of,
    stopped_form,
    submit,
    unknown,
)
from ...support.dates import in_days

KEY = "device-1-0001"
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def scene() -> Scene:
    return a_scene()


# ---------------------------------------------------------------- reporting


def test_a_report_is_answered_with_the_commitment_as_it_stands(scene: Scene) -> None:
    answer = submit(scene, scene.red, form_for(scene.red))["commitment"]
    assert answer["id"] == commitment_of(scene.red)
    assert (answer["state"], answer["revision"], answer["late"]) == ("REPORTED", 1, False)
    assert (answer["origin"], answer["status"]) == ("MANUAL", "IN_PRODUCTION")
    assert answer["allowedActions"] == ["CORRECT"]
    assert answer["report"]["form"]["topTemperature"] == 28


def test_a_safety_manager_reports_as_the_head_does(scene: Scene) -> None:
    answer = scene("enterprise-manager").change(
        SUBMIT, SAVED, id=id_of(scene.red), day=f"{TODAY}", form=form_for(scene.red)
    )
    assert answer["commitment"]["reportedBy"] == "邓红芳"


def test_a_wholesaler_reports_what_is_in_store(scene: Scene) -> None:
    answer = submit(scene, scene.enterprises[5], form_for(scene.enterprises[5]))
    assert answer["commitment"]["state"] == "REPORTED"


def test_everything_that_was_stated_can_be_read_again(scene: Scene) -> None:
    jobs = {
        name: number + 1
        for number, name in enumerate(
            (
                *("hotWorkSpecial", "hotWorkFirst", "hotWorkSecond", "temporaryElectricity", "workAtHeight"),
                *("confinedSpace", "maintenance", "powderDisposal", "contractorWork"),
            )
        )
    }
    given = form_for(scene.red, hazardousWork=jobs, explanation="已核实", riskGrade=1, stormWarning=True)
    submit(scene, scene.red, given)
    query = f"""query($id: ID!) {{ node(id: $id) {{ ... on Commitment {{ report {{ form {{
        status dutyLeader dutyPhone topTemperature stormWarning majorHazard riskGrade text promiser explanation
        hazardousWork {{ {" ".join(jobs)} }}
        production {{ workshopsInUse powderWorkshopsInUse powderProcesses presentPersons presentPowderKg }}
        wholesale {{ stockKg }} stoppage {{ reason }} }} }} }} }} }}"""
    form = scene("enterprise-head").ask(query, id=commitment_of(scene.red))["node"]["report"]["form"]
    assert form == given | {"wholesale": None, "stoppage": None}


def test_exceeding_what_is_approved_needs_an_explanation_and_is_flagged(scene: Scene) -> None:
    most = scene.red.approved_persons
    form = form_for(scene.red)
    form["production"]["presentPersons"] = most + 3
    head = scene("enterprise-head")
    code, sentence, field = head.refusal(SUBMIT, id=id_of(scene.red), day=f"{TODAY}", form=form)
    assert (code, field) == ("EXCESS_UNEXPLAINED", "production.presentPersons")
    assert f"{most + 3}人" in sentence and f"核定{most}人" in sentence
    submit(scene, scene.red, form | {"explanation": "交接班重叠"})
    query = """query($id: ID!) { node(id: $id) { ... on Commitment { excess
        report { excesses { what field present approved unit sentence } } } } }"""
    flagged = head.ask(query, id=commitment_of(scene.red))["node"]
    assert flagged["excess"] is True
    (excess,) = flagged["report"]["excesses"]
    assert (excess["present"], excess["approved"], excess["unit"]) == (f"{most + 3}", f"{most}", "人")


def test_a_section_of_the_wrong_kind_is_refused_as_that_and_nothing_else(scene: Scene) -> None:
    seller = next(of for of in scene.enterprises if of.kind is EnterpriseKind.WHOLESALE)
    form = form_for(scene.red, wholesale=form_for(seller)["wholesale"])
    assert scene("enterprise-head").refusal(SUBMIT, id=id_of(scene.red), day=f"{TODAY}", form=form) == (
        "BAD_USER_INPUT",
        "生产企业不填写仓储情况。",
        "wholesale",
    )


def test_producing_on_an_expired_permit_is_refused_with_its_number_and_date(scene: Scene) -> None:
    expired = scene.enterprises[12]
    head = scene.head_of(expired)
    code, sentence, field = head.refusal(SUBMIT, id=id_of(expired), day=f"{TODAY}", form=form_for(expired))
    assert (code, field) == ("PERMIT_EXPIRED", "status")
    assert f"{in_days(-42)}" in sentence and "经营（批发）许可证" in sentence
    assert submit(scene, expired, stopped_form())["commitment"]["status"] == "STOPPED"


def test_stopped_with_powder_in_use_is_refused(scene: Scene) -> None:
    form = stopped_form(production=form_for(scene.red)["production"])
    code, sentence, field = scene("enterprise-head").refusal(
        SUBMIT, id=id_of(scene.red), day=f"{TODAY}", form=form
    )
    assert (code, field) == ("STOPPED_WITH_POWDER_IN_USE", "production.powderWorkshopsInUse")
    assert "现为1" in sentence


def test_everything_that_is_wrong_is_said_at_once_each_with_its_field(scene: Scene) -> None:
    form = form_for(scene.red, topTemperature=99, riskGrade=7, text="短", dutyLeader="")
    answer = scene("enterprise-head").change(
        SUBMIT,
        "... on InvalidFormRefusal { items { code message field } }",
        id=id_of(scene.red),
        day=f"{TODAY}",
        form=form,
    )
    assert (answer["__typename"], answer["code"]) == ("InvalidFormRefusal", "INVALID_FORM")
    assert {item["field"] for item in answer["items"]} == {
        "topTemperature",
        "riskGrade",
        "text",
        "dutyLeader",
    }
    assert any("99" in item["message"] for item in answer["items"])
    assert f"{len(answer['items'])}处" in answer["message"]


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TOMORROW, date(1, 1, 1), date(9999, 12, 31)])
def test_another_day_than_today_is_refused_with_both_dates(scene: Scene, day: date) -> None:
    code, sentence, field = scene("enterprise-head").refusal(
        SUBMIT, id=id_of(scene.red), day=f"{day}", form=form_for(scene.red)
    )
    assert (code, field) == ("NOT_TODAY", "businessDate")
    assert f"{TODAY}" in sentence and f"{day}" in sentence


@pytest.mark.parametrize("which", ["foreign", "unknown", "broken", "of another kind"])
def test_for_another_enterprise_nothing_can_be_reported(scene: Scene, which: str) -> None:
    asked = {
        "foreign": id_of(scene.enterprises[17]),
        "unknown": unknown("Enterprise"),
        "broken": "%%%",
        "of another kind": commitment_of(scene.red),
    }[which]
    code, sentence, _ = scene("enterprise-head").refusal(
        SUBMIT, id=asked, day=f"{TODAY}", form=form_for(scene.red)
    )
    assert code == "NOT_FOUND" and sentence.startswith("没有找到") and sentence.endswith("或您无权查看。")
    assert len(scene.state.duties) == 0


@pytest.mark.parametrize("username", ["county-duty", "province-head", "system-admin", "audit-admin"])
def test_nobody_but_the_enterprise_reports(scene: Scene, username: str) -> None:
    code, _, _ = scene(username).refusal(
        SUBMIT, id=id_of(scene.red), day=f"{TODAY}", form=form_for(scene.red)
    )
    assert code == "FORBIDDEN"


def test_a_double_click_is_one_report(scene: Scene) -> None:
    first = submit(scene, scene.red, form_for(scene.red), key=KEY)
    assert submit(scene, scene.red, form_for(scene.red), key=KEY) == first
    assert first["commitment"]["revision"] == 1 and len(scene.state.duties) == 1


def test_one_key_for_two_different_reports_is_a_conflict(scene: Scene) -> None:
    submit(scene, scene.red, form_for(scene.red), key=KEY)
    answer = submit(scene, scene.red, form_for(scene.red, topTemperature=30), key=KEY)
    assert (answer["__typename"], answer["field"]) == ("ConflictRefusal", "clientMutationKey")


# ---------------------------------------------------------------- who sees what, and who may go before the automatic ones


def test_departments_see_the_duty_phone_masked_and_the_enterprise_sees_it_whole(scene: Scene) -> None:
    submit(scene, scene.red, form_for(scene.red))
    query = "query($id: ID!) { node(id: $id) { ... on Commitment { report { form { dutyPhone } } } } }"

    def phone(username: str) -> str:
        found = scene(username).ask(query, id=commitment_of(scene.red))["node"]["report"]["form"]["dutyPhone"]
        return str(found)

    assert phone("enterprise-head") == "13900000001"
    assert phone("county-duty") == phone("province-head") == "139****0001"


def test_an_enterprise_that_stands_still_may_report_by_hand_and_takes_the_automatic_ones_place(
    scene: Scene,
) -> None:
    standing = scene.enterprises[9]
    scene.world.app.commitments.report_shutdowns(TODAY)
    query = """query($id: ID!) { node(id: $id) { ... on Commitment { state origin stopReason late allowedActions
        versions { origin revision form { dutyPhone topTemperature stormWarning } } } } }"""
    before = scene.head_of(standing).ask(query, id=commitment_of(standing))["node"]
    assert (before["state"], before["origin"], before["stopReason"]) == (
        "REPORTED_AUTOMATICALLY",
        "AUTO",
        "HIGH_TEMPERATURE",
    )
    assert before["allowedActions"] == ["SUBMIT"]
    assert before["versions"][0]["form"] == {"dutyPhone": None, "topTemperature": None, "stormWarning": None}
    submit(scene, standing, form_for(standing))
    after = scene.head_of(standing).ask(query, id=commitment_of(standing))["node"]
    assert (after["state"], after["origin"]) == ("REPORTED", "MANUAL")
    assert [(v["revision"], v["origin"]) for v in after["versions"]] == [(2, "MANUAL"), (1, "AUTO")]
