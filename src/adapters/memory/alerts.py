"""Keeps alerts in memory, each with its whole history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ...application.access import Scope
from ...domain.alert.alert import Alert
from ...domain.alert.workflow import AlertState
from ...domain.refusals import Conflict, NotFound
from ...domain.values import AlertId, CertificateId
from .sight import Sight
from .tables import State, kept, utc
from .unit import Unit


class MemoryAlerts:
    """Hands out copies: a change counts only after `save`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, alert: Alert) -> None:
        state = self._unit.to_write()
        before = state.alerts.get(alert.id)
        if alert.version != (0 if before is None else before.version):
            raise Conflict("该预警已被他人修改，请刷新后重试。")
        if before is None:
            _check_references(state, alert)
        alert.version += 1
        state.alerts.put(alert.id, kept(alert))
        if alert.id in state.alert_reminders:
            state.alert_reminders.remove(alert.id)
        self._unit.collect(alert.events)

    def save_all(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            self.save(alert)

    def find(self, id: AlertId) -> Alert | None:
        found = self._unit.reading().alerts.get(id)
        return None if found is None else _copy(found)

    def find_all(self, ids: Sequence[AlertId]) -> Mapping[AlertId, Alert]:
        alerts = self._unit.reading().alerts
        return {id: _copy(alerts[id]) for id in ids if id in alerts}

    def get(self, id: AlertId, *, within: Scope) -> Alert:
        state = self._unit.reading()
        found = state.alerts.get(id)
        if found is None or not Sight(state, within).alert(found):
            raise NotFound("预警")
        return _copy(found)

    def of_certificates(self, ids: Sequence[CertificateId]) -> Mapping[CertificateId, Sequence[Alert]]:
        wanted = set(ids)
        found: dict[CertificateId, list[Alert]] = {}
        alerts = self._unit.reading().alerts.values()
        for alert in sorted(alerts, key=lambda alert: (alert.opened.at, alert.id)):
            due = alert.statement.due
            if due is not None and due.certificate_id in wanted and alert.state is not AlertState.ENDED:
                found.setdefault(due.certificate_id, []).append(_copy(alert))
        return found

    def to_remind(self, now: datetime, *, limit: int) -> Sequence[Alert]:
        state = self._unit.to_write()
        owed = [alert for alert in state.alerts.values() if alert.is_unfed_back]
        never = sorted((a for a in owed if a.id not in state.alert_reminders), key=lambda alert: alert.id)
        due = sorted(
            (state.alert_reminders[alert.id], alert.id)
            for alert in owed
            if alert.id in state.alert_reminders and state.alert_reminders[alert.id] <= now
        )
        chosen = [*never, *(state.alerts[id] for _, id in due)]
        return [_copy(alert) for alert in chosen[:limit]]

    def remind_again(self, id: AlertId, at: datetime) -> None:
        state = self._unit.to_write()
        if id in state.alerts:
            state.alert_reminders.put(id, utc(at))

    def to_review(self, now: datetime, *, limit: int) -> Sequence[Alert]:
        state = self._unit.to_write()
        due = sorted((at, id) for id, at in state.alert_reviews.items() if at <= now)
        return [_copy(state.alerts[id]) for _, id in due[:limit]]

    def check_review(self, id: AlertId, at: datetime | None) -> None:
        state = self._unit.to_write()
        if at is not None and id in state.alerts:
            state.alert_reviews.put(id, utc(at))
            state.alert_review_dues.put(id, utc(at))
        elif id in state.alert_reviews:
            state.alert_reviews.remove(id)


def _check_references(state: State, alert: Alert) -> None:
    """Check what the foreign keys of the database check; raises NotFound."""
    addressee, reviewer = alert.addressee, alert.reviewer
    known = {addressee.region_id, addressee.city_id, reviewer.region_id} <= state.regions.keys()
    known &= reviewer.id in state.departments
    known &= addressee.enterprise_id in state.enterprises
    if not known:
        raise NotFound("关联的数据")


def _copy(alert: Alert) -> Alert:
    return replace(alert, events=[])
