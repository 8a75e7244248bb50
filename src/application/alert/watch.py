"""The certificate watch: opens, raises and ends the alerts of certificates, and reminds once per window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ...domain.alert.alert import Alert
from ...domain.alert.form import (
    AlertKind,
    AlertOrigin,
    AlertStatement,
    certificate_alert_id,
    window_key,
)
from ...domain.alert.watch import Window, dues_of, newest_window, next_look
from ...domain.alert.workflow import AlertState
from ...domain.deadlines import business_date, day_end, day_start
from ...domain.directory.certificate import Certificate
from ...domain.directory.events import DirectoryChanged
from ...domain.directory.organisation import Person
from ...domain.exchange.duty import Topic
from ...domain.notice.notice import AlertTopic, MessageKind, Sms
from ...domain.policy import Policy
from ...domain.signed import Signed
from ...domain.values import CertificateId, MessageId, fact_id
from ..access import EVERYTHING
from ..handling.reminding import Reminder, ReminderPlan, ReminderSource, remind
from ..handling.words import listed
from ..notice.inbox import SmsText
from ..policies import PolicyBook
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .kind import ALERTS
from .surroundings import Surroundings
from .words import expiring_of, expiry_words, statement_of

WATCH_NAME: Final = "系统证书监测"
RENEWED: Final = "证书已延期换证或已更新"


class CertificateWatch:
    """Looks at each certificate on the days on which its alert changes, and at no other certificate."""

    def __init__(self, storage: Storage, clock: Clock, policies: PolicyBook, doorbell: Doorbell) -> None:
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._doorbell = doorbell

    def look(self) -> int:
        """Look at what is due today; return of how many certificates somebody was reminded.

        After downtime each certificate has its newest window only. Raises RemindersMissing at the end when
        some certificates could not be looked at; they are looked at again tomorrow.
        """
        source = ReminderSource(
            name="certificates",
            due=lambda work, now, limit: work.certificates.to_watch(business_date(now), limit=limit),
            planner=self._planner,
            postpone=self._postpone,
            topic=lambda day, due: ALERTS.topic_of(MessageKind.CERTIFICATE_EXPIRING, day, due),
            save=lambda work, changed: work.alerts.save_all(changed),
        )
        return remind(source, self._storage, self._clock, self._doorbell)

    def _postpone(self, work: UnitOfWork, looked_at: Sequence[tuple[Certificate, datetime | None]]) -> None:
        # Not today: a run ends when nothing of today is left, even if some certificates fail.
        tomorrow = business_date(self._clock.now()) + timedelta(days=1)
        work.certificates.watch_again(
            {one.id: None if at is None else max(business_date(at), tomorrow) for one, at in looked_at}
        )

    def _planner(
        self, work: UnitOfWork, certificates: Sequence[Certificate], now: datetime
    ) -> Callable[[Certificate], ReminderPlan]:
        today = business_date(now)
        province = self._policies.of_the_province(work, today, now=now)
        renewals = work.certificates.of_same_holders(certificates)
        dues = {
            one.id: () if _renewed(one, renewals[one.id]) else tuple(dues_of(one)) for one in certificates
        }
        come = {
            one.id: [
                window
                for due in dues[one.id]
                if (window := newest_window(due, one.kind, today, province)) is not None
            ]
            for one in certificates
        }
        open_ones = work.alerts.of_certificates([one.id for one in certificates])
        known = {alert.id: alert for alerts in open_ones.values() for alert in alerts}
        ids = [certificate_alert_id(window.due) for windows in come.values() for window in windows]
        known |= work.alerts.find_all([id for id in ids if id not in known])
        told = [one for one in certificates if come[one.id]]
        around = Surroundings(work, told, [known[id] for id in ids if id in known])

        def plan(certificate: Certificate) -> ReminderPlan:
            reminders: list[Reminder] = []
            changed: list[Alert] = []
            standing = set()
            for window in come[certificate.id]:
                id = certificate_alert_id(window.due)
                standing.add(id)
                policy = self._policies.policy(work, around.addressee(certificate).region_id, today, now=now)
                alert, is_new = _stated(known.get(id), certificate, window, around, policy, now)
                changed += [alert] if is_new else []
                reminders += _reminders(alert, certificate, window, around.people(alert), now)
            others = [one for one in open_ones.get(certificate.id, ()) if one.id not in standing]
            changed += ended(others, now)
            days = [next_look(due, certificate.kind, today, province) for due in dues[certificate.id]]
            again = min((day for day in days if day is not None), default=None)
            return ReminderPlan(reminders, None if again is None else day_start(again), changed)

        return plan


def end_renewed(work: UnitOfWork, event: DirectoryChanged, policies: PolicyBook) -> Iterable[Topic]:
    """End the alerts of due dates that a saved certificate has moved or renewed."""
    if event.what != "Certificate":
        return ()
    saved = work.certificates.get(CertificateId(UUID(event.subject)), within=EVERYTHING)
    siblings = work.certificates.of_same_holders([saved])[saved.id]
    standing = {
        certificate_alert_id(due) for one in siblings if not _renewed(one, siblings) for due in dues_of(one)
    }
    alerts = [one for some in work.alerts.of_certificates([c.id for c in siblings]).values() for one in some]
    work.alerts.save_all(ended([alert for alert in alerts if alert.id not in standing], event.at))
    return ()


def ended(alerts: Iterable[Alert], at: datetime) -> list[Alert]:
    """End those of our watch, whose certificates were renewed; what the ministry opened, it ends itself."""
    by = Signed(person_id=None, name=WATCH_NAME, at=at)
    over = [alert for alert in alerts if alert.origin is AlertOrigin.WATCH and alert.ended is None]
    for alert in over:
        version = alert.source_version + 1
        alert.update(alert.statement, source_version=version, by=by, policy=Policy(), ended=RENEWED)
    return over


def expiring_now(work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook) -> SmsText | None:
    """The text about certificates whose alerts have not ended; None when all have."""
    topic = sms.topic
    assert isinstance(topic, AlertTopic)  # The table has this check for its kind only.
    today = business_date(now)
    policy = policies.of_the_province(work, today, now=now)
    found = work.alerts.find_all(topic.alert_ids)
    dues = [alert.statement.due for alert in found.values() if alert.statement.due is not None]
    certificates = work.certificates.find_all([due.certificate_id for due in dues])
    standing: list[tuple[Alert, str]] = []
    for alert in (found[id] for id in dict.fromkeys(topic.alert_ids) if id in found):
        due = alert.statement.due
        certificate = None if due is None else certificates.get(due.certificate_id)
        if due is None or certificate is None or alert.state is AlertState.ENDED:
            continue
        window = newest_window(due, certificate.kind, today, policy)
        if window is not None:
            standing.append((alert, expiry_words(certificate, window, today)))
    if not standing:
        return None
    first, words = standing[0]
    if len(standing) == 1:
        return SmsText(first.addressee.region_id, f"{first.addressee.name}的{words}，请及时办理。")
    over = sum(alert.statement.due.due_on < today for alert, _ in standing if alert.statement.due)
    which = f"，其中{over}项已过期" if over else ""
    names = listed(alert.addressee.name for alert, _ in standing)
    return SmsText(
        first.addressee.region_id, f"{len(standing)}项证书即将到期或已到期{which}，请登录系统办理：{names}。"
    )


def _stated(
    known: Alert | None,
    certificate: Certificate,
    window: Window,
    around: Surroundings,
    policy: Policy,
    now: datetime,
) -> tuple[Alert, bool]:
    """The alert of the window's due date as it holds today, and whether it was opened or changed now."""
    by = Signed(person_id=None, name=WATCH_NAME, at=now)
    statement = AlertStatement(
        kind=AlertKind.CERTIFICATE,
        level=window.level,
        description=statement_of(certificate, window, business_date(now), around.holder(certificate)),
        occurred_at=day_end(window.due.due_on),
        due=window.due,
    )
    if known is None:
        addressee = around.addressee(certificate)
        opened = Alert.open(
            statement,
            id=certificate_alert_id(window.due),
            origin=AlertOrigin.WATCH,
            external_id=None,
            addressee=addressee,
            reviewer=around.reviewer(addressee.region_id),
            by=by,
            policy=policy,
        )
        return opened, True
    if known.level is window.level and known.state is not AlertState.ENDED:
        return known, False
    known.update(statement, source_version=known.source_version + 1, by=by, policy=policy)
    return known, True


def _reminders(
    alert: Alert, certificate: Certificate, window: Window, people: Sequence[Person], now: datetime
) -> list[Reminder]:
    key = window_key(alert.id, window.days)
    texts = expiring_of(alert.addressee.name, certificate, window, business_date(now))
    return [
        Reminder(
            person,
            alert.id,
            key,
            day_start(window.due.due_on - timedelta(days=window.days)),
            day_end(window.due.due_on),
            ALERTS.message(
                alert,
                MessageKind.CERTIFICATE_EXPIRING,
                MessageId(fact_id("certificate", key, person.id)),
                person,
                texts,
                now,
            ),
        )
        for person in people
    ]


def _renewed(certificate: Certificate, siblings: Sequence[Certificate]) -> bool:
    return any(certificate.renewed_by(one) for one in siblings)
