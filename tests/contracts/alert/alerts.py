"""Alerts for a storage: everything that can happen to one, and the parties that it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import AlertLevel
from yanbao.domain.alert.workflow import ALERT_TRANSITIONS, AlertAction, AlertState
from yanbao.domain.values import AlertId

from ...support.alerts import ALERT_ACTS, an_alert_in, restated
from ...support.builders import NOW, an_id
from ...support.inspections import CITY_BUREAU, by
from ..inspection.inspections import settle_inspectors

LATER = NOW + timedelta(hours=1)


def settle_parties(storage: Storage) -> None:
    """The factory and the bureaus, beside the trees of `builders`."""
    settle_inspectors(storage)


def keep(storage: Storage, *alerts: Alert) -> None:
    with storage.work(SYSTEM) as work:
        for alert in alerts:
            work.alerts.save(alert)
        work.commit()


def stored(storage: Storage, id: AlertId) -> Alert:
    with storage.work(SYSTEM) as work:
        return work.alerts.get(id, within=EVERYTHING)


def change(storage: Storage, id: AlertId, act: Callable[[Alert], object]) -> Alert:
    """In one unit of work; gives back what was saved."""
    with storage.work(SYSTEM) as work:
        alert = work.alerts.get(id, within=EVERYTHING)
        act(alert)
        work.alerts.save(alert)
        work.commit()
    return alert


def made(name: str, state: AlertState = AlertState.OPEN, **detail: Any) -> Alert:
    """An alert of its own, not yet kept."""
    return replace(an_alert_in(state, **detail), id=AlertId(an_id(name)), external_id=name)


def take(action: AlertAction, at: datetime = LATER) -> Callable[[Alert], object]:
    """The step, whoever's it is."""

    def step(alert: Alert) -> object:
        newer = alert.source_version + 1
        match action:
            case AlertAction.ESCALATE:
                return alert.escalate("逾期未处置", to=CITY_BUREAU, by=by(at=at))
            case AlertAction.RAISE:
                return restated(alert, version=newer, at=at, level=AlertLevel.RED)
            case AlertAction.LOWER:
                return restated(alert, version=newer, at=at, level=AlertLevel.BLUE)
            case AlertAction.RESTATE | AlertAction.REOPEN:
                return restated(alert, version=newer, at=at, description="现场14人。", value="14人")
            case AlertAction.END:
                return restated(alert, version=newer, at=at, ended="人员已撤离")
            case _:
                return ALERT_ACTS[action](alert, at)

    return step


EVERY_STEP = list(ALERT_TRANSITIONS)
