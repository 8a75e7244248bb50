"""Nudges by Redis pub/sub: a subscriber hears of a change, whichever process made it."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import uuid4

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ..application.ports.signals import Nudges

log = logging.getLogger(__name__)

NAME: Final = "yanbao-nudges"
"""Name of our connections in Redis CLIENT LIST, and the first part of the channel's name."""
SECONDS: Final = 1.0
"""Timeout for connecting and for each answer; the caller waits for it after its commit."""
SILENT_SECONDS: Final = 5.0
"""Pause after a failed publish: until it ends, nudges stay in their process."""
LISTEN_SECONDS: Final = 0.25
"""Poll interval of the listening thread; it notices `close` only after this time."""
FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 10.0


class RedisNudges:
    """Nudges the subscribers of this process directly, and those of other processes through Redis.

    Redis pub/sub stores nothing: a process that is not connected misses the message. Its subscribers read
    again anyway after `FALLBACK` (`src/graphql/live.py`). While Redis is down, nudges stay in their
    process.
    """

    def __init__(self, url: str, here: Nudges) -> None:
        self._here = here
        self._redis = redis.Redis.from_url(
            url,
            client_name=NAME,
            socket_connect_timeout=SECONDS,
            socket_timeout=SECONDS,
            # Reconnect once, at once, when an idle connection has died; if Redis is down, `_run` waits.
            retry=Retry(NoBackoff(), 1),
        )
        # Pub/sub ignores database numbers: the channel's name separates installations that share a Redis.
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
            # The change is committed: subscribers find it at their next regular read.
            self._silent_until = time.monotonic() + SILENT_SECONDS
            log.warning("nudges.not_sent", extra={"reason": repr(failure)})

    def answers(self) -> bool:
        """Whether Redis answers now; False after SECONDS at most."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False  # That is the answer; whoever sends through it logs why.

    def start(self) -> None:
        """Start to listen to the other processes; not needed in a process without subscribers."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening and close the connections."""
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
                        wait = FIRST_WAIT  # Redis answers: its first message confirms the subscription.
                        if said["type"] == "message":
                            self._hear(said["data"])
            except Exception as failure:  # noqa: BLE001
                # Redis may be down for minutes; and no error at all may end this thread.
                log.warning("nudges.not_heard", extra={"reason": repr(failure), "again_in": wait})
                self._stopped.wait(wait)
                wait = min(2 * wait, LONGEST_WAIT)

    def _hear(self, data: bytes) -> None:
        try:
            told = json.loads(data)
            sender, topics = told["sender"], [str(topic) for topic in told["topics"]]
        except (ValueError, KeyError, TypeError):
            # Another program or another version of ours has sent it: ignore it and go on listening.
            log.warning("nudges.not_understood")
            return
        if sender != self._sender:
            self._here.nudge(topics)
