"""A nonce is for one request: whatever became of it, nothing else comes under that nonce."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from yanbao.application.ports.inbound import Delivery, DeliveryAnswer
from yanbao.domain.exchange.inbound import InboundKind

from ...support.inbound import PATROL, a_delivery, a_patrol, a_receiving, a_warning


def test_the_nonce_of_a_repetition_brings_nothing_else() -> None:
    world = a_receiving()
    again = a_delivery(a_warning(), id="M-1", nonce="n-2", sent_at="later")
    (first,), (second,) = world.receive(a_delivery(a_warning(), id="M-1", nonce="n-1")), world.receive(again)
    assert second == replace(first, repeated=True)
    for other in (
        a_delivery(a_warning("W-2"), id="M-2", nonce="n-2"),
        a_delivery(a_warning(), id="M-1", nonce="n-2", sent_at="even later"),
        a_delivery(a_patrol(), id="M-3", nonce="n-2", kind=PATROL),
    ):
        (answer,) = world.receive(other)
        assert answer.conflicting and answer.records == ()
    assert world.receive(again) == [second]
    assert [one.external_id for one in world.records()] == ["W-1"]


def test_the_nonce_of_a_conflicting_message_brings_nothing_else() -> None:
    world = a_receiving()
    conflicting = a_delivery(a_warning(level="RED"), id="M-1", nonce="n-2")
    world.receive(a_delivery(a_warning(), id="M-1", nonce="n-1"), conflicting)
    kept = world.inbox()
    assert world.receive(conflicting, conflicting) == [DeliveryAnswer("M-1", conflicting=True)] * 2
    assert world.inbox() == kept
    (answer,) = world.receive(a_delivery(a_warning("W-2"), id="M-2", nonce="n-2"))
    assert answer.conflicting
    (answer,) = world.receive(a_delivery(a_warning("W-2"), id="M-2", nonce="n-3"))
    assert [one.fault for one in answer.records] == [None]


def test_the_nonce_of_an_unreadable_message_brings_nothing_else() -> None:
    world = a_receiving()
    for nonce in ("n-1", "n-2"):
        world.receive(Delivery(InboundKind.WARNING, nonce, {}, b"not JSON"))
    (answer,) = world.receive(a_delivery(a_warning(), nonce="n-2"))
    assert answer.conflicting and world.records() == []


def test_nonces_count_within_one_group_too() -> None:
    world = a_receiving()
    told = world.receive(
        a_delivery(a_warning(), id="M-1", nonce="n-1"),
        a_delivery(a_warning(), id="M-1", nonce="n-2", sent_at="later"),
        a_delivery(a_warning("W-2"), id="M-2", nonce="n-2"),
    )
    assert [(one.repeated, one.conflicting) for one in told] == [(False, False), (True, False), (False, True)]


def test_nonces_are_forgotten_after_a_day() -> None:
    world = a_receiving()
    world.receive(a_delivery(a_warning(), id="M-1", nonce="n-1"))
    world.after(timedelta(hours=24)).receive(a_delivery(a_warning("W-2"), id="M-2", nonce="n-2"))
    assert world.system.app.inbound.forget_nonces() == 0
    world.after(timedelta(microseconds=1))
    assert world.system.app.inbound.forget_nonces() == 1
    assert list(world.state.inbox_nonces) == ["n-2"]
    assert len(world.inbox()) == 2
