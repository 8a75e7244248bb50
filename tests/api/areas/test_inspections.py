"""Patrols and spot checks over the API: drafts of one's own, records for those above, and problems for the inspected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .asking import TODAY, Scene, Somebody, a_scene, id_of, region_id, unknown
from .inspecting import (
    DISCARD,
    EDIT,
    KEY,
    NODE,
    OPEN_PATROL,
    OPEN_SPOT_CHECK,
    PUCHENG,
    RECORDS,
    REFRESH,
    REFRESHED,
    SAVED,
    SUBMIT_INSPECTION,
    a_check_form,
    a_patrol,
    a_patrol_form,
    a_problem,
    a_spot_check,
    drafts,
    edit,
    figures,
    open_patrol,
    open_spot_check,
    records,
    saved,
    seen,
    submit,
)

YESTERDAY = TODAY - timedelta(days=1)
VIEW = "query($id: ID!) { enterprise(id: $id) { name } }"


@pytest.fixture
def scene() -> Scene:
    return a_scene()


def refused(who: Somebody, mutation: str, **variables: Any) -> tuple[str, str | None]:
    """(code, field) of a mutation that is refused."""
    code, _, field = who.refusal(mutation, **variables)
    return code, field


# ---------------------------------------------------------------- a patrol from the first look to the record


def test_a_patrol_is_opened_with_the_days_figures_each_with_its_source_and_time(scene: Scene) -> None:
    scene.submit(scene.red)
    scene.at("09:00")
    draft = open_patrol(scene("city-inspector"))
    assert (draft["kind"], draft["origin"], draft["state"]) == ("PATROL", "MANUAL", "DRAFT")
    assert (draft["revision"], draft["businessDate"]) == (1, f"{TODAY}")
    assert draft["departmentName"] == draft["department"]["name"] == "渭南市应急管理局"
    assert draft["targetName"] == draft["targetDepartment"]["name"] == "蒲城县应急管理局"
    assert (draft["targetRegionName"], draft["targetRegion"]) == ("蒲城县", {"code": "610526"})
    assert draft["targetEnterprise"] is None and draft["submittedAt"] is None
    shown = figures(draft)
    assert shown["commitmentsExpected"]["value"] == "2" and shown["commitmentsReported"]["value"] == "1"
    assert shown["commitmentRate"]["value"] == "50"
    assert "名，共" in shown["commitmentRate"]["shown"]
    assert shown["commitmentRate"]["rank"]["place"] <= shown["commitmentRate"]["rank"]["among"]
    known = [figure for figure in shown.values() if figure["value"] is not None]
    assert known and all(figure["source"] and figure["label"] for figure in known)
    assert shown["commitmentsReported"]["asOf"] == "2026-11-24T09:00:00+08:00"


def test_what_is_not_connected_says_so_and_is_never_zero(scene: Scene) -> None:
    shown = figures(open_patrol(scene("city-inspector")))
    for key in ("videoOnlineRate", "sensorOnlineRate", "openAlerts"):
        assert (shown[key]["value"], shown[key]["asOf"], shown[key]["shown"]) == (None, None, "未接入")


def test_the_enterprises_that_were_looked_at_stand_by_name_in_the_patrol(scene: Scene) -> None:
    inspector = scene("city-inspector")
    for _ in range(2):
        inspector.ask(VIEW, id=id_of(scene.red))
    (visit,) = open_patrol(inspector)["sheet"]["visits"]
    assert (visit["name"], visit["views"], visit["spotChecked"]) == (scene.red.name, 2, False)
    assert visit["enterprise"] == {"id": id_of(scene.red)}
    assert "查看2次" in visit["shown"]


def test_a_draft_is_kept_as_it_is_and_as_often_as_wished(scene: Scene) -> None:
    inspector = scene("city-inspector")
    draft = open_patrol(inspector)
    half = edit(inspector, draft, {"observations": "雨天路滑"})
    assert (half["revision"], half["form"]["observations"], half["form"]["dutyCheck"]) == (
        2,
        "雨天路滑",
        None,
    )
    whole = edit(inspector, half, a_patrol_form(problems=[a_problem()]))
    assert whole["form"]["dutyCheck"] == {
        "means": "PHONE",
        "officer": "周值班",
        "onDuty": True,
        "note": "",
    }
    assert whole["form"]["problems"] == [a_problem() | {"responsible": [], "attachments": []}]
    assert whole["problems"] == [] and whole["problemCount"] == 0, "nothing is issued before it is submitted"
    assert seen(inspector, draft["id"]) == whole


def test_refreshed_figures_are_shown_as_changes_and_what_was_filled_in_stays(scene: Scene) -> None:
    inspector = scene("city-inspector")
    draft = edit(inspector, open_patrol(inspector), a_patrol_form())
    scene.submit(scene.red)
    scene.at("09:10")
    inspector = scene("city-inspector")
    answer = inspector.change(REFRESH, REFRESHED, id=draft["id"], revision=draft["revision"])
    changes = {change["key"]: change for change in answer["changes"]}
    assert changes["commitmentsReported"] == {
        "key": "commitmentsReported",
        "label": "已报承诺",
        "before": "0家",
        "after": "1家",
    }
    assert "commitmentsExpected" not in changes
    fresh = saved(answer)
    assert fresh["form"] == draft["form"] and fresh["revision"] == draft["revision"] + 1
    assert figures(fresh)["commitmentsReported"]["asOf"] == "2026-11-24T09:10:00+08:00"


def test_a_submitted_patrol_is_a_record_and_its_problems_are_issued(scene: Scene) -> None:
    inspector = scene("city-inspector")
    answerable = "query($id: ID!) { node(id: $id) { ... on Region { id } } viewer { department { people { id name } } } }"
    someone = scene("county-head").ask(answerable, id=PUCHENG)["viewer"]["department"]["people"][0]
    form = a_patrol_form(
        problems=[
            a_problem(responsible=[someone["id"]]),
            a_problem(category="DUTY_ABSENCE", severity="MAJOR"),
        ]
    )
    draft = edit(inspector, open_patrol(inspector), form)
    record = submit(inspector, draft)
    assert (record["state"], record["problemCount"], record["allowedActions"]) == ("SUBMITTED", 2, [])
    assert record["submittedAt"] == "2026-11-24T08:30:00+08:00"
    assert [problem["category"] for problem in record["problems"]] == ["ON_SITE_VIOLATION", "DUTY_ABSENCE"]
    assert record["form"]["problems"][0]["responsible"] == [{"name": someone["name"]}]
    assert record["sheet"] == draft["sheet"]
    assert drafts(inspector) == [] and records(inspector) == [record["id"]]


def test_the_figures_of_a_record_stay_as_they_were_at_submission(scene: Scene) -> None:
    record = a_patrol(scene("city-inspector"))
    scene.submit(scene.red)
    scene.at("15:00")
    found = seen(scene("city-inspector"), record["id"])
    assert found is not None and found["sheet"] == record["sheet"]


# ---------------------------------------------------------------- a spot check


def test_a_spot_check_is_opened_with_what_is_known_of_the_enterprise(scene: Scene) -> None:
    scene.submit(scene.red)
    draft = open_spot_check(scene("county-inspector"), scene.red)
    assert (draft["kind"], draft["state"], draft["targetName"]) == ("SPOT_CHECK", "DRAFT", scene.red.name)
    assert draft["targetEnterprise"] == {"id": id_of(scene.red)} and draft["targetDepartment"] is None
    shown = figures(draft)
    assert "在产" in shown["commitmentStatus"]["shown"]
    assert shown["openProblems"]["value"] == "0"
    assert shown["openAlerts"]["shown"] == "未接入"
    (permit,) = draft["sheet"]["permits"]
    assert permit["name"] == "安全生产许可证" and permit["valid"] is True and permit["number"]


def test_a_spot_check_becomes_a_record_with_findings_by_item(scene: Scene) -> None:
    inspector = scene("county-inspector")
    record = a_spot_check(inspector, scene.red, problems=[a_problem()])
    assert [finding["code"] for finding in record["form"]["findings"]] == ["PERSONS", "LIGHTNING"]
    assert record["form"]["findings"][0]["note"] == "3号工房多1人"
    assert "核定人数" in record["form"]["findings"][0]["item"]["name"]
    assert all(finding["item"]["basis"] for finding in record["form"]["findings"])
    (problem,) = record["problems"]
    assert problem["description"] == a_problem()["description"]


def test_a_spot_check_of_the_day_stands_in_the_next_patrol(scene: Scene) -> None:
    a_spot_check(scene("city-inspector"), scene.red)
    (visit,) = open_patrol(scene("city-inspector"), key="phone-1-0002")["sheet"]["visits"]
    assert (visit["name"], visit["spotChecked"]) == (scene.red.name, True)


@pytest.mark.parametrize(
    ("kind", "own", "other"), [("PRODUCTION", "MIXING", "BUYERS"), ("WHOLESALE", "BUYERS", "MIXING")]
)
def test_the_checklist_has_the_items_of_a_kind_of_enterprise(
    scene: Scene, kind: str, own: str, other: str
) -> None:
    query = "query($kind: EnterpriseKind!) { checklist(kind: $kind) { code name basis kinds } }"
    items = scene("county-inspector").ask(query, kind=kind)["checklist"]
    codes = [item["code"] for item in items]
    assert own in codes and other not in codes and len(set(codes)) == len(codes) > 20
    assert all(item["name"] and item["basis"] and kind in item["kinds"] for item in items)


# ---------------------------------------------------------------- sent twice, by two devices, too late


def test_one_key_is_one_draft_however_often_it_is_sent(scene: Scene) -> None:
    inspector = scene("city-inspector")
    first = open_patrol(inspector)
    scene.at("08:40")
    inspector = scene("city-inspector")
    assert open_patrol(inspector)["id"] == first["id"]
    assert drafts(inspector) == [first["id"]]
    assert open_patrol(inspector, key="phone-1-0002")["id"] != first["id"]
    assert open_patrol(scene("city-head"))["id"] != first["id"], "a key is its person's own"


@pytest.mark.parametrize("mutation", [EDIT, REFRESH, SUBMIT_INSPECTION, DISCARD])
def test_who_has_not_seen_the_last_change_gets_a_conflict(scene: Scene, mutation: str) -> None:
    inspector = scene("city-inspector")
    draft = open_patrol(inspector)
    now = edit(inspector, draft, a_patrol_form())
    form = {"form": a_patrol_form(conclusion="另一台设备的结论。")} if mutation == EDIT else {}
    for revision in (draft["revision"], now["revision"] + 1):
        answer = inspector.change(mutation, id=draft["id"], revision=revision, **form)
        assert (answer["__typename"], answer["code"], answer["field"]) == (
            "ConflictRefusal",
            "CONFLICT",
            "revision",
        )
    assert seen(inspector, draft["id"]) == now


def test_a_change_that_is_sent_twice_is_made_once(scene: Scene) -> None:
    inspector = scene("city-inspector")
    draft = open_patrol(inspector)
    given = {
        "id": draft["id"],
        "revision": 1,
        "form": a_patrol_form(problems=[a_problem()]),
        "key": "tap-00001",
    }
    once, twice = (inspector.change(EDIT, SAVED, **given) for _ in range(2))
    assert once == twice and saved(once)["revision"] == 2
    sent = {"id": draft["id"], "revision": 2, "key": "tap-00002"}
    once, twice = (inspector.change(SUBMIT_INSPECTION, SAVED, **sent) for _ in range(2))
    assert once == twice and len(saved(twice)["problems"]) == 1
    changed = given | {"form": a_patrol_form()}
    assert refused(inspector, EDIT, **changed) == ("CONFLICT", "clientMutationKey")


def test_a_refresh_that_is_sent_twice_is_answered_with_the_draft(scene: Scene) -> None:
    inspector = scene("city-inspector")
    draft = open_patrol(inspector)
    scene.submit(scene.red)
    sent = {"id": draft["id"], "revision": 1, "key": "tap-00001"}
    once, twice = (inspector.change(REFRESH, REFRESHED, **sent) for _ in range(2))
    assert saved(once) == saved(twice)


@pytest.mark.parametrize("end", [SUBMIT_INSPECTION, DISCARD])
def test_what_is_submitted_or_discarded_never_changes_again(scene: Scene, end: str) -> None:
    inspector = scene("city-inspector")
    draft = edit(inspector, open_patrol(inspector), a_patrol_form())
    done = saved(inspector.change(end, SAVED, id=draft["id"], revision=draft["revision"]))
    assert done["allowedActions"] == [] and drafts(inspector) == []
    for mutation in (EDIT, REFRESH, SUBMIT_INSPECTION, DISCARD):
        form = {"form": a_patrol_form(conclusion="改写。")} if mutation == EDIT else {}
        code, _ = refused(inspector, mutation, id=done["id"], revision=done["revision"], **form)
        assert code == "ACTION_NOT_ALLOWED"
    assert seen(inspector, done["id"]) == done


def test_what_may_be_done_is_what_is_accepted(scene: Scene) -> None:
    inspector = scene("city-inspector")
    draft = edit(inspector, open_patrol(inspector), a_patrol_form())
    assert draft["allowedActions"] == ["EDIT", "REFRESH", "SUBMIT", "DISCARD"]
    for mutation, form in ((EDIT, {"form": a_patrol_form()}), (REFRESH, {}), (SUBMIT_INSPECTION, {})):
        given = {"id": draft["id"], "revision": draft["revision"]} | form
        selection = REFRESHED if mutation == REFRESH else SAVED
        draft = saved(inspector.change(mutation, selection, **given))
    assert draft["allowedActions"] == []


# ---------------------------------------------------------------- what is not accepted


STRANGER = unknown("Person")
DRAFT_FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "an unknown item": (
        {"findings": [{"item": "NO_SUCH", "result": "OK"}]},
        "UNKNOWN_CHECKLIST_ITEM",
        "findings.0.item",
    ),
    "an item of wholesalers": (
        {"findings": [{"item": "LIGHTNING", "result": "OK"}, {"item": "BUYERS", "result": "OK"}]},
        "UNKNOWN_CHECKLIST_ITEM",
        "findings.1.item",
    ),
    "an item twice": (
        {"findings": [{"item": "LIGHTNING", "result": "OK"}] * 2},
        "BAD_USER_INPUT",
        "findings.1.item",
    ),
    "a duty check": (
        {"dutyCheck": {"means": "PHONE", "officer": "周值班", "onDuty": True}},
        "BAD_USER_INPUT",
        "dutyCheck",
    ),
    "a long conclusion": ({"conclusion": "长" * 1001}, "BAD_USER_INPUT", "conclusion"),
    "long observations": ({"observations": "长" * 2001}, "BAD_USER_INPUT", "observations"),
    "too many problems": ({"problems": [a_problem()] * 21}, "BAD_USER_INPUT", "problems"),
    "a long description": (
        {"problems": [a_problem(), a_problem(description="长" * 1001)]},
        "BAD_USER_INPUT",
        "problems.1.description",
    ),
    "no id of an attachment": ({"attachments": ["x"]}, "NOT_FOUND", "attachments"),
    "an unknown attachment": ({"attachments": [unknown("Attachment")]}, "NOT_FOUND", "attachments"),
    "a finding with an id of another kind": (
        {"findings": [{"item": "LIGHTNING", "result": "OK", "attachments": [STRANGER]}]},
        "NOT_FOUND",
        "findings.0.attachments",
    ),
    "nobody's id": (
        {"problems": [a_problem(responsible=["x"])]},
        "NOT_FOUND",
        "problems.0.responsible",
    ),
}


@pytest.mark.parametrize("what", DRAFT_FAULTS)
def test_what_cannot_be_kept_in_a_draft_is_refused_by_its_field(scene: Scene, what: str) -> None:
    fault, code, field = DRAFT_FAULTS[what]
    inspector = scene("county-inspector")
    draft = open_spot_check(inspector, scene.red)
    assert refused(inspector, EDIT, id=draft["id"], revision=1, form=fault) == (code, field)
    assert seen(inspector, draft["id"]) == draft


def test_a_patrol_takes_no_findings(scene: Scene) -> None:
    inspector = scene("city-inspector")
    form = a_patrol_form(findings=[{"item": "LIGHTNING", "result": "OK"}])
    draft = open_patrol(inspector)
    assert refused(inspector, EDIT, id=draft["id"], revision=1, form=form) == ("BAD_USER_INPUT", "findings")


FINAL_FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no category": (
        {"problems": [a_problem(), a_problem(category=None)]},
        "CATEGORY_MISSING",
        "problems.1.category",
    ),
    "a deadline in the past": (
        {"problems": [a_problem(rectifyOn=f"{YESTERDAY}")]},
        "DEADLINE_PASSED",
        "problems.0.rectifyOn",
    ),
    "a deadline far away": (
        {"problems": [a_problem(rectifyOn="2028-01-01")]},
        "BAD_USER_INPUT",
        "problems.0.rectifyOn",
    ),
    "hardly a description": (
        {"problems": [a_problem(description="超员")]},
        "BAD_USER_INPUT",
        "problems.0.description",
    ),
    "somebody of nowhere": (
        {"problems": [a_problem(responsible=[STRANGER])]},
        "OUTSIDE_TARGET",
        "problems.0.responsible",
    ),
    "no conclusion": ({"conclusion": " "}, "CONCLUSION_MISSING", "conclusion"),
    "no problem found, and one": (
        {"conclusion": "未发现问题。", "problems": [a_problem()]},
        "BAD_USER_INPUT",
        "conclusion",
    ),
    "a fault without words": (
        {"findings": [{"item": "PERSONS", "result": "NOT_OK"}]},
        "FINDING_WITHOUT_NOTE",
        "findings.0.note",
    ),
}


@pytest.mark.parametrize("what", FINAL_FAULTS)
def test_what_cannot_be_submitted_is_refused_by_its_field_and_nothing_is_issued(
    scene: Scene, what: str
) -> None:
    fault, code, field = FINAL_FAULTS[what]
    inspector = scene("county-inspector")
    draft = edit(inspector, open_spot_check(inspector, scene.red), a_check_form(**fault))
    assert refused(inspector, SUBMIT_INSPECTION, id=draft["id"], revision=2) == (code, field)
    assert seen(inspector, draft["id"]) == draft and draft["state"] == "DRAFT"
    assert not scene.state.problems


def test_a_patrol_owes_its_duty_check(scene: Scene) -> None:
    inspector = scene("city-inspector")
    draft = edit(inspector, open_patrol(inspector), a_patrol_form(dutyCheck=None))
    assert refused(inspector, SUBMIT_INSPECTION, id=draft["id"], revision=2) == (
        "BAD_USER_INPUT",
        "dutyCheck",
    )


def test_everything_that_is_wrong_is_said_together(scene: Scene) -> None:
    inspector = scene("county-inspector")
    form = a_check_form(conclusion="", problems=[a_problem(category=None, rectifyOn=f"{YESTERDAY}")])
    draft = edit(inspector, open_spot_check(inspector, scene.red), form)
    answer = inspector.change(
        SUBMIT_INSPECTION,
        "... on InvalidFormRefusal { items { code message field } }",
        id=draft["id"],
        revision=draft["revision"],
    )
    assert [(item["code"], item["field"]) for item in answer["items"]] == [
        ("CONCLUSION_MISSING", "conclusion"),
        ("CATEGORY_MISSING", "problems.0.category"),
        ("DEADLINE_PASSED", "problems.0.rectifyOn"),
    ]
    assert all(item["message"] for item in answer["items"])


@pytest.mark.parametrize("key", ["", "short", "k" * 65, "a\tb" * 4])
def test_the_key_of_a_draft_is_eight_to_sixty_four_visible_characters(scene: Scene, key: str) -> None:
    who = scene("city-inspector")
    assert refused(who, OPEN_PATROL, region=PUCHENG, key=key) == ("BAD_USER_INPUT", "clientMutationKey")
    assert refused(who, OPEN_SPOT_CHECK, enterprise=id_of(scene.red), key=key) == (
        "BAD_USER_INPUT",
        "clientMutationKey",
    )
    assert drafts(who) == []


# ---------------------------------------------------------------- who may inspect whom


@pytest.mark.parametrize(
    ("username", "code"),
    [
        *(("city-inspector", code) for code in ("610425", "610400", "610000", "610199")),
        *(("county-inspector", code) for code in ("610528", "610500")),
    ],
)
def test_a_region_elsewhere_or_above_cannot_be_patrolled(scene: Scene, username: str, code: str) -> None:
    who = scene(username)
    assert refused(who, OPEN_PATROL, region=region_id(code), key=KEY) == ("NOT_FOUND", "regionId")
    assert drafts(who) == []


@pytest.mark.parametrize(("username", "code"), [("city-inspector", "610500"), ("county-inspector", "610526")])
def test_ones_own_department_cannot_be_patrolled(scene: Scene, username: str, code: str) -> None:
    answer = refused(scene(username), OPEN_PATROL, region=region_id(code), key=KEY)
    assert answer == ("OUTSIDE_JURISDICTION", "regionId")


@pytest.mark.parametrize("username", ["city-inspector", "county-inspector"])
def test_an_enterprise_elsewhere_cannot_be_checked_and_is_not_told_from_none(
    scene: Scene, username: str
) -> None:
    who = scene(username)
    foreign, none = (
        who.change(OPEN_SPOT_CHECK, enterprise=id, key=KEY)
        for id in (id_of(scene.enterprises[1]), unknown("Enterprise"))
    )
    assert foreign == none and foreign["code"] == "NOT_FOUND" and drafts(who) == []


@pytest.mark.parametrize("username", ["enterprise-head", "enterprise-manager", "system-admin", "audit-admin"])
def test_who_is_of_no_department_or_administers_inspects_nobody(scene: Scene, username: str) -> None:
    who = scene(username)
    assert refused(who, OPEN_PATROL, region=PUCHENG, key=KEY) == ("FORBIDDEN", None)
    assert refused(who, OPEN_SPOT_CHECK, enterprise=id_of(scene.red), key=KEY) == ("FORBIDDEN", None)


def test_nobody_opens_or_reads_anything_without_logging_in(scene: Scene) -> None:
    days = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"}
    for query, variables in (
        (OPEN_PATROL.replace("@", "{ __typename }"), {"region": PUCHENG, "key": KEY}),
        (RECORDS, {"where": days, "first": 5}),
        ("{ inspectionDrafts(first: 5) { nodes { id } } }", {}),
        ("{ checklist(kind: PRODUCTION) { code } }", {}),
    ):
        assert scene.nobody.error(query, **variables)["code"] == "UNAUTHENTICATED"


# ---------------------------------------------------------------- who sees what


@pytest.mark.parametrize("username", ["city-head", "province-head", "county-inspector"])
def test_a_draft_is_nobodys_but_who_opened_it(scene: Scene, username: str) -> None:
    inspector, other = scene("city-inspector"), scene(username)
    opened = [open_patrol(inspector), open_spot_check(inspector, scene.red, key="phone-1-0002")]
    for draft in opened:
        assert seen(other, draft["id"]) is None
        for mutation in (EDIT, REFRESH, SUBMIT_INSPECTION, DISCARD):
            form = {"form": {}} if mutation == EDIT else {}
            foreign, none = (
                other.change(mutation, id=id, revision=1, **form)
                for id in (draft["id"], unknown("Inspection"))
            )
            assert foreign == none and foreign["code"] == "NOT_FOUND"
        assert seen(inspector, draft["id"]) == draft
    assert drafts(inspector) == [draft["id"] for draft in opened] and drafts(other) == []
    assert records(other) == [] and records(inspector) == [], "a draft is no record"


@pytest.mark.parametrize(
    ("username", "sees"),
    [
        *((name, True) for name in ("city-inspector", "city-duty", "city-head", "province-inspector")),
        *((name, False) for name in ("county-head", "duty-610523", "duty-610300", "duty-610302")),
    ],
)
def test_a_record_is_seen_from_above_and_never_from_below_or_beside(
    scene: Scene, username: str, sees: bool
) -> None:
    ids = [
        a_patrol(scene("city-inspector"))["id"],
        a_spot_check(scene("city-inspector"), scene.red, key="phone-1-0002")["id"],
    ]
    who = scene(username)
    assert sorted(records(who)) == (sorted(ids) if sees else [])
    for id in ids:
        found = seen(who, id)
        assert (found is not None) is sees
        assert found is None or found["allowedActions"] == []


def test_an_enterprise_sees_its_problem_and_neither_the_draft_nor_the_record(scene: Scene) -> None:
    record = a_spot_check(scene("county-inspector"), scene.red, problems=[a_problem()])
    draft = open_spot_check(scene("county-inspector"), scene.red, key="phone-1-0002")
    head = scene("enterprise-head")
    query = "query($id: ID!) { node(id: $id) { ... on Problem { description inspection { id } } } }"
    problem = record["problems"][0]["id"]
    assert head.ask(query, id=problem)["node"] == {
        "description": a_problem()["description"],
        "inspection": None,
    }
    answers = [head.send(NODE, id=id) for id in (draft["id"], record["id"], unknown("Inspection"))]
    assert answers[0]["data"] == {"node": None} and answers[0] == answers[1] == answers[2]
    assert scene.head_of(scene.enterprises[17]).ask(query, id=problem)["node"] is None
    above = scene("county-head").ask(query, id=problem)["node"]
    assert above["inspection"] == {"id": record["id"]}


def test_a_patrolled_department_sees_its_problem_and_not_the_record(scene: Scene) -> None:
    record = a_patrol(scene("city-inspector"), problems=[a_problem()])
    query = "query($id: ID!) { node(id: $id) { ... on Problem { description inspection { id } } } }"
    found = scene("county-duty").ask(query, id=record["problems"][0]["id"])["node"]
    assert found == {"description": a_problem()["description"], "inspection": None}


@pytest.mark.parametrize("username", ["city-inspector", "province-head", "county-duty"])
def test_ids_of_nothing_are_null(scene: Scene, username: str) -> None:
    for id in (unknown("Inspection"), "", "不是编号", "Inspection"):
        assert scene(username).send(NODE, id=id) == {"data": {"node": None}}


@pytest.mark.parametrize("username", ["enterprise-head", "system-admin", "security-admin", "audit-admin"])
def test_who_may_not_read_inspections_reaches_none_by_any_way(scene: Scene, username: str) -> None:
    record = a_patrol(scene("city-inspector"))
    days = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"}
    for query, variables in (
        (RECORDS, {"where": days, "first": 5}),
        ("{ inspectionDrafts(first: 5) { nodes { id } } }", {}),
        (NODE, {"id": record["id"]}),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [record["id"]]}),
    ):
        assert scene(username).error(query, **variables)["code"] == "FORBIDDEN"


# ---------------------------------------------------------------- finding records


def test_records_are_found_by_what_they_are_about(scene: Scene) -> None:
    city, county = scene("city-inspector"), scene("county-inspector")
    patrol = a_patrol(city, problems=[a_problem()])["id"]
    check = a_spot_check(city, scene.red, key="phone-1-0002")["id"]
    own = a_spot_check(county, scene.enterprises[17], conclusion="仓库整洁。")["id"]
    ids = {"city": _department(city), "county": _department(county)}
    province = scene("province-head")

    def found(**where: Any) -> set[str]:
        return set(records(province, **where))

    assert found() == {patrol, check, own}
    assert found(kinds=["PATROL"]) == {patrol} and found(kinds=["SPOT_CHECK"]) == {check, own}
    assert found(origins=["AUTO"]) == set()
    assert found(departmentId=ids["county"]) == {own} and found(departmentId=ids["city"]) == {patrol, check}
    assert found(targetDepartmentId=ids["county"]) == {patrol}
    assert found(targetEnterpriseId=id_of(scene.red)) == {check}
    assert found(regionId=PUCHENG) == {patrol, check, own} and found(regionId=region_id("610528")) == set()
    assert found(withProblems=True) == {patrol} and found(withProblems=False) == {check, own}
    assert found(text="仓库") == {own} and found(text="红光") == {check}
    assert found(firstDay=f"{YESTERDAY}", lastDay=f"{YESTERDAY}") == set()


def _department(who: Somebody) -> str:
    return str(who.ask("{ viewer { department { id } } }")["viewer"]["department"]["id"])


@pytest.mark.parametrize(
    ("where", "field"),
    [
        ({"lastDay": f"{YESTERDAY}"}, "lastDay"),
        ({"firstDay": "2024-01-01"}, "lastDay"),
        ({"text": "长" * 51}, "text"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused_by_its_field(
    scene: Scene, where: dict[str, Any], field: str
) -> None:
    asked = {"firstDay": f"{TODAY}", "lastDay": f"{TODAY}"} | where
    error = scene("city-inspector").error(RECORDS, where=asked, first=5)
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)
