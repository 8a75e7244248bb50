"""The small province with alerts in it: who is told, who handles and reviews, and what the watch does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from yanbao.application.access import SYSTEM
from yanbao.application.alert.commands import (
    AcknowledgeAlert,
    AlertCommand,
    CloseAlert,
    EscalateAlert,
    FeedBackAlert,
    HandleAlert,
    ReportAlertProgress,
    ReturnAlert,
)
from yanbao.application.ports.alert import AlertRow
from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import Verification
from yanbao.domain.alert.workflow import AlertAction
from yanbao.domain.directory.organisation import DepartmentSnapshot, Person
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.values import AlertId

from .alerts import an_alert, restated
from .builders import LINTONG as LINTONG_REGION
from .builders import NOW
from .builders import XIAN as XIAN_REGION
from .dates import in_days
from .inspections import a_feedback_form
from .rectification import EVERYBODY, NEWCOMERS
from .system import send_texts
from .world import DONGFENG, LINTONG, PROVINCE_OFFICE, World, a_world

TO_DONGFENG: Final = Addressee(None, DONGFENG.id, DONGFENG.name, LINTONG_REGION, XIAN_REGION)
FORM: Final = a_feedback_form(planned_on=in_days(38))


@dataclass
class Alerting(World):
    """A stage on which alerts are opened and carried through."""

    def keep(self, *alerts: Alert) -> Alerting:
        """Store them as they are; what they announce is told."""
        with self.system.storage.work(SYSTEM) as work:
            for alert in alerts:
                work.alerts.save(alert)
            work.commit()
        return self

    def alert(self, id: AlertId) -> Alert:
        """As it is stored."""
        with self.system.storage.work(SYSTEM) as work:
            found = work.alerts.find(id)
        assert found is not None
        return found

    def alerts(self) -> list[Alert]:
        return sorted(self.state.alerts.values(), key=lambda alert: alert.opened.at)

    def restate(self, id: AlertId, **change: Any) -> Alert:
        """The source states it anew, now."""
        alert = self.alert(id)
        restated(alert, version=alert.source_version + 1, at=self.system.clock.moment, **change)
        self.keep(alert)
        return alert

    def do(
        self,
        action: AlertAction,
        by: Person,
        id: AlertId,
        *,
        revision: int | None = None,
        key: str | None = None,
        **detail: Any,
    ) -> AlertRow:
        """The step as the use case takes it, for the newest revision unless another is named."""
        seen = self.alert(id).revision if revision is None else revision
        return self.system.app.alerts.do(self.actor(by), COMMANDS[action](id, seen, detail), key=key)

    def send(self) -> list[tuple[str, str]]:
        """Send what is due, as the worker does; gives (who, text) of what has gone out since."""
        before = len(self.system.sms.sent)
        send_texts(self.system.app.texts)
        names = {person.phone.text: person.name for person in EVERYBODY}
        return [(names[sms.phone], sms.text) for sms in self.system.sms.sent[before:]]

    def look(self, day: date) -> int:
        """Run the certificate watch at its time of that day."""
        self.at("08:30", day)
        return self.system.app.certificate_watch.look()


def an_alerting(at: datetime = NOW) -> Alerting:
    world = Alerting(a_world(opened=False).system)
    world.system.clock.moment = at
    world.settle(*NEWCOMERS)
    return world


def of_the_ministry(**detail: Any) -> Alert:
    """An alert of the ministry about Dongfeng, reviewed by the province; its announcement still waits."""
    return an_alert(addressee=TO_DONGFENG, reviewer=DepartmentSnapshot.of(PROVINCE_OFFICE), **detail)


def of_the_county(**detail: Any) -> Alert:
    return an_alert(addressee=TO_DONGFENG, reviewer=DepartmentSnapshot.of(LINTONG), **detail)


COMMANDS: Final[Mapping[AlertAction, Callable[[AlertId, int, dict[str, Any]], AlertCommand]]] = {
    AlertAction.ACKNOWLEDGE: lambda id, seen, detail: AcknowledgeAlert(id, seen),
    AlertAction.HANDLE: lambda id, seen, detail: HandleAlert(
        id, seen, detail.get("verification", Verification.TRUE), detail.get("note", "")
    ),
    AlertAction.REPORT_PROGRESS: lambda id, seen, detail: ReportAlertProgress(id, seen, FORM),
    AlertAction.FEED_BACK: lambda id, seen, detail: FeedBackAlert(id, seen, detail.get("form", FORM)),
    AlertAction.CLOSE: lambda id, seen, detail: CloseAlert(id, seen, "已核实"),
    AlertAction.RETURN: lambda id, seen, detail: ReturnAlert(id, seen, "照片不清楚"),
    AlertAction.ESCALATE: lambda id, seen, detail: EscalateAlert(id, seen, "逾期未处置"),
}
