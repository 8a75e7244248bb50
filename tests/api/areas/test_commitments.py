"""An enterprise's day over the API: the pre-filled form, reporting, correcting, re-opening, and what each may do now."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.domain.enterprise import Enterprise, EnterpriseKind

from .asking import (
    CORRECT,
    REOPEN,
    SAVED,
    SUBMIT,
    TODAY,
    Scene,
    a_scene,
    commitment_of,
    form_for,
    id_of,
    stopped_form,
    unknown,
)

KEY = "device-1-0001"
TOMORROW = TODAY + timedelta(days=1)
PREFILL = """query($id: ID!) { commitmentPrefill(enterpriseId: $id) {
    businessDate carriedFrom suggestedGrade gradeReasons
    figures { key label value unit source asOf shown rank { place } }
    form { status riskGrade text promiser dutyLeader dutyPhone majorHazard topTemperature explanation
        stoppage { reason expectedResumption }
        production { workshopsInUse powderWorkshopsInUse powderProcesses presentPersons presentPowderKg }
        wholesale { warehousesInUse stockBoxes } } } }"""


@pytest.fixture
def scene() -> Scene:
    return a_scene()


def submit(scene: Scene, of: Enterprise, form: dict[str, Any], **more: Any) -> dict[str, Any]:
    return scene.head_of(of).change(SUBMIT, SAVED, id=id_of(of), day=f"{TODAY}", form=form, **more)


def figures(scene: Scene, of: Enterprise) -> dict[str, Any]:
    found = scene.head_of(of).ask(PREFILL, id=id_of(of))["commitmentPrefill"]
    return {figure["key"]: figure for figure in found["figures"]}


# ---------------------------------------------------------------- the pre-filled form


def test_every_automatic_figure_says_where_it_comes_from_and_of_when_it_is(scene: Scene) -> None:
    found = figures(scene, scene.red)
    assert found["workshopsTotal"] == {
        "key": "workshopsTotal",
        "label": "工房总数",
        "value": str(len(scene.red.workshops)),
        "unit": "间",
        "source": "企业档案",
        "asOf": "2026-11-24T08:30:00+08:00",
        "shown": f"{len(scene.red.workshops)}间",
        "rank": None,
    }
    assert found["approvedPersons"]["value"] == str(scene.red.approved_persons)
    assert found["permit"]["source"] == "证书档案" and found["permit"]["value"].startswith("有效")
    assert found["shutdown"]["value"] == "不在停产期"
    assert all(figure["source"] for figure in found.values())


def test_what_is_not_connected_is_null_and_says_so_and_is_never_zero(scene: Scene) -> None:
    found = figures(scene, scene.red)
    for key in ("openProblems", "openAlerts"):
        assert (found[key]["value"], found[key]["source"], found[key]["asOf"]) == (None, "未接入", None)
        assert found[key]["shown"] == "未接入"


def test_a_wholesalers_figures_are_of_warehouses(scene: Scene) -> None:
    found = figures(scene, scene.enterprises[5])
    assert {"warehousesTotal", "approvedBoxes", "approvedStockKg"} <= set(found)
    assert "powderWorkshopsTotal" not in found


def test_the_form_of_somebody_who_never_reported_starts_from_the_archive(scene: Scene) -> None:
    found = scene("enterprise-head").ask(PREFILL, id=id_of(scene.red))["commitmentPrefill"]
    assert (found["businessDate"], found["carriedFrom"]) == (f"{TODAY}", None)
    form = found["form"]
    assert form["production"]["workshopsInUse"] == len(scene.red.workshops)
    assert form["production"]["presentPersons"] == 0 and form["production"]["powderProcesses"] == []
    assert form["promiser"] == scene("enterprise-head").ask("{ viewer { name } }")["viewer"]["name"]
    assert scene.red.name in form["text"] and found["gradeReasons"]


def test_the_next_days_form_carries_over_what_lasts_and_not_what_must_be_looked_at(scene: Scene) -> None:
    form = form_for(scene.red, explanation="交接班", majorHazard=True, hazardousWork={"workAtHeight": 3})
    submit(scene, scene.red, form)
    scene.at("08:30", TOMORROW)
    found = scene("enterprise-head").ask(PREFILL, id=id_of(scene.red))["commitmentPrefill"]
    assert found["carriedFrom"] == f"{TODAY}" and found["businessDate"] == f"{TOMORROW}"
    carried = found["form"]
    assert (carried["dutyLeader"], carried["dutyPhone"]) == ("王建国", "13900000001")
    assert carried["production"]["workshopsInUse"] == 2
    assert carried["production"]["powderProcesses"] == []
    assert (carried["majorHazard"], carried["topTemperature"], carried["explanation"]) == (False, None, "")


def test_in_a_shutdown_period_the_form_says_stopped_and_until_when(scene: Scene) -> None:
    standing = scene.enterprises[9]
    found = scene.head_of(standing).ask(PREFILL, id=id_of(standing))["commitmentPrefill"]
    assert found["form"]["status"] == "STOPPED"
    assert found["form"]["stoppage"] == {"reason": "HIGH_TEMPERATURE", "expectedResumption": "2026-11-29"}
    assert "停产" in found["form"]["text"]


@pytest.mark.parametrize("which", ["foreign", "unknown", "broken", "of another kind"])
def test_no_form_for_what_is_not_mine(scene: Scene, which: str) -> None:
    asked = {
        "foreign": id_of(scene.enterprises[1]),
        "unknown": unknown("Enterprise"),
        "broken": "不是编号",
        "of another kind": commitment_of(scene.red),
    }[which]
    error = scene("enterprise-head").error(PREFILL, id=asked)
    assert error["code"] == "NOT_FOUND"


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
    assert "2026-10-13" in sentence and "经营（批发）许可证" in sentence
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


# ---------------------------------------------------------------- correcting and re-opening


def test_every_version_is_kept_newest_first(scene: Scene) -> None:
    submit(scene, scene.red, form_for(scene.red))
    head = scene("enterprise-head")
    for revision in (1, 2):
        answer = head.change(
            CORRECT,
            SAVED,
            id=commitment_of(scene.red),
            revision=revision,
            form=form_for(scene.red, topTemperature=28 + revision),
        )
        assert answer["commitment"]["revision"] == revision + 1
    query = """query($id: ID!) { node(id: $id) { ... on Commitment { revision
        versions { revision reportedAt form { topTemperature } } } } }"""
    found = head.ask(query, id=commitment_of(scene.red))["node"]
    assert found["revision"] == 3
    assert [(v["revision"], v["form"]["topTemperature"]) for v in found["versions"]] == [
        (3, 30),
        (2, 29),
        (1, 28),
    ]


def test_who_corrects_another_version_than_the_newest_is_told_which_it_is(scene: Scene) -> None:
    submit(scene, scene.red, form_for(scene.red))
    correct = {"id": commitment_of(scene.red), "form": form_for(scene.red, topTemperature=31)}
    scene("enterprise-head").change(CORRECT, revision=1, **correct)
    code, sentence, field = scene("enterprise-manager").refusal(CORRECT, revision=1, **correct)
    assert (code, field) == ("CONFLICT", "revision")
    assert "第2版" in sentence and "第1版" in sentence


def test_from_the_deadline_on_only_the_county_can_open_it_again(scene: Scene) -> None:
    submit(scene, scene.red, form_for(scene.red))
    scene.at("10:00")
    correct = {"id": commitment_of(scene.red), "revision": 1, "form": form_for(scene.red)}
    code, sentence, _ = scene("enterprise-head").refusal(CORRECT, **correct)
    assert code == "CORRECTION_CLOSED" and "所在地应急管理部门" in sentence
    reopen = {"id": commitment_of(scene.red), "reason": "在岗人数有误"}
    for username, expected in (
        ("city-duty", "FORBIDDEN"),
        ("province-head", "FORBIDDEN"),
        ("enterprise-head", "FORBIDDEN"),
        ("duty-610528", "NOT_FOUND"),
    ):
        assert scene(username).refusal(REOPEN, **reopen)[0] == expected
    answer = scene("county-duty").change(REOPEN, SAVED, **reopen)["commitment"]
    assert (answer["state"], answer["allowedActions"]) == ("REOPENED", [])
    again = scene("enterprise-head").change(CORRECT, SAVED, **correct)["commitment"]
    assert (again["state"], again["revision"], again["late"]) == ("REPORTED", 2, False)


def test_a_region_without_a_county_department_is_opened_again_by_its_own_city() -> None:
    scene = a_scene(160)
    local = next(of for of in scene.enterprises if of.region_id == "611100")
    submit(scene, local, form_for(local))
    submit(scene, scene.red, form_for(scene.red))
    scene.at("10:00")
    query = "query($id: ID!) { node(id: $id) { ... on Commitment { allowedActions } } }"
    for username, of, expected in (
        ("duty-611100", local, ["REOPEN"]),
        ("province-duty", local, []),
        ("city-duty", scene.red, []),
        ("county-duty", scene.red, ["REOPEN"]),
    ):
        assert scene(username).ask(query, id=commitment_of(of))["node"]["allowedActions"] == expected
    reopen = {"id": commitment_of(local), "reason": "库存数量有误"}
    assert scene("city-duty").refusal(REOPEN, **reopen)[0] == "NOT_FOUND"
    code, sentence, _ = scene("city-duty").refusal(REOPEN, **reopen | {"id": commitment_of(scene.red)})
    assert code == "FORBIDDEN" and "县级部门" in sentence
    answer = scene("duty-611100").change(REOPEN, SAVED, **reopen)["commitment"]
    assert (answer["state"], answer["allowedActions"]) == ("REOPENED", [])


def test_a_reason_is_needed_and_the_refusal_says_where(scene: Scene) -> None:
    submit(scene, scene.red, form_for(scene.red))
    scene.at("10:00")
    code, sentence, field = scene("county-duty").refusal(REOPEN, id=commitment_of(scene.red), reason="")
    assert (code, field) == ("BAD_USER_INPUT", "reason") and "至少2个字" in sentence


def test_before_the_deadline_there_is_nothing_to_reopen(scene: Scene) -> None:
    submit(scene, scene.red, form_for(scene.red))
    code, sentence, _ = scene("county-duty").refusal(REOPEN, id=commitment_of(scene.red), reason="看错了")
    assert code == "ACTION_NOT_ALLOWED" and "上报时限未过" in sentence


def test_what_each_may_do_now_follows_the_day(scene: Scene) -> None:
    query = "query($id: ID!) { node(id: $id) { ... on Commitment { allowedActions } } }"

    def allowed(username: str) -> list[str]:
        found = scene(username).ask(query, id=commitment_of(scene.red))["node"]["allowedActions"]
        return list(found)

    people = ("enterprise-head", "enterprise-manager", "county-duty", "city-duty", "province-head")
    assert [allowed(who) for who in people] == [["SUBMIT"], ["SUBMIT"], [], [], []]
    submit(scene, scene.red, form_for(scene.red))
    assert [allowed(who) for who in people] == [["CORRECT"], ["CORRECT"], [], [], []]
    scene.at("10:00")
    assert [allowed(who) for who in people] == [[], [], ["REOPEN"], [], []]
    scene("county-duty").change(REOPEN, id=commitment_of(scene.red), reason="在岗人数有误")
    assert [allowed(who) for who in people] == [["CORRECT"], ["CORRECT"], [], [], []]
    scene.at("09:00", TOMORROW)
    opened_for_a_day = "re-opened for that one day only; then it takes another re-opening"
    assert [allowed(who) for who in people] == [[], [], ["REOPEN"], [], []], opened_for_a_day
    scene("county-duty").change(REOPEN, id=commitment_of(scene.red), reason="昨日未更正")
    assert [allowed(who) for who in people] == [["CORRECT"], ["CORRECT"], [], [], []]


def test_whatever_is_allowed_succeeds_and_whatever_is_not_is_refused(scene: Scene) -> None:
    """`allowedActions` and the mutations agree at every step of a day, for the enterprise and its county."""
    query = "query($id: ID!) { node(id: $id) { ... on Commitment { allowedActions revision } } }"
    commitment, form = commitment_of(scene.red), form_for(scene.red)

    def agree(username: str, action: str, mutation: str, **variables: Any) -> None:
        seen = scene(username).ask(query, id=commitment)["node"]
        if "revision: $revision" in mutation:
            variables["revision"] = seen["revision"]
        answer = scene(username).change(mutation, **variables)
        assert (answer["__typename"] == "CommitmentSaved") is (action in seen["allowedActions"]), answer

    for text in ("09:00", "09:59:59", "10:00", "15:00"):
        scene.at(text)
        for _ in range(2):
            agree("enterprise-head", "CORRECT", CORRECT, id=commitment, form=form)
            agree("county-duty", "REOPEN", REOPEN, id=commitment, reason="数字有误")
            agree("enterprise-head", "SUBMIT", SUBMIT, id=id_of(scene.red), day=f"{TODAY}", form=form)


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
