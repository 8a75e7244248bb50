"""What is accepted is exactly what was sent: whatever is repeated, shuffled, tampered with, or not for us."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import Engine

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.memory.inbox import MemoryInbox
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.signing import NotBelieved
from yanbao.adapters.ministry.wire import Wire, WireKeys
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import EVERYTHING
from yanbao.application.ports.alert import AlertFilter
from yanbao.application.ports.exchange import DutyFilter, DutyOrder
from yanbao.application.ports.inbound import Delivery
from yanbao.application.ports.inbox import InboxRecordFilter, UsedNonce
from yanbao.application.ports.notice import SmsFilter
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter
from yanbao.domain.alert.form import ministry_alert_id
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.exchange.inbound import RecordState
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.problem.form import ministry_problem_id
from yanbao.domain.refusals import Refused

from ...support.builders import NOW
from ...support.inspections import MICROSECOND
from ...support.system import make_system
from ...support.world import HEADS, PROVINCE_HEAD, STAFF, World, filled
from ..conftest import emptied
from .deliveries import PATHS, Request, Sender, plan
from .expected import Expected, is_over

log = logging.getLogger(__name__)

SECRET: Final = b"shared-with-the-ministry-by-post"
FEW: Final = 300
MANY: Final = 10_000


class Ticking(FixedClock):
    """Set by hand, but no two things happen at the same instant."""

    def now(self) -> datetime:
        self.moment += MICROSECOND
        return self.moment


class Receiver:
    """Our side: believes or not, receives, and processes now and then."""

    def __init__(self, storage_of: Callable[[Any], Any] | None) -> None:
        self.clock = Ticking(NOW)
        self.world = filled(World(make_system(storage_of, self.clock)), opened=False)
        self._wire = Wire(
            DEFAULT_PROFILE, WireKeys(secret=SECRET), wall_clock=lambda: self.clock.moment.timestamp()
        )

    def answer(self, request: Request) -> object:
        """In the words of the model."""
        try:
            nonce = self._wire.believe(
                request.headers, method="POST", path=PATHS[request.kind], body=request.body
            )
        except NotBelieved:
            return "not believed"
        delivery = Delivery(request.kind, nonce, request.headers, request.body)
        (answer,) = self.world.system.app.inbound.receive([delivery])
        if answer.conflicting:
            return "conflicting"
        return answer.repeated, [record.fault and record.fault.value for record in answer.records]

    def process(self) -> None:
        while self.world.system.app.inbound.take_due():
            pass


def deliver(receiver: Receiver, deliveries: int, seed: int) -> Expected:
    """Send it all; each answer must be the expected one."""
    random, expected = Random(seed), Expected()
    sender = Sender(SECRET, random)
    for number, sending in enumerate(plan(seed, deliveries)):
        if number % 1_000 == 999:
            log.warning("%s of %s deliveries", number + 1, deliveries)
        receiver.clock.moment += timedelta(seconds=random.choice([0, 0, 1, 7]))
        request = sender.request(sending, int(receiver.clock.moment.timestamp()))
        assert receiver.answer(request) == expected.take(sending, request.nonce), sending
        if random.random() < 0.05:
            receiver.process()
    receiver.process()
    return expected


def check(receiver: Receiver, expected: Expected) -> None:
    readers = receiver.world.system.readers
    alerts = {
        row.id: (row.level.value, row.description, row.state.value)
        for row in _pages(lambda page: readers.alerts.page(AlertFilter(), EVERYTHING, page))
    }
    problems = {
        row.id: (row.description, row.state.value)
        for row in _pages(lambda page: readers.problems.page(ProblemFilter(), EVERYTHING, page))
    }
    newest = expected.newest.values()
    assert alerts == {
        ministry_alert_id(one["id"]): (one["level"], one["description"], "ENDED" if is_over(one) else "OPEN")
        for one in newest
        if "level" in one
    }
    assert problems == {
        ministry_problem_id(one["id"]): (one["description"], "WITHDRAWN" if is_over(one) else "ISSUED")
        for one in newest
        if "level" not in one
    }
    _check_records(receiver, expected)
    _check_told(receiver, expected)
    _check_order(receiver)


def _check_records(receiver: Receiver, expected: Expected) -> None:
    """Quarantined, ignored and refused are exactly those that must be; each record is kept once."""
    readers = receiver.world.system.readers
    kept: dict[RecordState, list[Any]] = {state: [] for state in RecordState}
    for row in _pages(lambda page: readers.inbox.records(InboxRecordFilter(), page)):
        named = (row.kind.value, row.external_id, row.version)
        kept[row.state].append((named, row.fault.value) if row.state is RecordState.REFUSED else named)
    assert kept[RecordState.PENDING] == []
    for state, wanted in (
        (RecordState.APPLIED, expected.applied),
        (RecordState.IGNORED, expected.ignored),
        (RecordState.QUARANTINED, expected.quarantined),
    ):
        assert sorted(kept[state]) == sorted(wanted)
    assert Counter(kept[RecordState.REFUSED]) == Counter(
        (named, fault) for named, fault, _ in expected.refused
    )


def _check_told(receiver: Receiver, expected: Expected) -> None:
    """Each change is told once to each whom it concerns: one message, and one SMS."""
    readers = receiver.world.system.readers
    external = {
        str(make(one["id"])): one["id"]
        for one in expected.newest.values()
        for make in (ministry_alert_id, ministry_problem_id)
    }
    told: Counter[tuple[str, str, str]] = Counter()
    for person in (*STAFF, *HEADS):
        for message in _pages(lambda page, p=person: readers.notices.messages(p.id, page)):
            if message.kind is not MessageKind.EXCHANGE_ALARM:
                told[person.name, message.kind.value, external[str(message.subject_id)]] += 1
    assert (told - expected.told, expected.told - told) == (Counter(), Counter())
    texted: Counter[tuple[str, str, str]] = Counter()
    for row in _pages(lambda page: readers.notices.texts(SmsFilter(), EVERYTHING, page)):
        for id in (*row.alert_ids, *row.problem_ids):
            texted[row.receiver_name, row.kind.value, external[str(id)]] += 1
    assert texted == expected.told
    assert any(name == PROVINCE_HEAD.name for name, _, _ in told)


def _check_order(receiver: Receiver) -> None:
    """Everything owed was done; of each object the older version before the newer one."""
    reader = receiver.world.system.readers.exchange
    where = DutyFilter(topic=Topic.MINISTRY_INBOUND)
    done: dict[str, list[Any]] = {}
    for duty in _pages(lambda page: reader.duties(where, page, DutyOrder.OLDEST)):
        assert duty.state is DutyState.DONE, duty
        done.setdefault(duty.object_key, []).append((duty.facts["version"], duty.settled_at))
    for settled in done.values():
        assert settled == sorted(settled)
        assert [at for _, at in settled] == sorted(at for _, at in settled)


def _pages(page_of: Callable[[Page], Any]) -> Iterator[Any]:
    after: Any = None
    while True:
        page = page_of(Page(500, after))
        yield from page.rows
        if not page.has_next:
            return
        after = page.keys[-1]


@pytest.fixture
def receiver(request: pytest.FixtureRequest) -> Receiver:
    if request.param == "memory":
        return Receiver(None)
    engine: Engine = emptied(request.getfixturevalue(f"{request.param}_engine"))
    return Receiver(lambda react: SqlStorage(engine, reactions=react))


@pytest.mark.parametrize("receiver", ["memory", "sqlite"], indirect=True)
def test_what_is_accepted_is_what_was_sent(receiver: Receiver) -> None:
    check(receiver, deliver(receiver, FEW, seed=12))


@pytest.mark.soak
@pytest.mark.parametrize("receiver", ["memory", "sqlite", "postgres"], indirect=True)
def test_what_is_accepted_is_what_was_sent_in_ten_thousand_deliveries(receiver: Receiver) -> None:
    seed = Random().randrange(10**9)
    log.warning("the deliveries are those of seed %s", seed)
    check(receiver, deliver(receiver, MANY, seed))


def _believes_everything(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, headers, **request: headers["X-Nonce"]


def _finds_nothing(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *keys, **more: []


def _remembers_nothing(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, used: None


def _remembers_first_nonces(right: Callable[..., Any]) -> Callable[..., Any]:
    def remember(self: MemoryInbox, used: Sequence[UsedNonce]) -> None:
        kept = {id: one.nonce for id, one in self._unit.reading().inbox_messages.items()}
        right(self, [one for one in used if kept[one.message_id] == one.nonce])

    return remember


PLANTED: Final[dict[str, tuple[type, str, Callable[..., Any]]]] = {
    "a signature that is not checked": (Wire, "believe", _believes_everything),
    "a message that is not known again": (MemoryInbox, "find_messages", _finds_nothing),
    "a nonce that is forgotten": (MemoryInbox, "add_nonces", _remembers_nothing),
    "the nonce of a repetition that is forgotten": (MemoryInbox, "add_nonces", _remembers_first_nonces),
    "a record that is not known again": (MemoryInbox, "known_versions", _finds_nothing),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_the_deliveries_catch(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What catches no planted bug proves nothing."""
    where, method, wrong = PLANTED[bug]
    monkeypatch.setattr(where, method, wrong(getattr(where, method)))
    receiver = Receiver(None)
    with pytest.raises((AssertionError, KeyError, Refused)):
        check(receiver, deliver(receiver, 100, seed=12))
