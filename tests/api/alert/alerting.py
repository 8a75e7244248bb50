"""Alerts of the demo province, as the ministry or the watch would have opened them."""

from __future__ import annotations

from typing import Any

from yanbao.application.access import SYSTEM
from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import AlertLevel, AlertOrigin, ministry_alert_id
from yanbao.domain.directory.organisation import DepartmentSnapshot
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.policy import Policy
from yanbao.domain.signed import Signed
from yanbao.domain.values import RegionId
from yanbao.graphql.parts.ids import global_id

from ...support.alerts import an_alert_statement, restated
from ...support.asking import World
from ..problem.issuing import department_of


def opened(
    world: World,
    external_id: str = "W-1",
    level: AlertLevel = AlertLevel.ORANGE,
    *,
    by: str = "610526",
    **changes: Any,
) -> str:
    """A risk alert about 蒲城县红光, reviewed by the department of region `by`; its global id."""
    red = world.red
    alert = Alert.open(
        an_alert_statement(level, occurred_at=world.now, **changes),
        id=ministry_alert_id(external_id),
        origin=AlertOrigin.MINISTRY,
        external_id=external_id,
        addressee=Addressee(None, red.id, red.name, red.region_id, RegionId("610500")),
        reviewer=DepartmentSnapshot.of(department_of(world, by)),
        by=Signed(None, "部级平台", world.now),
        policy=Policy(),
    )
    with world.system.storage.work(SYSTEM) as work:
        work.alerts.save(alert)
        work.commit()
    return str(global_id("Alert", alert.id))


def restate(world: World, external_id: str, **change: Any) -> None:
    """The source states the alert anew, now."""
    with world.system.storage.work(SYSTEM) as work:
        alert = work.alerts.find(ministry_alert_id(external_id))
        assert alert is not None
        restated(alert, version=alert.source_version + 1, at=world.now, **change)
        work.alerts.save(alert)
        work.commit()
