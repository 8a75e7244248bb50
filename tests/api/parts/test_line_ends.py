"""Texts of several lines come from Windows browsers with CRLF; they are taken, and their lines end with LF."""

from __future__ import annotations

import pytest

from ...support.asking import SUBMIT, TODAY, World, a_world, form_for, id_of
from ..inspection.inspecting import EDIT, SAVED, open_spot_check, saved
from ..problem.issuing import to_the_county
from ..problem.test_problems import shown, step

SENT, KEPT = "第一行\r\n第二行\r第三行\r\n", "第一行\n第二行\n第三行"


@pytest.fixture
def world() -> World:
    return a_world()


def test_in_a_commitment(world: World) -> None:
    document = SUBMIT.replace(
        "@", "{ ... on CommitmentSaved { commitment { report { form { supplement } } } } }"
    )
    form = form_for(world.red) | {"supplement": SENT}
    answer = world("enterprise-head").ask(document, id=id_of(world.red), day=f"{TODAY}", form=form)
    assert answer["submitCommitment"]["commitment"]["report"]["form"]["supplement"] == KEPT


def test_in_a_draft(world: World) -> None:
    inspector = world("county-inspector")
    draft = open_spot_check(inspector, world.red)
    form = {"observations": SENT, "problems": [{"description": SENT}]}
    kept = saved(inspector.change(EDIT, SAVED, id=draft["id"], revision=1, form=form))["form"]
    assert (kept["observations"], kept["problems"][0]["description"]) == (KEPT, KEPT)


def test_in_a_feedback_and_a_reason(world: World) -> None:
    id, county, city = to_the_county(world), world("county-head"), world("city-head")
    step(county, "acknowledgeProblem", id, 1)
    step(county, "rectifyProblem", id, 2)
    final = {"situation": SENT, "measures": "加装护栏", "outcome": "已验收"}
    step(county, "feedBackProblem", id, 3, feedback=final)
    step(city, "returnProblem", id, 4, reason=SENT)
    found = shown(county, id)
    assert found["feedbacks"][0]["situation"] == KEPT
    assert found["timeline"][-1]["note"] == KEPT
