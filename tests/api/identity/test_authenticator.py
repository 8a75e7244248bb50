"""Tokens that are asked at the same time are looked up together, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from threading import Event

import pytest

from yanbao.application.access import SYSTEM, Actor
from yanbao.application.ports.unavailable import Unavailable
from yanbao.domain.refusals import Unauthenticated
from yanbao.graphql.authenticator import Authenticator

from ...support.patience import FOR_EVER


class Sessions:
    """An identity that knows all tokens but `unknown`, and waits at its first look-up until it may go on."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.began, self.go_on = Event(), Event()
        self.away = False

    def authenticate(self, token: str) -> Actor:
        found = self.authenticate_all([token])
        if token not in found:
            raise Unauthenticated("请先登录。")
        return found[token]

    def authenticate_all(self, tokens: Collection[str]) -> Mapping[str, Actor]:
        self.asked.append(list(tokens))
        self.began.set()
        assert self.go_on.wait(FOR_EVER)
        if self.away:
            raise Unavailable("the database is away")
        return {token: SYSTEM for token in tokens if token != "unknown"}


async def asked_meanwhile(sessions: Sessions, *tokens: str) -> list[Actor | BaseException]:
    """Ask for one token, and for the others while its look-up runs; the answers to the others."""
    authenticator = Authenticator(sessions)
    first = asyncio.create_task(authenticator.actor_of("first"))
    assert await asyncio.to_thread(sessions.began.wait, FOR_EVER)
    others = [asyncio.create_task(authenticator.actor_of(token)) for token in tokens]
    await asyncio.sleep(0)
    sessions.go_on.set()
    answers = await asyncio.gather(*others, return_exceptions=True)
    await asyncio.gather(first, return_exceptions=True)
    return answers


def test_what_is_asked_while_a_look_up_runs_is_looked_up_together() -> None:
    sessions = Sessions()
    answers = asyncio.run(asked_meanwhile(sessions, "a", "b", "a", "c"))
    assert answers == [SYSTEM] * 4
    assert sessions.asked == [["first"], ["a", "b", "c"]]


def test_a_token_is_asked_again_if_its_look_up_has_begun_before_the_question() -> None:
    sessions = Sessions()
    asyncio.run(asked_meanwhile(sessions, "first"))
    assert sessions.asked == [["first"], ["first"]]


def test_an_unknown_token_is_refused_and_the_others_are_not() -> None:
    sessions = Sessions()
    known, unknown = asyncio.run(asked_meanwhile(sessions, "a", "unknown"))
    assert known == SYSTEM
    assert isinstance(unknown, Unauthenticated)


def test_while_the_database_is_away_everybody_is_told_and_the_next_are_looked_up() -> None:
    async def play() -> None:
        sessions = Sessions()
        sessions.away = True
        answers = await asked_meanwhile(sessions, "a", "b")
        assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
        authenticator = Authenticator(sessions)
        with pytest.raises(Unavailable):
            await authenticator.actor_of("a")
        sessions.away = False
        assert await authenticator.actor_of("a") == SYSTEM

    asyncio.run(play())


def test_who_stops_waiting_does_not_take_the_answer_from_others() -> None:
    async def play() -> None:
        sessions = Sessions()
        authenticator = Authenticator(sessions)
        gone, stays = (asyncio.create_task(authenticator.actor_of("a")) for _ in range(2))
        assert await asyncio.to_thread(sessions.began.wait, FOR_EVER)
        gone.cancel()
        sessions.go_on.set()
        assert await stays == SYSTEM
        assert gone.cancelled()

    asyncio.run(play())
