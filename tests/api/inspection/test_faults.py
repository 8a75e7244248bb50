"""What neither a draft nor a record takes over the API, each with its field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ...support.asking import TODAY, World, a_world, id_of, unknown
from ...support.dates import in_days
from .inspecting import (
    EDIT,
    OPEN_PATROL,
    OPEN_SPOT_CHECK,
    PUCHENG,
    SUBMIT_INSPECTION,
    a_check_form,
    a_patrol_form,
    a_problem,
    all_findings,
    drafts,
    edit,
    open_patrol,
    open_spot_check,
    refused,
    seen,
    submit,
)

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def world() -> World:
    return a_world()


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
    "the conclusion of automatic records": (
        {"conclusion": "NOT_VERIFIED"},
        "BAD_USER_INPUT",
        "conclusion",
    ),
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
def test_what_cannot_be_kept_in_a_draft_is_refused_by_its_field(world: World, what: str) -> None:
    fault, code, field = DRAFT_FAULTS[what]
    inspector = world("county-inspector")
    draft = open_spot_check(inspector, world.red)
    assert refused(inspector, EDIT, id=draft["id"], revision=1, form=fault) == (code, field)
    assert seen(inspector, draft["id"]) == draft


def test_a_patrol_takes_no_findings(world: World) -> None:
    inspector = world("city-inspector")
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
        {"problems": [a_problem(rectifyOn=f"{in_days(7)}")]},
        "RECTIFY_TERM_EXCEEDED",
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
    "no conclusion": ({"conclusion": None}, "CONCLUSION_MISSING", "conclusion"),
    "no problem found, and one": (
        {"conclusion": "NO_PROBLEM_FOUND", "problems": [a_problem()]},
        "CONCLUSION_CONTRADICTS",
        "conclusion",
    ),
    "a fault without words": (
        {"findings": all_findings(result="NOT_OK", note="", problem=1), "problems": [a_problem()]},
        "FINDING_WITHOUT_NOTE",
        "findings.0.note",
    ),
    "a fault without an outcome": (
        {"findings": all_findings(result="NOT_OK", note="多1人"), "problems": [a_problem()]},
        "OUTCOME_MISSING",
        "findings.0.problem",
    ),
    "items left open": ({"findings": all_findings()[1:]}, "CHECKLIST_INCOMPLETE", "findings"),
}


@pytest.mark.parametrize("what", FINAL_FAULTS)
def test_what_cannot_be_submitted_is_refused_by_its_field_and_nothing_is_issued(
    world: World, what: str
) -> None:
    fault, code, field = FINAL_FAULTS[what]
    inspector = world("county-inspector")
    draft = edit(inspector, open_spot_check(inspector, world.red), a_check_form(**fault))
    assert refused(inspector, SUBMIT_INSPECTION, id=draft["id"], revision=2) == (code, field)
    assert seen(inspector, draft["id"]) == draft and draft["state"] == "DRAFT"
    assert not world.state.problems


def test_a_patrol_owes_its_duty_check(world: World) -> None:
    inspector = world("city-inspector")
    draft = edit(inspector, open_patrol(inspector), a_patrol_form(dutyCheck=None))
    assert refused(inspector, SUBMIT_INSPECTION, id=draft["id"], revision=2) == (
        "BAD_USER_INPUT",
        "dutyCheck",
    )


def test_everything_that_is_wrong_is_said_together(world: World) -> None:
    inspector = world("county-inspector")
    form = a_check_form(conclusion=None, problems=[a_problem(category=None, rectifyOn=f"{YESTERDAY}")])
    draft = edit(inspector, open_spot_check(inspector, world.red), form)
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


def test_ids_that_cannot_be_read_are_refused_together_with_every_other_fault(world: World) -> None:
    inspector = world("county-inspector")
    draft = open_spot_check(inspector, world.red)
    form = a_check_form(
        observations="长" * 2001,
        attachments=["nonsense", id_of(world.red)],
        problems=[a_problem(responsible=["nobody"])],
    )
    answer = inspector.change(
        EDIT,
        "... on InvalidFormRefusal { items { code field } }",
        id=draft["id"],
        revision=1,
        form=form,
    )
    assert [(item["code"], item["field"]) for item in answer["items"]] == [
        ("NOT_FOUND", "problems.0.responsible"),
        ("NOT_FOUND", "attachments"),
        ("BAD_USER_INPUT", "observations"),
    ]


def test_what_was_rectified_on_site_is_shown_with_what_was_done_and_when(world: World) -> None:
    inspector = world("county-inspector")
    done = {"measures": "多余人员已撤出", "at": f"{TODAY}T08:20:00+08:00"}
    found = all_findings(result="NOT_OK", note="多1人", rectified=done)
    draft = edit(
        inspector,
        open_spot_check(inspector, world.red),
        a_check_form(findings=found, conclusion="RECTIFIED_ON_SITE"),
    )
    record = submit(inspector, draft)
    assert (record["conclusionText"], record["rectifiedOnSite"]) == ("现场已整改", 1)
    assert record["form"]["findings"][0]["rectified"] == done


@pytest.mark.parametrize("key", ["", "short", "k" * 65, "a\tb" * 4, " " * 9])
def test_the_key_of_a_draft_is_eight_to_sixty_four_visible_characters(world: World, key: str) -> None:
    who = world("city-inspector")
    assert refused(who, OPEN_PATROL, region=PUCHENG, key=key) == ("BAD_USER_INPUT", "clientMutationKey")
    assert refused(who, OPEN_SPOT_CHECK, enterprise=id_of(world.red), key=key) == (
        "BAD_USER_INPUT",
        "clientMutationKey",
    )
    assert drafts(who) == []
