"""Alarms of the exchange: in-app messages to the duty persons of the province's department."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...domain.directory.organisation import Level, Role
from ...domain.exchange.duty import TOPIC_NAMES, DutyState, Topic
from ...domain.exchange.events import DutyGivenUp
from ...domain.notice.notice import Message, MessageKind
from ...domain.values import SHANGHAI, MessageId, fact_id
from ..notice.inbox import tell
from ..policies import PolicyBook
from ..ports.work import UnitOfWork


def raise_alarm(
    work: UnitOfWork,
    *key: object,
    title: str,
    body: str,
    subject_id: str,
    at: datetime,
    subject_type: str = "ExchangeEntry",
) -> None:
    """Tell the province's duty persons, once for each key."""
    provinces = {lineage[-1] for lineage in work.regions.lineages().values()}
    persons = work.people.covering(sorted(provinces), Level.PROVINCE, Role.DUTY_PERSON)
    tell(
        work,
        [
            Message(
                id=MessageId(fact_id(*key, person.id)),
                receiver_id=person.id,
                kind=MessageKind.EXCHANGE_ALARM,
                title=title,
                body=body[:1000],
                subject_type=subject_type,
                subject_id=subject_id,
                created_at=at,
            )
            for province in sorted(provinces)
            for person in persons.get(province, ())
        ],
    )


def hour_of(at: datetime) -> datetime:
    """The full hour in Shanghai, for alarms that are told once an hour."""
    return at.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)


def tell_of_giving_up(work: UnitOfWork, event: DutyGivenUp, policies: PolicyBook) -> Iterable[Topic]:
    """Raise the alarm at once; further dead letters of the same kind and hour are not told again.

    A kind is topic, state and answer code: thousands of refusals for one reason are one message an hour.
    """
    hour = hour_of(event.at)
    parked = event.state is DutyState.PARKED
    state = "多次异常，已搁置" if parked else "被对方拒绝"
    why = "每次处理都异常中断" if parked else f"{event.code} {event.answer}".strip()
    raise_alarm(
        work,
        *("dead-letter", event.topic.value, event.state.value, event.code, hour),
        title=f"{TOPIC_NAMES[event.topic]}{state}",
        body=f"原因：{why}。该记录不再自动发送，请在交换记录中查看，处理后重发。同一原因一小时内只提醒一次。",
        subject_id=event.outbox_id,
        at=event.at,
    )
    return ()
