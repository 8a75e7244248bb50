"""How the exchange is: per topic and for the inbox, with one colour and one sentence for a status light."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from ...domain.exchange.duty import TOPIC_NAMES, Topic
from ..ports.exchange import TopicHealth
from ..ports.inbox import InboxHealth
from ..ports.readers import Readers

LATE_AFTER: Final = timedelta(minutes=10)
"""A duty that is due for longer is late: the longest wait between two attempts is 6 min 15 s."""
STUCK_AFTER: Final = timedelta(hours=1)


class HealthColour(Enum):
    """GREEN: all is well. YELLOW: somebody must look. RED: something stands still."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"


HEALTH_COLOUR_NAMES: Final = {
    HealthColour.GREEN: "绿色（正常）",
    HealthColour.YELLOW: "黄色（需要处置）",
    HealthColour.RED: "红色（停滞）",
}
ALL_IS_WELL: Final = "与部级平台和短信网关的交换正常。"


@dataclass(frozen=True, slots=True)
class ExchangeHealth:
    """`sentence` is Chinese and says what the colour is for. `topics` has every topic."""

    at: datetime
    colour: HealthColour
    sentence: str
    topics: Sequence[TopicHealth]
    inbox: InboxHealth


def exchange_health(readers: Readers, now: datetime) -> ExchangeHealth:
    """Read the figures and judge them."""
    topics, inbox = readers.exchange.health(now), readers.inbox.health()
    red = [words for topic in topics for words in _red(topic, now)]
    yellow = [words for topic in topics for words in _yellow(topic, now)] + list(_waiting(inbox))
    found = [*red, *yellow]
    colour = HealthColour.RED if red else HealthColour.YELLOW if yellow else HealthColour.GREEN
    return ExchangeHealth(now, colour, f"{'；'.join(found)}。" if found else ALL_IS_WELL, topics, inbox)


def _red(topic: TopicHealth, now: datetime) -> Iterator[str]:
    if topic.parked:
        yield f"“{TOPIC_NAMES[topic.topic]}”有{topic.parked}项多次异常，已搁置"
    if (wait := _wait(topic, now)) > STUCK_AFTER:
        yield f"“{TOPIC_NAMES[topic.topic]}”最早的一项已超过应办时间{wait // timedelta(hours=1)}小时"


def _yellow(topic: TopicHealth, now: datetime) -> Iterator[str]:
    if topic.refused:
        yield f"“{TOPIC_NAMES[topic.topic]}”有{topic.refused}项被拒绝"
    if LATE_AFTER < (wait := _wait(topic, now)) <= STUCK_AFTER:
        yield f"“{TOPIC_NAMES[topic.topic]}”最早的一项已超过应办时间{wait // timedelta(minutes=1)}分钟"


def _waiting(inbox: InboxHealth) -> Iterator[str]:
    if inbox.quarantined:
        yield f"收到的记录有{inbox.quarantined}条待人工处置"
    if inbox.unreadable:
        yield f"收到的报文有{inbox.unreadable}份不能识别"


def _wait(topic: TopicHealth, now: datetime) -> timedelta:
    return timedelta(0) if topic.due_since is None else now - topic.due_since


def last_success(topic: TopicHealth, inbox: InboxHealth) -> datetime | None:
    """When something of the topic last went well; what comes in is well when it has been settled."""
    return inbox.last_settled_at if topic.topic is Topic.MINISTRY_INBOUND else topic.last_success_at
