"""Nudges between processes by Redis pub/sub: a subscriber hears of a change, whichever process made it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import uuid4

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from ..application.ports.signals import Nudges

log = structlog.get_logger(__name__)

NAME: Final = "yanbao-nudges"
"""Of our connections, as CLIENT LIST shows them."""
SECONDS: Final = 1.0
"""For connecting and for an answer; who has just committed waits for its nudge."""
SILENT_SECONDS: Final = 5.0
"""After a nudge that could not be sent none is tried for so long."""
LISTEN_SECONDS: Final = 0.25
"""At the end the process waits so long for the thread that listens."""
FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 10.0


class RedisNudges:
    """Nudges the subscribers of this process directly, and those of other processes through Redis.

    Redis keeps nothing: who is not connected misses what is said, and finds it when it looks anyway
    (`FALLBACK` in `src/graphql/markers.py`). While Redis is away nudges stay in their process.
    """

    def __init__(self, url: str, here: Nudges) -> None:
        self._here = here
        self._redis = redis.Redis.from_url(
            url,
            client_name=NAME,
            socket_connect_timeout=SECONDS,
            socket_timeout=SECONDS,
            # A connection that died while idle is made anew at once; for a Redis that is away we wait ourselves.
            retry=Retry(NoBackoff(), 1),
        )
        # Pub/sub knows no databases: installations that share a Redis are told apart by the channel.
        self.channel = f"{NAME}:{self._redis.get_connection_kwargs().get('db') or 0}"
        self._sender = uuid4().hex
        self._silent_until = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nudges", daemon=True)

    def nudge(self, topics: Sequence[str]) -> None:
        if not topics:
            return
        self._here.nudge(topics)
        if time.monotonic() < self._silent_until:
            return
        try:
            self._redis.publish(self.channel, json.dumps({"sender": self._sender, "topics": list(topics)}))
        except redis.RedisError as failure:
            # What has changed has been committed, and is found by whoever looks anyway.
            self._silent_until = time.monotonic() + SILENT_SECONDS
            log.warning("nudges.not_sent", reason=repr(failure))

    def start(self) -> None:
        """Begin to hear the other processes; a process without subscribers needs not."""
        self._thread.start()

    def close(self) -> None:
        """Stop hearing and give the connections back."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(3 * SECONDS)
        self._redis.close()

    def _run(self) -> None:
        pubsub: Callable[[], Any] = self._redis.pubsub  # It has no annotations.
        wait = FIRST_WAIT
        while not self._stopped.is_set():
            try:
                with pubsub() as line:
                    line.subscribe(self.channel)
                    while not self._stopped.is_set():
                        said = line.get_message(timeout=LISTEN_SECONDS)
                        if said is None:
                            continue
                        wait = FIRST_WAIT  # Redis speaks; the first it says is that we are subscribed.
                        if said["type"] == "message":
                            self._hear(said["data"])
            except Exception as failure:  # noqa: BLE001
                # Redis may be away for minutes; and whatever it was, this thread is not to end because of it.
                log.warning("nudges.not_heard", reason=repr(failure), again_in=wait)
                self._stopped.wait(wait)
                wait = min(2 * wait, LONGEST_WAIT)

    def _hear(self, data: bytes) -> None:
        try:
            told = json.loads(data)
            sender, topics = told["sender"], [str(topic) for topic in told["topics"]]
        except (ValueError, KeyError, TypeError):
            # A stranger on our channel, or another version of ours: no reason to hear the others no more.
            log.warning("nudges.not_understood")
            return
        if sender != self._sender:
            self._here.nudge(topics)
