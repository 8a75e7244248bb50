"""Whose sessions tokens are: what is asked while one look-up runs is looked up together by the next."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextvars import Context
from functools import partial
from typing import Final, Protocol

from ..application.access import Actor
from ..application.identity.identity import SESSION_ENDED
from ..domain.refusals import Unauthenticated
from .threads import run_in_thread

MOST: Final = 500
"""Tokens in one look-up: whoever asks last waits no longer than for a few of them."""


class Identity(Protocol):
    """What the authenticator needs of the application."""

    def authenticate(self, token: str) -> Actor: ...

    def authenticate_all(self, tokens: Collection[str]) -> Mapping[str, Actor]: ...


class Authenticator:
    """Looks up one batch of tokens at a time, on one worker thread; use it on the event loop's thread only.

    In the morning thousands of sockets open at once: one statement for each of them, on a thread of its own,
    cost more than the rest of opening it. A token that is asked while a batch runs belongs to the next: every
    answer is from a reading that began after the question.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._asked: dict[str, asyncio.Future[Actor | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def actor_of(self, token: str) -> Actor:
        """The actor behind a token. Raises Unauthenticated and Unavailable."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._asked = {}
            # With a context of its own: the time limit of the first who asks is not that of the others.
            self._task = loop.create_task(self._look_up(), context=Context())
        answer = self._asked.get(token)
        if answer is None:
            answer = self._asked[token] = loop.create_future()
        # Who no longer waits must not cancel the answer of the others.
        actor = await asyncio.shield(answer)
        if actor is None:
            raise Unauthenticated(SESSION_ENDED)
        return actor

    async def _look_up(self) -> None:
        while self._asked:
            tokens = list(self._asked)[:MOST]
            batch = {token: self._asked.pop(token) for token in tokens}
            try:
                found = await run_in_thread(partial(self._actors, tokens))
            except Exception as failure:  # noqa: BLE001
                # Whatever it is, everybody who asked gets it: nobody may wait for ever.
                for answer in batch.values():
                    answer.set_exception(failure)
                    answer.exception()  # Somebody may have stopped waiting: then nobody else retrieves it.
            else:
                for token, answer in batch.items():
                    answer.set_result(found.get(token))

    def _actors(self, tokens: list[str]) -> Mapping[str, Actor]:
        if len(tokens) > 1:
            return self._identity.authenticate_all(tokens)
        try:
            return {tokens[0]: self._identity.authenticate(tokens[0])}
        except Unauthenticated:
            return {}
