"""Builders of alerts: statements, opened alerts, and alerts in every state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from yanbao.application.access import SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import (
    AlertKind,
    AlertLevel,
    AlertOrigin,
    AlertStatement,
    RiskType,
    Verification,
    ministry_alert_id,
)
from yanbao.domain.alert.workflow import AlertAction, AlertState
from yanbao.domain.directory.organisation import DepartmentSnapshot
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.policy import Policy
from yanbao.domain.signed import Signed
from yanbao.domain.values import AlertId

from .builders import DAY, NOW, an_id
from .inspections import COUNTY_BUREAU, PROVINCE_BUREAU, TO_THE_FACTORY, a_feedback_form, by

MINISTRY: Final = Signed(person_id=None, name="部级平台", at=NOW)


def an_alert_statement(level: AlertLevel = AlertLevel.ORANGE, **changes: Any) -> AlertStatement:
    """A risk alert: twelve persons in a workshop for eight."""
    stated = AlertStatement(
        kind=AlertKind.RISK,
        level=level,
        description="3号工房现场12人，核定8人。",
        occurred_at=NOW,
        risk_type=RiskType.OVER_PERSONS,
        value="12人",
    )
    return replace(stated, **changes)


def an_alert(
    level: AlertLevel = AlertLevel.ORANGE,
    *,
    external_id: str = "W-1",
    at: datetime = NOW,
    addressee: Addressee = TO_THE_FACTORY,
    reviewer: DepartmentSnapshot = PROVINCE_BUREAU,
    policy: Policy = Policy(),  # noqa: B008 (frozen)
    version: int = 1,
    **changes: Any,
) -> Alert:
    """An alert of the ministry, just opened."""
    return Alert.open(
        an_alert_statement(level, **changes),
        id=ministry_alert_id(external_id),
        origin=AlertOrigin.MINISTRY,
        external_id=external_id,
        addressee=addressee,
        reviewer=reviewer,
        by=replace(MINISTRY, at=at),
        policy=policy,
        source_version=version,
    )


def restated(
    alert: Alert,
    *,
    version: int,
    at: datetime,
    level: AlertLevel | None = None,
    ended: str | None = None,
    **changes: Any,
) -> Any:
    """Give the alert another statement of its source; returns what became of it."""
    statement = replace(alert.statement, level=level or alert.level, **changes)
    return alert.update(
        statement, source_version=version, by=replace(MINISTRY, at=at), policy=Policy(), ended=ended
    )


Act = Callable[[Alert, datetime], object]
ALERT_ACTS: Final[dict[AlertAction, Act]] = {
    AlertAction.ACKNOWLEDGE: lambda a, at: a.acknowledge(by=by(at=at)),
    AlertAction.HANDLE: lambda a, at: a.handle(Verification.TRUE, by=by(at=at)),
    AlertAction.REPORT_PROGRESS: lambda a, at: a.report_progress(
        a_feedback_form(planned_on=DAY + timedelta(days=20)), by=by(at=at)
    ),
    AlertAction.FEED_BACK: lambda a, at: a.feed_back(a_feedback_form(), by=by(at=at)),
    AlertAction.CLOSE: lambda a, at: a.close("同意办结", by=by(at=at)),
    AlertAction.RETURN: lambda a, at: a.return_("照片不清楚", by=by(at=at), policy=Policy()),
    AlertAction.ESCALATE: lambda a, at: a.escalate("逾期未处置", to=COUNTY_BUREAU, by=by(at=at)),
}
"""Every action of a person."""

PATHS: Final = {
    AlertState.OPEN: (),
    AlertState.ACKNOWLEDGED: (AlertAction.ACKNOWLEDGE,),
    AlertState.HANDLING: (AlertAction.ACKNOWLEDGE, AlertAction.HANDLE),
    AlertState.FED_BACK: (AlertAction.ACKNOWLEDGE, AlertAction.HANDLE, AlertAction.FEED_BACK),
    AlertState.RETURNED: (
        AlertAction.ACKNOWLEDGE,
        AlertAction.HANDLE,
        AlertAction.FEED_BACK,
        AlertAction.RETURN,
    ),
    AlertState.CLOSED: (
        AlertAction.ACKNOWLEDGE,
        AlertAction.HANDLE,
        AlertAction.FEED_BACK,
        AlertAction.CLOSE,
    ),
    AlertState.ENDED: (AlertAction.END,),
}


def an_alert_in(state: AlertState, level: AlertLevel = AlertLevel.ORANGE) -> Alert:
    """An alert that has come to this state, one minute for each step; it has no events left."""
    alert = an_alert(level)
    for minute, action in enumerate(PATHS[state], start=1):
        at = NOW + timedelta(minutes=minute)
        if action is AlertAction.END:
            restated(alert, version=alert.source_version + 1, at=at, ended="人员已撤离")
        else:
            ALERT_ACTS[action](alert, at)
    assert alert.state is state
    alert.events.clear()
    return alert


def every_alert() -> list[Alert]:
    """A new alert of the factory in every state, each with ids of its own."""
    made = [replace(an_alert_in(state), id=AlertId(an_id(state.value)), version=0) for state in AlertState]
    return [replace(alert, external_id=f"{alert.id}") for alert in made]


def keep_alerts(storage: Storage, *alerts: Alert) -> None:
    with storage.work(SYSTEM) as work:
        work.alerts.save_all(alerts)
        work.commit()
