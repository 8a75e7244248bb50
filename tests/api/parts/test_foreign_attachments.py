"""A missing or foreign attachment is refused together with the other faults of its form, each by its path."""

from __future__ import annotations

from typing import Any

import pytest

from ...support.asking import Somebody, World, a_world, unknown
from ..files.filing import upload
from ..inspection.inspecting import (
    EDIT,
    SAVED,
    SUBMIT_INSPECTION,
    a_check_form,
    a_problem,
    open_spot_check,
    saved,
)
from ..problem.issuing import to_the_county
from ..problem.test_problems import FINAL, step

FORM = (
    "{ __typename ... on Refusal { code field } ... on InvalidFormRefusal { items { code message field } } }"
)


@pytest.fixture
def world() -> World:
    return a_world()


def items(who: Somebody, mutation: str, **variables: Any) -> list[tuple[str, str]]:
    """Code and field of every fault of a form."""
    (answer,) = who.ask(mutation.replace("@", FORM), **variables).values()
    assert answer["__typename"] == "InvalidFormRefusal", answer
    return [(item["code"], item["field"]) for item in answer["items"]]


def test_in_a_draft(world: World) -> None:
    inspector = world("county-inspector")
    own, foreign = upload(inspector), upload(world("city-inspector"))
    draft = open_spot_check(inspector, world.red)
    form = {
        "attachments": [own, foreign],
        "findings": [{"item": "LIGHTNING", "result": "OK", "attachments": ["x", unknown("Attachment")]}],
        "problems": [{"description": "长" * 1001, "attachments": [unknown("Attachment")]}],
        "observations": "长" * 2001,
    }
    assert items(inspector, EDIT, id=draft["id"], revision=1, form=form) == [
        ("NOT_FOUND", "attachments"),
        ("NOT_FOUND", "findings.0.attachments"),
        ("NOT_FOUND", "problems.0.attachments"),
        ("BAD_USER_INPUT", "observations"),
        ("BAD_USER_INPUT", "problems.0.description"),
    ]


def test_in_a_feedback(world: World) -> None:
    county, id = world("county-head"), to_the_county(world)
    step(county, "acknowledgeProblem", id, 1)
    step(county, "rectifyProblem", id, 2)
    for attachment in ("x", unknown("Attachment"), upload(world("city-head"))):
        feedback = {"situation": "", "measures": "加装护栏", "outcome": "", "attachments": [attachment]}
        wrong = step(county, "feedBackProblem", id, 3, feedback=feedback)
        assert [(item["code"], item["field"]) for item in wrong["items"]] == [
            ("BAD_USER_INPUT", "situation"),
            ("BAD_USER_INPUT", "outcome"),
            ("NOT_FOUND", "attachments"),
        ]
        alone = step(county, "feedBackProblem", id, 3, feedback=FINAL | {"attachments": [attachment]})
        assert (alone["__typename"], alone["field"]) == ("NotFoundRefusal", "attachments")
    closed = step(county, "feedBackProblem", id, 2, feedback=FINAL | {"attachments": ["x"]})
    assert (closed["code"], closed["field"]) == ("CONFLICT", "revision")


def test_what_a_problem_shows_is_refused_with_the_faults_of_the_record(world: World) -> None:
    inspector, county, id = world("county-inspector"), world("county-head"), to_the_county(world)
    used = upload(county)
    step(county, "acknowledgeProblem", id, 1)
    step(county, "rectifyProblem", id, 2)
    step(county, "feedBackProblem", id, 3, feedback=FINAL | {"attachments": [used]})
    draft = open_spot_check(county, world.red)
    form = a_check_form(problems=[a_problem(attachments=[used])]) | {"conclusion": None}
    kept = saved(county.change(EDIT, SAVED, id=draft["id"], revision=1, form=form))
    assert items(county, SUBMIT_INSPECTION, id=draft["id"], revision=kept["revision"]) == [
        ("CONCLUSION_MISSING", "conclusion"),
        ("ATTACHMENT_IN_USE", "problems.0.attachments"),
    ]
    assert inspector.token != county.token
