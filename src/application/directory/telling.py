"""Tells of declared shutdown periods: the duty persons of a declaration, the heads of its annulment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from ...domain.deadlines import business_date
from ...domain.directory.enterprise import STOP_REASON_NAMES
from ...domain.directory.events import ShutdownAnnulled, ShutdownDeclared
from ...domain.directory.organisation import Level, Role
from ...domain.exchange.duty import Topic
from ...domain.notice.notice import Message, MessageKind, ShutdownTopic, Sms
from ...domain.refusals import NotFound
from ...domain.restore import epoch_of, in_epoch
from ...domain.values import MessageId, PersonId, ShutdownPeriodId, fact_id
from ..access import EVERYTHING
from ..notice.inbox import SmsText, queue, sms_to, tell
from ..policies import PolicyBook
from ..ports.work import UnitOfWork


def tell_of_declaration(work: UnitOfWork, event: ShutdownDeclared, policies: PolicyBook) -> Iterable[Topic]:
    """Tell the county's duty persons in the app, or the city's where there is no county department."""
    period = work.shutdown_periods.get(event.period_id, within=EVERYTHING)
    enterprise = work.enterprises.get(event.enterprise_id, within=EVERYTHING)
    region = enterprise.region_id
    found = work.people.covering([region], Level.COUNTY, Role.DUTY_PERSON).get(region, ())
    if not found:
        found = work.people.covering([region], Level.CITY, Role.DUTY_PERSON).get(region, ())
    title = f"{enterprise.name}自行申报停产"
    body = (
        f"{enterprise.name}申报自{_day(event.first_day)}至{_day(event.last_day)}停产"
        f"（原因：{STOP_REASON_NAMES[period.reason]}），期内由系统每日自动上报停产。"
        "与实际不符的，可写明原因取消该停产期。"
    )
    tell(
        work,
        [
            _message(MessageKind.SHUTDOWN_DECLARED, event.period_id, person.id, title, body, event.at)
            for person in found
        ],
    )
    return ()


def tell_of_annulment(work: UnitOfWork, event: ShutdownAnnulled, policies: PolicyBook) -> Iterable[Topic]:
    """Tell the enterprise's heads, by message and SMS, that they have to report every day again."""
    period = work.shutdown_periods.get(event.period_id, within=EVERYTHING)
    assert period.cancellation is not None, "what is annulled has a cancellation"
    body = (
        f"贵企业申报的停产期（{_day(event.first_day)}至{_day(event.last_day)}）已被"
        f"{period.cancellation.by.department}取消，原因：{event.reason}。系统不再自动上报，请每日按时上报安全承诺；"
        "今日已由系统自动上报的，请按实际情况重新上报。"
    )
    kind = MessageKind.SHUTDOWN_ANNULLED
    topic = ShutdownTopic(business_date(event.at), kind, event.period_id)
    epoch = epoch_of(in_epoch(policies.standing(work, now=event.at).restores, event.at))
    for head in work.people.heads_of([event.enterprise_id]).get(event.enterprise_id, ()):
        tell(work, [_message(kind, event.period_id, head.id, "申报的停产期被取消", body, event.at)])
        sms_id = fact_id("sms", kind.value, event.period_id, head.id, *epoch)
        queue(work, [sms_to(head, topic, id=sms_id, at=event.at)])
    return (Topic.SMS,)


def annulment_now(work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook) -> SmsText | None:
    """What the SMS about an annulment says; None once the annulled days are over."""
    topic = sms.topic
    assert isinstance(topic, ShutdownTopic)  # The table has this check for its kind only.
    try:
        period = work.shutdown_periods.get(topic.period_id, within=EVERYTHING)
    except NotFound:  # There is nothing to tell of.
        return None
    if period.cancellation is None or period.enterprise_id is None or period.last_day < business_date(now):
        return None
    enterprise = work.enterprises.get(period.enterprise_id, within=EVERYTHING)
    return SmsText(
        enterprise.region_id,
        f"{enterprise.name}申报的停产期（{_day(period.first_day)}至{_day(period.last_day)}）已被"
        f"{period.cancellation.by.department}取消，请每日按时上报安全承诺，原因请登录系统查看。",
    )


def _message(
    kind: MessageKind, id: ShutdownPeriodId, receiver: PersonId, title: str, body: str, at: datetime
) -> Message:
    return Message(
        id=MessageId(fact_id(kind.value, id, receiver)),
        receiver_id=receiver,
        kind=kind,
        title=title,
        body=body,
        subject_type="ShutdownPeriod",
        subject_id=str(id),
        created_at=at,
    )


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
