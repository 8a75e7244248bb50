"""Who sees a problem over the API: from above and its parties, never from below, beside, or as an administrator."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final

import pytest

from yanbao.application.access import SYSTEM
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.values import RegionId

from ...support.asking import REFUSAL, World, a_world, id_of, unknown
from ...support.dates import in_days
from .issuing import department_of, issue, to_the_county

SCENE: Final = a_world()
FOREIGN: Final = SCENE.enterprises[1]
"""In 610425, below another city than the people whose names begin with `city`, `county` and `enterprise`."""
OTHER_CITY: Final = department_of(SCENE, "610400")
ELSEWHERE: Final = issue(
    SCENE,
    to=Addressee(None, FOREIGN.id, FOREIGN.name, FOREIGN.region_id, RegionId("610400")),
    by=OTHER_CITY,
    number=1,
)
WEINAN: Final = department_of(SCENE, "610500")
TO_THE_CITY: Final = issue(
    SCENE,
    to=Addressee(WEINAN.id, None, WEINAN.name, RegionId("610500"), RegionId("610500")),
    by=department_of(SCENE, "610000"),
    number=2,
)
OUTSIDERS: Final = (
    *("city-head", "city-inspector", "city-duty", "county-head", "county-inspector", "county-duty"),
    *("enterprise-head", "enterprise-manager"),
)
FORM: Final = f'{{situation: "已核实", measures: "已加装", progress: "过半", outcome: "已验收", plannedOn: "{in_days(6)}"}}'
STEPS: Final = {
    "acknowledgeProblem": "",
    "rectifyProblem": "",
    "reportProblemProgress": f", feedback: {FORM}",
    "feedBackProblem": f", feedback: {FORM}",
    "closeProblem": "",
    "returnProblem": ', reason: "照片不清楚"',
    "requestExtension": f', until: "{in_days(26)}", reason: "配件未到"',
    "grantExtension": "",
    "refuseExtension": ', reason: "可先行整改"',
    "withdrawProblem": ', reason: "下发有误"',
}


def node(world: World, username: str, id: str) -> Any:
    return world(username).ask("query($id: ID!) { node(id: $id) { __typename id } }", id=id)["node"]


@pytest.mark.parametrize("username", OUTSIDERS)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_says_the_same_of_a_foreign_and_an_unknown_problem_and_changes_nothing(
    username: str, step: str
) -> None:
    someone = SCENE(username)
    before = everything_stored()
    document = f"mutation($id: ID!) {{ {step}(id: $id, revision: 1{STEPS[step]}) {{ {REFUSAL} }} }}"
    foreign, nothing = (someone.ask(document, id=id)[step] for id in (ELSEWHERE, unknown("Problem")))
    assert foreign == nothing
    assert foreign["code"] in ("NOT_FOUND", "FORBIDDEN"), "forbidden to the role, whatever the problem is"
    assert everything_stored() == before


def everything_stored() -> dict[str, Any]:
    """Every table, but for when a session was last seen."""
    tables = {entry.name: dict(getattr(SCENE.state, entry.name)) for entry in fields(SCENE.state)}
    return {name: table for name, table in tables.items() if name != "sessions"}


@pytest.mark.parametrize("username", OUTSIDERS)
def test_no_list_and_no_id_leads_to_a_foreign_problem(username: str) -> None:
    assert node(SCENE, username, ELSEWHERE) is None
    found = SCENE(username).ask("{ problems(where: {}, first: 50) { totalCount nodes { id } } }")["problems"]
    assert ELSEWHERE not in {one["id"] for one in found["nodes"]}
    assert found["totalCount"] == len(found["nodes"])
    for where in (f'{{enterpriseId: "{id_of(FOREIGN)}"}}', f'{{issuerId: "{id_of(OTHER_CITY)}"}}'):
        error = SCENE(username).error(f"{{ problems(where: {where}, first: 50) {{ totalCount }} }}")
        assert error["code"] == "NOT_FOUND"


def test_a_superior_sees_its_subordinates_and_never_the_reverse() -> None:
    county = to_the_county(SCENE, 3)
    for username, seen in (
        ("province-duty", [True, True, True]),
        ("city-duty", [True, True, False]),
        ("county-duty", [True, False, False]),
        ("enterprise-head", [False, False, False]),
    ):
        assert [node(SCENE, username, id) is not None for id in (county, TO_THE_CITY, ELSEWHERE)] == seen


@pytest.mark.parametrize("username", ["system-admin", "security-admin", "audit-admin"])
def test_no_administrator_reaches_problems_by_any_way(username: str) -> None:
    someone = SCENE(username)
    for query in (
        "{ problems(where: {}, first: 5) { totalCount } }",
        "{ problemsToMe(first: 5) { totalCount } }",
        "{ problemsByMe(first: 5) { totalCount } }",
    ):
        answer = someone.send(query)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}, query
        assert "ISSUED" not in f"{answer}"
    assert node(SCENE, username, ELSEWHERE) is None
    looked_up = f'{{ nodes(ids: ["{ELSEWHERE}"]) {{ ... on Problem {{ state }} }} }}'
    assert someone.ask(looked_up) == {"nodes": [None]}
    assert someone.ask("{ unfedBackProblems { patrol spotCheck } }") == {
        "unfedBackProblems": {"patrol": 0, "spotCheck": 0}
    }
    for step, rest in STEPS.items():
        document = f"mutation($id: ID!) {{ {step}(id: $id, revision: 1{rest}) {{ {REFUSAL} }} }}"
        assert someone.ask(document, id=ELSEWHERE)[step]["code"] == "FORBIDDEN"


def test_a_department_with_another_jurisdiction_finds_what_it_owes_in_its_own_list() -> None:
    world = a_world()
    id = to_the_county(world)
    bureau = department_of(world, "610526")
    world("county-head")
    moved = replace(bureau, jurisdiction=frozenset({RegionId("610528")}))
    with world.system.storage.work(SYSTEM) as work:
        work.departments.save(moved)
        work.commit()
    county = world("county-head")
    found = county.ask(
        "{ problemsToMe(first: 5) { totalCount nodes { id allowedActions timeline { by } } } }"
    )
    assert found["problemsToMe"]["totalCount"] == 1
    (shown,) = found["problemsToMe"]["nodes"]
    assert (shown["id"], shown["allowedActions"]) == (id, ["ACKNOWLEDGE", "REQUEST_EXTENSION"])
    document = f"mutation($id: ID!) {{ acknowledgeProblem(id: $id, revision: 1) {{ {REFUSAL} }} }}"
    assert county.ask(document, id=id)["acknowledgeProblem"] == {"__typename": "ProblemSaved"}
