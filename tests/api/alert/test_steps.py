"""Every state with every action over the API, by whose step it is and by others; and every step sent twice."""

from __future__ import annotations

from typing import Any, Final

import pytest

from yanbao.application.access import SYSTEM
from yanbao.domain.alert.form import ministry_alert_id
from yanbao.domain.alert.workflow import ALERT_CARRIERS, ALERT_TRANSITIONS, AlertAction, AlertState
from yanbao.domain.handling.parties import Party

from ...support.alerts import ALERT_ACTS, PATHS
from ...support.asking import Somebody, World, a_world
from ...support.dates import in_days
from .alerting import opened, restate

FINAL: Final = {"situation": "已核实", "measures": "人员撤离", "outcome": "已恢复定员"}
PROGRESS: Final = FINAL | {"progress": "人员正在撤离", "plannedOn": f"{in_days(6)}"}
MUTATIONS: Final[dict[AlertAction, tuple[str, dict[str, Any]]]] = {
    AlertAction.ACKNOWLEDGE: ("acknowledgeAlert", {}),
    AlertAction.HANDLE: ("handleAlert", {"verification": "TRUE", "note": "现场多4人"}),
    AlertAction.REPORT_PROGRESS: ("reportAlertProgress", {"feedback": PROGRESS}),
    AlertAction.FEED_BACK: ("feedBackAlert", {"feedback": FINAL}),
    AlertAction.CLOSE: ("closeAlert", {"note": "已核实"}),
    AlertAction.RETURN: ("returnAlert", {"reason": "照片不清楚"}),
    AlertAction.ESCALATE: ("escalateAlert", {"reason": "逾期未处置"}),
}
OWN: Final = {Party.ADDRESSEE: "enterprise-head", Party.ISSUER: "county-head"}
READY: Final = {
    action: next(state for state in AlertState if (state, action) in ALERT_TRANSITIONS)
    for action in MUTATIONS
}
"""A state in which the action can be taken."""


@pytest.fixture
def world() -> World:
    return a_world()


def in_state(world: World, state: AlertState) -> tuple[str, int]:
    """The global id of an alert that has come to this state, and its revision."""
    id = opened(world)
    if AlertAction.END in PATHS[state]:
        restate(world, "W-1", ended="人员已撤离")
        return id, 2
    with world.system.storage.work(SYSTEM) as work:
        alert = work.alerts.find(ministry_alert_id("W-1"))
        assert alert is not None
        for action in PATHS[state]:
            ALERT_ACTS[action](alert, world.now)
        work.alerts.save(alert)
        work.commit()
    return id, alert.revision


def take(
    by: Somebody, action: AlertAction, id: str, revision: int, *, key: str | None = None, **changes: Any
) -> Any:
    name, given = MUTATIONS[action]
    passed = given | changes
    kinds = {"feedback": "FeedbackInput!", "verification": "Verification!"}
    declared = "".join(f", ${one}: {kinds.get(one, 'String!')}" for one in passed)
    inserted = "".join(f", {one}: ${one}" for one in passed)
    document = f"""mutation($id: ID!, $revision: Int!, $key: String{declared}) {{
      {name}(id: $id, revision: $revision, clientMutationKey: $key{inserted}) {{ __typename
        ... on AlertSaved {{ alert {{ id state revision }} }} ... on Refusal {{ code message field }} }} }}"""
    return by.ask(document, id=id, revision=revision, key=key, **passed)[name]


def seen(by: Somebody, id: str) -> Any:
    return by.ask("query($id: ID!) { node(id: $id) { ... on Alert { state revision } } }", id=id)["node"]


@pytest.mark.parametrize("state", AlertState)
def test_every_action_in_every_state_lands_as_the_table_says_or_is_refused(
    world: World, state: AlertState
) -> None:
    id, revision = in_state(world, state)
    owners, others = ({p: world(name) for p, name in OWN.items()} for _ in range(2))
    landed = world.system.storage.landed
    for action, party in ALERT_CARRIERS.items():
        target = ALERT_TRANSITIONS.get((state, action))
        answer = take(owners[party], action, id, revision)
        if target is None:
            assert answer.get("code") == "ACTION_NOT_ALLOWED"
        else:
            assert (answer["alert"]["state"], answer["alert"]["revision"]) == (target.value, revision + 1)
        world.system.storage.landed = landed
        (other,) = [somebody for whose, somebody in others.items() if whose is not party]
        assert take(other, action, id, revision)["code"] == "FORBIDDEN"
        assert seen(other, id) == {"state": state.value, "revision": revision}
        world.system.storage.landed = landed


@pytest.mark.parametrize("action", MUTATIONS)
def test_a_double_click_takes_the_step_once(world: World, action: AlertAction) -> None:
    id, revision = in_state(world, READY[action])
    by = world(OWN[ALERT_CARRIERS[action]])
    once, twice = (take(by, action, id, revision, key="tap-00001") for _ in range(2))
    assert once == twice and once["alert"]["revision"] == revision + 1
    assert seen(by, id)["revision"] == revision + 1
    late = take(by, action, id, revision)
    # Who has handed the review upwards reviews no more.
    moved = action is AlertAction.ESCALATE
    assert (late["code"], late["field"]) == (("FORBIDDEN", None) if moved else ("CONFLICT", "revision"))
    other = take(by, action, id, revision + 1, key="tap-00001")
    assert (other["code"], other["field"]) == ("CONFLICT", "clientMutationKey")
