"""The mailbox is polled by state: what is committed is confirmed, and a lost confirmation only repeats."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from yanbao.adapters.ministry.mailbox_twin import TwinMailbox
from yanbao.application.exchange.polling import MOST_PAGES, Polling
from yanbao.application.exchange.together import receive_together
from yanbao.application.ports.inbound import Delivery, DeliveryAnswer, MailboxFailed
from yanbao.application.ports.unavailable import Unavailable
from yanbao.domain.exchange.inbound import InboundKind

WARNING = InboundKind.WARNING


class Inbox:
    """Commits what it is given; a body that begins with `bad` fails whatever is committed together with it."""

    def __init__(self) -> None:
        self.calls: list[list[bytes]] = []
        self.stored: list[bytes] = []
        self.away = False

    def receive(self, deliveries: Sequence[Delivery]) -> Sequence[DeliveryAnswer]:
        bodies = [delivery.raw for delivery in deliveries]
        self.calls.append(bodies)
        if self.away:
            raise Unavailable("the database is away")
        if any(body.startswith(b"bad") for body in bodies):
            raise RuntimeError("a delivery that nobody expected")
        self.stored += bodies
        return [DeliveryAnswer(body.decode()) for body in bodies]


def delivery(body: bytes) -> Delivery:
    return Delivery(WARNING, "nonce", {}, body)


def test_what_waits_is_committed_and_then_confirmed() -> None:
    inbox, mailbox = Inbox(), TwinMailbox(page_size=2)
    mailbox.lay(WARNING, b"a", b"b", b"c")
    assert Polling(mailbox, inbox.receive).poll() == 3
    assert inbox.calls == [[b"a", b"b"], [b"c"]]
    assert mailbox.confirmed == ["1", "2", "3"]
    assert Polling(mailbox, inbox.receive).poll() == 0


def test_a_lost_confirmation_only_repeats() -> None:
    inbox, mailbox = Inbox(), TwinMailbox()
    mailbox.lay(WARNING, b"a")
    mailbox.fail_next("confirm")
    polling = Polling(mailbox, inbox.receive)
    with pytest.raises(MailboxFailed):
        polling.poll()
    assert polling.poll() == 1
    assert inbox.stored == [b"a", b"a"], "the inbox knows it; here it only counts"
    assert mailbox.confirmed == ["1"]


def test_one_that_cannot_be_received_harms_no_other_and_stays() -> None:
    inbox, mailbox = Inbox(), TwinMailbox()
    mailbox.lay(WARNING, b"a", b"bad", b"c")
    polling = Polling(mailbox, inbox.receive)
    assert polling.poll() == 2
    assert (inbox.stored, mailbox.confirmed) == ([b"a", b"c"], ["1", "3"])
    assert polling.poll() == 0
    assert mailbox.confirmed == ["1", "3"]


def test_without_a_database_nothing_is_confirmed_and_nothing_tried_alone() -> None:
    inbox, mailbox = Inbox(), TwinMailbox()
    mailbox.lay(WARNING, b"a", b"b")
    inbox.away = True
    assert Polling(mailbox, inbox.receive).poll() == 0
    assert (inbox.calls, mailbox.confirmed) == ([[b"a", b"b"]], [])


def test_a_mailbox_that_forgets_confirmations_is_read_only_so_far() -> None:
    inbox, mailbox = Inbox(), TwinMailbox()
    mailbox.forgets = True
    mailbox.lay(WARNING, b"a")
    assert Polling(mailbox, inbox.receive).poll() == MOST_PAGES


def test_an_answer_too_few_is_a_failure_of_each() -> None:
    failures = receive_together(lambda deliveries: [], [delivery(b"a"), delivery(b"b")])
    assert [type(one) for one in failures] == [RuntimeError, RuntimeError]


def test_answers_keep_their_places_when_one_fails() -> None:
    inbox = Inbox()
    answers = receive_together(inbox.receive, [delivery(b"a"), delivery(b"bad"), delivery(b"c")])
    assert answers[0] == DeliveryAnswer("a") and answers[2] == DeliveryAnswer("c")
    assert isinstance(answers[1], RuntimeError)
    assert inbox.calls == [[b"a", b"bad", b"c"], [b"a"], [b"bad"], [b"c"]]
