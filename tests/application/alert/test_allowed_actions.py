"""What a viewer is told to be allowed is exactly what the use cases then accept: every state, action and party."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.workflow import ALERT_CARRIERS, ALERT_TRANSITIONS, AlertAction, AlertState
from yanbao.domain.directory.organisation import DepartmentSnapshot, Person
from yanbao.domain.handling.parties import Party
from yanbao.domain.refusals import Forbidden, Refused

from ...support.alerting import TO_DONGFENG, Alerting, an_alerting
from ...support.alerts import an_alert_in
from ...support.world import (
    CHANGAN_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    HEAD,
    HONGXING_HEAD,
    LINTONG,
    MANAGER,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    PROVINCE_OFFICE,
    SYSTEM_ADMIN,
)

VIEWERS = (
    *(HEAD, MANAGER, HONGXING_HEAD, COUNTY_DUTY, COUNTY_HEAD, CHANGAN_DUTY),
    *(PROVINCE_DUTY, PROVINCE_HEAD, SYSTEM_ADMIN),
)


def offered_to(world: Alerting, viewer: Person, alert: Alert) -> set[AlertAction]:
    """As a list that the viewer asks for says it; nothing where the alert is not seen."""
    alerts, actor = world.system.app.alerts, world.actor(viewer)
    with suppress(Forbidden):
        rows = alerts.rows(actor, [alert.id])
        return {action for row in rows.values() for action in alerts.allowed_actions(actor, row)}
    return set()


def accepted_from(world: Alerting, viewer: Person, alert: Alert) -> dict[AlertAction, AlertState]:
    """What is done when the viewer tries it, each for itself; what is refused changes nothing."""
    before = world.system.storage.landed
    accepted = {}
    for action in ALERT_CARRIERS:
        try:
            accepted[action] = world.do(action, viewer, alert.id).state
        except Refused:
            assert world.system.storage.landed is before
        world.system.storage.landed = before
    return accepted


@pytest.mark.parametrize("reviewer", [PROVINCE_OFFICE, LINTONG], ids=["the province", "the county"])
@pytest.mark.parametrize("state", AlertState)
def test_every_action_that_is_offered_succeeds_and_every_other_is_refused(
    state: AlertState, reviewer: object
) -> None:
    alert = replace(
        an_alert_in(state),
        addressee=TO_DONGFENG,
        reviewer=DepartmentSnapshot.of(reviewer),  # type: ignore[arg-type]
        version=0,
    )
    world = an_alerting().keep(alert)
    heads = {PROVINCE_OFFICE: {PROVINCE_HEAD}, LINTONG: {COUNTY_HEAD}}[reviewer]  # type: ignore[index]
    for viewer in VIEWERS:
        accepted = accepted_from(world, viewer, alert)
        assert set(accepted) == offered_to(world, viewer, alert), viewer.name
        mine = (
            {Party.ADDRESSEE} if viewer in (HEAD, MANAGER) else {Party.ISSUER} if viewer in heads else set()
        )
        top = reviewer is PROVINCE_OFFICE
        assert accepted == {
            action: ALERT_TRANSITIONS[state, action]
            for action, party in ALERT_CARRIERS.items()
            if party in mine
            and (state, action) in ALERT_TRANSITIONS
            and not (top and action is AlertAction.ESCALATE)
        }
