"""Patrols and spot checks over the API, from the first look to the record."""

from __future__ import annotations

import pytest

from ...support.asking import TODAY, World, a_world, id_of
from .inspecting import (
    PUCHENG,
    REFRESH,
    REFRESHED,
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

VIEW = "query($id: ID!) { enterprise(id: $id) { name } }"


@pytest.fixture
def world() -> World:
    return a_world()


# ---------------------------------------------------------------- a patrol from the first look to the record


def test_a_patrol_is_opened_with_the_days_figures_each_with_its_source_and_time(world: World) -> None:
    world.submit(world.red)
    world.at("09:00")
    draft = open_patrol(world("city-inspector"))
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
    assert shown["commitmentsReported"]["asOf"] == f"{TODAY}T09:00:00+08:00"


def test_what_is_not_connected_says_so_and_is_never_zero(world: World) -> None:
    shown = figures(open_patrol(world("city-inspector")))
    for key in ("videoOnlineRate", "sensorOnlineRate"):
        assert (shown[key]["value"], shown[key]["asOf"], shown[key]["shown"]) == (None, None, "未接入")


def test_the_enterprises_that_were_looked_at_stand_by_name_in_the_patrol(world: World) -> None:
    inspector = world("city-inspector")
    for _ in range(2):
        inspector.ask(VIEW, id=id_of(world.red))
    (visit,) = open_patrol(inspector)["sheet"]["visits"]
    assert (visit["name"], visit["views"], visit["spotChecked"]) == (world.red.name, 2, False)
    assert visit["enterprise"] == {"id": id_of(world.red)}
    assert "查看2次" in visit["shown"]


def test_a_draft_is_kept_as_it_is_and_as_often_as_wished(world: World) -> None:
    inspector = world("city-inspector")
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
        "problem": None,
        "rectified": None,
    }
    assert whole["form"]["problems"] == [a_problem() | {"responsible": [], "attachments": []}]
    assert whole["problems"] == [] and whole["problemCount"] == 0, "nothing is issued before it is submitted"
    assert seen(inspector, draft["id"]) == whole


def test_refreshed_figures_are_shown_as_changes_and_what_was_filled_in_stays(world: World) -> None:
    inspector = world("city-inspector")
    draft = edit(inspector, open_patrol(inspector), a_patrol_form())
    world.submit(world.red)
    world.at("09:10")
    inspector = world("city-inspector")
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
    assert figures(fresh)["commitmentsReported"]["asOf"] == f"{TODAY}T09:10:00+08:00"


def test_a_submitted_patrol_is_a_record_and_its_problems_are_issued(world: World) -> None:
    inspector = world("city-inspector")
    answerable = "query($id: ID!) { node(id: $id) { ... on Region { id } } viewer { department { people { id name } } } }"
    someone = world("county-head").ask(answerable, id=PUCHENG)["viewer"]["department"]["people"][0]
    form = a_patrol_form(
        problems=[
            a_problem(responsible=[someone["id"]]),
            a_problem(category="DUTY_ABSENCE", severity="MAJOR"),
        ]
    )
    draft = edit(inspector, open_patrol(inspector), form)
    record = submit(inspector, draft)
    assert (record["state"], record["problemCount"], record["allowedActions"]) == ("SUBMITTED", 2, [])
    assert record["submittedAt"] == f"{TODAY}T08:30:00+08:00"
    assert [problem["category"] for problem in record["problems"]] == ["ON_SITE_VIOLATION", "DUTY_ABSENCE"]
    assert record["form"]["problems"][0]["responsible"] == [{"name": someone["name"]}]
    assert record["sheet"] == draft["sheet"]
    assert drafts(inspector) == [] and records(inspector) == [record["id"]]


def test_the_figures_of_a_record_stay_as_they_were_at_submission(world: World) -> None:
    record = a_patrol(world("city-inspector"))
    world.submit(world.red)
    world.at("15:00")
    found = seen(world("city-inspector"), record["id"])
    assert found is not None and found["sheet"] == record["sheet"]


# ---------------------------------------------------------------- a spot check


def test_a_spot_check_is_opened_with_what_is_known_of_the_enterprise(world: World) -> None:
    world.submit(world.red)
    draft = open_spot_check(world("county-inspector"), world.red)
    assert (draft["kind"], draft["state"], draft["targetName"]) == ("SPOT_CHECK", "DRAFT", world.red.name)
    assert draft["targetEnterprise"] == {"id": id_of(world.red)} and draft["targetDepartment"] is None
    shown = figures(draft)
    assert "在产" in shown["commitmentStatus"]["shown"]
    assert shown["openProblems"]["value"] == "0"
    assert shown["openAlerts"]["shown"] == "0条"
    (permit,) = draft["sheet"]["permits"]
    assert permit["name"] == "安全生产许可证" and permit["valid"] is True and permit["number"]


def test_a_spot_check_becomes_a_record_with_findings_by_item(world: World) -> None:
    inspector = world("county-inspector")
    record = a_spot_check(inspector, world.red, problems=[a_problem()])
    assert record["form"]["findings"][0]["code"] == "PERSONS"
    assert (record["conclusion"], record["conclusionText"]) == ("PROBLEMS_ISSUED", "已下发问题")
    assert record["form"]["findings"][0]["problem"] == 1
    assert record["form"]["findings"][0]["note"] == "3号工房多1人"
    assert "核定人数" in record["form"]["findings"][0]["item"]["name"]
    assert all(finding["item"]["basis"] for finding in record["form"]["findings"])
    (problem,) = record["problems"]
    assert problem["description"] == a_problem()["description"]


def test_a_spot_check_of_the_day_stands_in_the_next_patrol(world: World) -> None:
    a_spot_check(world("city-inspector"), world.red)
    (visit,) = open_patrol(world("city-inspector"), key="phone-1-0002")["sheet"]["visits"]
    assert (visit["name"], visit["spotChecked"]) == (world.red.name, True)


@pytest.mark.parametrize(
    ("kind", "own", "other"), [("PRODUCTION", "MIXING", "BUYERS"), ("WHOLESALE", "BUYERS", "MIXING")]
)
def test_the_checklist_has_the_items_of_a_kind_of_enterprise(
    world: World, kind: str, own: str, other: str
) -> None:
    query = "query($kind: EnterpriseKind!) { checklist(kind: $kind) { code name basis kinds } }"
    items = world("county-inspector").ask(query, kind=kind)["checklist"]
    codes = [item["code"] for item in items]
    assert own in codes and other not in codes and len(set(codes)) == len(codes) > 20
    assert all(item["name"] and item["basis"] and kind in item["kinds"] for item in items)
