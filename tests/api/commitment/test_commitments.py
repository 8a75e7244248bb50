"""An enterprise's day over the API: what is reported, what is answered, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yanbao.domain.directory.enterprise import Enterprise, EnterpriseKind

from ...support.asking import (
    SAVED,
    SUBMIT,
    TODAY,
    World,
    a_world,
    commitment_of,
    form_for,
    id_of,
    stopped_form,
    submit,
    unknown,
)
from ...support.dates import in_days

KEY = "device-1-0001"
ITEMS = "... on InvalidFormRefusal { items { code message field } }"
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def world() -> World:
    return a_world()


# ---------------------------------------------------------------- reporting


def test_a_report_is_answered_with_the_commitment_as_it_stands(world: World) -> None:
    answer = submit(world, world.red, form_for(world.red))["commitment"]
    assert answer["id"] == commitment_of(world.red)
    assert (answer["state"], answer["revision"], answer["late"]) == ("REPORTED", 1, False)
    assert (answer["origin"], answer["status"]) == ("MANUAL", "IN_PRODUCTION")
    assert answer["allowedActions"] == ["CORRECT"]
    assert answer["report"]["form"]["topTemperature"] == 28


def test_a_safety_manager_reports_as_the_head_does(world: World) -> None:
    answer = world("enterprise-manager").change(
        SUBMIT, SAVED, id=id_of(world.red), day=f"{TODAY}", form=form_for(world.red)
    )
    assert answer["commitment"]["reportedBy"] == "邓红芳"


def test_a_wholesaler_reports_what_is_in_store(world: World) -> None:
    answer = submit(world, world.enterprises[5], form_for(world.enterprises[5]))
    assert answer["commitment"]["state"] == "REPORTED"


def test_everything_that_was_stated_can_be_read_again(world: World) -> None:
    jobs = {
        name: number + 1
        for number, name in enumerate(
            (
                *("hotWorkSpecial", "hotWorkFirst", "hotWorkSecond", "temporaryElectricity", "workAtHeight"),
                *("confinedSpace", "maintenance", "powderDisposal", "contractorWork"),
            )
        )
    }
    given = form_for(
        world.red,
        hazardousWork=jobs,
        explanation="已核实",
        riskGrade=1,
        stormWarning=True,
        supplement="今日有消防演练",
        substitute={"personId": person_of(world.red, "SAFETY_MANAGER", world), "reason": "负责人外出开会"},
    )
    submit(world, world.red, given)
    query = f"""query($id: ID!) {{ node(id: $id) {{ ... on Commitment {{ report {{ form {{
        status dutyLeader dutyPhone topTemperature stormWarning majorHazard riskGrade explanation supplement
        substitute {{ personId reason }} hazardousWork {{ {" ".join(jobs)} }}
        production {{ workshopsInUse powderWorkshopsInUse powderProcesses presentPersons presentPowderKg }}
        wholesale {{ stockKg }} stoppage {{ reason }} }} }} }} }} }}"""
    form = world("enterprise-head").ask(query, id=commitment_of(world.red))["node"]["report"]["form"]
    assert form == given | {"wholesale": None, "stoppage": None}


def person_of(of: Enterprise, role: str, world: World) -> str:
    """The id of a person of the enterprise, as its own people find it."""
    query = "query($id: ID!) { node(id: $id) { ... on Enterprise { people { id role } } } }"
    people = world.head_of(of).ask(query, id=id_of(of))["node"]["people"]
    return str(next(person["id"] for person in people if person["role"] == role))


def test_the_text_is_made_from_the_form_and_shown_in_the_answer_and_kept(world: World) -> None:
    answer = submit(world, world.red, form_for(world.red, supplement="今日有消防演练"))["commitment"]
    text = answer["report"]["text"]
    assert f"{world.red.name}处于生产状态，使用工房2间" in text and "今日涉药工序为混药，在岗1人" in text
    assert "演练" not in text
    query = (
        """query($id: ID!) { node(id: $id) { ... on Commitment { report { text form { supplement } } } } }"""
    )
    kept = world("county-duty").ask(query, id=commitment_of(world.red))["node"]["report"]
    assert kept == {"text": text, "form": {"supplement": "今日有消防演练"}}


@pytest.mark.parametrize("name", ["text", "promiser"])
def test_nobody_writes_the_text_or_the_promiser(world: World, name: str) -> None:
    form = form_for(world.red) | {name: "本企业一切正常，特此承诺。"}
    refusal = world("enterprise-head").refusal(SUBMIT, id=id_of(world.red), day=f"{TODAY}", form=form)
    assert refusal == ("BAD_USER_INPUT", f"没有名为“{name}”的输入项。", name)


def test_the_head_promises_also_when_the_safety_manager_reports(world: World) -> None:
    answer = world("enterprise-manager").change(
        SUBMIT, SAVED, id=id_of(world.red), day=f"{TODAY}", form=form_for(world.red)
    )["commitment"]
    head = world("enterprise-head").ask("{ viewer { name } }")["viewer"]["name"]
    assert answer["report"]["promiser"] == {"name": head, "standingIn": ""}
    assert answer["reportedBy"] != head


def test_a_substitute_of_the_enterprise_promises_with_a_reason_and_of_another_one_is_not_found(
    world: World,
) -> None:
    own = person_of(world.red, "SAFETY_MANAGER", world)
    foreign = person_of(world.enterprises[1], "ENTERPRISE_HEAD", world)
    for id in (foreign, unknown("Person"), "不是编号", id_of(world.red)):
        form = form_for(world.red, substitute={"personId": id, "reason": "负责人外出开会"})
        assert world("enterprise-head").refusal(SUBMIT, id=id_of(world.red), day=f"{TODAY}", form=form) == (
            "NOT_FOUND",
            "没有找到代承诺人，或您无权查看。",
            "substitute.personId",
        )
    form = form_for(world.red, substitute={"personId": own, "reason": "负责人外出开会"})
    answer = submit(world, world.red, form)["commitment"]
    assert answer["report"]["promiser"] == {"name": "邓红芳", "standingIn": "负责人外出开会"}


def test_a_form_that_contradicts_itself_is_refused_with_every_contradiction(world: World) -> None:
    form = form_for(world.red, majorHazard=True, riskGrade=3)
    form["production"] |= {"powderWorkshopsInUse": 0, "powderProcesses": [], "presentPersons": 0}
    answer = world("enterprise-head").change(SUBMIT, ITEMS, id=id_of(world.red), day=f"{TODAY}", form=form)
    assert {(item["code"], item["field"]) for item in answer["items"]} == {
        ("CONTRADICTION", "riskGrade"),
        ("CONTRADICTION", "production.presentPersons"),
        ("CONTRADICTION", "production.presentPowderKg"),
    }


def test_values_that_cannot_be_parsed_are_refused_together_with_the_other_faults(world: World) -> None:
    form = form_for(
        world.red,
        dutyPhone="12345",
        riskGrade=7,
        topTemperature=99,
        substitute={"personId": "不是编号", "reason": "短"},
    )
    answer = world("enterprise-head").change(SUBMIT, ITEMS, id=id_of(world.red), day=f"{TODAY}", form=form)
    assert [item["field"] for item in answer["items"]] == [
        "dutyPhone",
        "topTemperature",
        "riskGrade",
        "substitute.reason",
        "substitute.personId",
    ]
    assert answer["items"][0]["message"] == "手机号码应为11位数字，以13至19开头。"


def test_exceeding_what_is_approved_needs_an_explanation_and_is_flagged(world: World) -> None:
    most = world.red.approved_persons
    form = form_for(world.red)
    form["production"]["presentPersons"] = most + 3
    head = world("enterprise-head")
    code, sentence, field = head.refusal(SUBMIT, id=id_of(world.red), day=f"{TODAY}", form=form)
    assert (code, field) == ("EXCESS_UNEXPLAINED", "production.presentPersons")
    assert f"{most + 3}人" in sentence and f"核定{most}人" in sentence
    submit(world, world.red, form | {"explanation": "交接班重叠"})
    query = """query($id: ID!) { node(id: $id) { ... on Commitment { excess
        report { excesses { what field present approved unit sentence } } } } }"""
    flagged = head.ask(query, id=commitment_of(world.red))["node"]
    assert flagged["excess"] is True
    (excess,) = flagged["report"]["excesses"]
    assert (excess["present"], excess["approved"], excess["unit"]) == (f"{most + 3}", f"{most}", "人")


def test_a_section_of_the_wrong_kind_is_refused_as_that_and_nothing_else(world: World) -> None:
    seller = next(of for of in world.enterprises if of.kind is EnterpriseKind.WHOLESALE)
    form = form_for(world.red, wholesale=form_for(seller)["wholesale"])
    assert world("enterprise-head").refusal(SUBMIT, id=id_of(world.red), day=f"{TODAY}", form=form) == (
        "BAD_USER_INPUT",
        "生产企业不填写仓储情况。",
        "wholesale",
    )


def test_producing_on_an_expired_permit_is_refused_with_its_number_and_date(world: World) -> None:
    expired = world.enterprises[12]
    head = world.head_of(expired)
    code, sentence, field = head.refusal(SUBMIT, id=id_of(expired), day=f"{TODAY}", form=form_for(expired))
    assert (code, field) == ("PERMIT_EXPIRED", "status")
    assert f"{in_days(-42)}" in sentence and "经营（批发）许可证" in sentence
    assert submit(world, expired, stopped_form())["commitment"]["status"] == "STOPPED"


def test_stopped_with_workshops_in_use_is_refused(world: World) -> None:
    form = stopped_form(production=form_for(world.red)["production"])
    answer = world("enterprise-head").change(SUBMIT, ITEMS, id=id_of(world.red), day=f"{TODAY}", form=form)
    found = {(item["code"], item["field"]): item["message"] for item in answer["items"]}
    assert "现为1" in found["STOPPED_WITH_POWDER_IN_USE", "production.powderWorkshopsInUse"]
    assert "现为2" in found["CONTRADICTION", "production.workshopsInUse"]


def test_everything_that_is_wrong_is_said_at_once_each_with_its_field(world: World) -> None:
    form = form_for(world.red, topTemperature=99, riskGrade=7, supplement="短" * 501, dutyLeader="")
    answer = world("enterprise-head").change(
        SUBMIT,
        ITEMS,
        id=id_of(world.red),
        day=f"{TODAY}",
        form=form,
    )
    assert (answer["__typename"], answer["code"]) == ("InvalidFormRefusal", "INVALID_FORM")
    assert {item["field"] for item in answer["items"]} == {
        "topTemperature",
        "riskGrade",
        "supplement",
        "dutyLeader",
    }
    assert any("99" in item["message"] for item in answer["items"])
    assert f"{len(answer['items'])}处" in answer["message"]


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TOMORROW, date(1, 1, 1), date(9999, 12, 31)])
def test_another_day_than_today_is_refused_with_both_dates(world: World, day: date) -> None:
    code, sentence, field = world("enterprise-head").refusal(
        SUBMIT, id=id_of(world.red), day=f"{day}", form=form_for(world.red)
    )
    assert (code, field) == ("NOT_TODAY", "businessDate")
    assert f"{TODAY}" in sentence and f"{day}" in sentence


@pytest.mark.parametrize("which", ["foreign", "unknown", "broken", "of another kind"])
def test_for_another_enterprise_nothing_can_be_reported(world: World, which: str) -> None:
    asked = {
        "foreign": id_of(world.enterprises[17]),
        "unknown": unknown("Enterprise"),
        "broken": "%%%",
        "of another kind": commitment_of(world.red),
    }[which]
    code, sentence, _ = world("enterprise-head").refusal(
        SUBMIT, id=asked, day=f"{TODAY}", form=form_for(world.red)
    )
    assert code == "NOT_FOUND" and sentence.startswith("没有找到") and sentence.endswith("或您无权查看。")
    assert len(world.state.duties) == 0


@pytest.mark.parametrize("username", ["county-duty", "province-head", "system-admin", "audit-admin"])
def test_nobody_but_the_enterprise_reports(world: World, username: str) -> None:
    code, _, _ = world(username).refusal(
        SUBMIT, id=id_of(world.red), day=f"{TODAY}", form=form_for(world.red)
    )
    assert code == "FORBIDDEN"


def test_a_double_click_is_one_report(world: World) -> None:
    first = submit(world, world.red, form_for(world.red), key=KEY)
    assert submit(world, world.red, form_for(world.red), key=KEY) == first
    assert first["commitment"]["revision"] == 1 and len(world.state.duties) == 1


def test_one_key_for_two_different_reports_is_a_conflict(world: World) -> None:
    submit(world, world.red, form_for(world.red), key=KEY)
    answer = submit(world, world.red, form_for(world.red, topTemperature=30), key=KEY)
    assert (answer["__typename"], answer["field"]) == ("ConflictRefusal", "clientMutationKey")


# ---------------------------------------------------------------- who sees what, and who may go before the automatic ones


def test_departments_see_the_duty_phone_masked_and_the_enterprise_sees_it_whole(world: World) -> None:
    submit(world, world.red, form_for(world.red))
    query = "query($id: ID!) { node(id: $id) { ... on Commitment { report { form { dutyPhone } } } } }"

    def phone(username: str) -> str:
        found = world(username).ask(query, id=commitment_of(world.red))["node"]["report"]["form"]["dutyPhone"]
        return str(found)

    assert phone("enterprise-head") == "13900000001"
    assert phone("county-duty") == phone("province-head") == "139****0001"


def test_an_enterprise_that_stands_still_may_report_by_hand_and_takes_the_automatic_ones_place(
    world: World,
) -> None:
    standing = world.enterprises[9]
    world.system.app.commitments.report_shutdowns(TODAY)
    query = """query($id: ID!) { node(id: $id) { ... on Commitment { state origin stopReason late allowedActions
        versions { origin revision form { dutyPhone topTemperature stormWarning } } } } }"""
    before = world.head_of(standing).ask(query, id=commitment_of(standing))["node"]
    assert (before["state"], before["origin"], before["stopReason"]) == (
        "REPORTED_AUTOMATICALLY",
        "AUTO",
        "RECTIFICATION",
    )
    assert before["allowedActions"] == ["SUBMIT"]
    assert before["versions"][0]["form"] == {"dutyPhone": None, "topTemperature": None, "stormWarning": None}
    submit(world, standing, form_for(standing))
    after = world.head_of(standing).ask(query, id=commitment_of(standing))["node"]
    assert (after["state"], after["origin"]) == ("REPORTED", "MANUAL")
    assert [(v["revision"], v["origin"]) for v in after["versions"]] == [(2, "MANUAL"), (1, "AUTO")]
