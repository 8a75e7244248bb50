"""Nudges over a Redis that fails: connections killed, nobody there, back again, and a stranger on the channel."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit

import pytest
import redis

from yanbao.adapters import live
from yanbao.adapters.live import RedisNudges
from yanbao.graphql.live import NudgeHub

from ..support.logs import capture_logs
from ..support.patience import FOR_EVER, PATIENCE, until
from ..support.redis import cut_connections, real_redis, until_subscribed


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with real_redis() as found:
        if found is None:
            pytest.skip("no Redis answers and no redis-server is on the path: set YANBAO_TEST_REDIS")
        yield found


class Process:
    """What one process has of it: its hub, and its end of the line."""

    def __init__(self, url: str) -> None:
        self.hub = NudgeHub()
        self.nudges = RedisNudges(url, self.hub)

    def hears(self, of: Process, topic: str = "person:1", seconds: float = PATIENCE) -> bool:
        """Whether this one hears of a nudge that the other gives once somebody listens here."""

        async def listen() -> bool:
            async with self.hub.listen(topic) as changed:
                of.nudges.nudge([topic])
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), seconds)
                return changed.is_set()

        return asyncio.run(listen())


@contextmanager
def two_processes(url: str) -> Iterator[tuple[Process, Process]]:
    one, two = Process(url), Process(url)
    for each in (one, two):
        each.nudges.start()
    try:
        yield one, two
    finally:
        for each in (one, two):
            each.nudges.close()


def test_two_processes_hear_each_other_and_themselves(url: str) -> None:
    with two_processes(url) as (one, two):
        until_subscribed(url, one.nudges.channel, 2)
        assert one.hears(two)
        assert two.hears(one)
        assert one.hears(one)


def test_who_nudges_is_not_told_its_own_nudge_again(url: str) -> None:
    told: list[list[str]] = []

    class Counting(NudgeHub):
        def nudge(self, topics) -> None:
            told.append(list(topics))

    own = RedisNudges(url, Counting())
    own.start()
    other = Process(url)
    until_subscribed(url, own.channel, 1)
    own.nudge(["person:1"])
    other.nudges.nudge(["person:2"])
    until(lambda: len(told) >= 2)
    own.close()
    other.nudges.close()
    assert told == [["person:1"], ["person:2"]]


def test_after_its_connections_were_killed_it_hears_and_is_heard_again(url: str) -> None:
    with two_processes(url) as (one, two):
        until_subscribed(url, one.nudges.channel, 2)
        assert one.hears(two)
        for _ in range(3):
            assert cut_connections(url) >= 2
            until_subscribed(url, one.nudges.channel, 2)
            assert one.hears(two)
            assert two.hears(one)


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port that nobody else is given; who knows its number may listen there, now and then."""
    with closing(socket.socket()) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def forwarding(port: int, url: str) -> Iterator[None]:
    """What comes to the port goes on to the Redis of the URL, until the end: then both sides are cut."""
    target = urlsplit(url)
    lines: list[socket.socket] = []

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # One of the sides is gone: so is the other.
            while data := source.recv(65_536):
                sink.sendall(data)
        for line in (source, sink):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with suppress(OSError):  # The listener is closed at the end.
            while True:
                near, _ = listening.accept()
                far = socket.create_connection((target.hostname or "", target.port or 6379))
                lines.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", port)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            for line in lines:
                with suppress(OSError):  # It may be gone already.
                    line.shutdown(socket.SHUT_RDWR)
                line.close()


def test_redis_may_be_away_at_the_start_come_go_and_come_back(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SILENT_SECONDS", 0.0)
    monkeypatch.setattr(live, "LONGEST_WAIT", 0.5)
    with (
        reserved_port() as port,
        two_processes(f"redis://127.0.0.1:{port}{urlsplit(url).path}") as (one, two),
    ):
        for _ in range(2):
            assert not one.hears(two, seconds=0.3), "nobody carries it"
            assert one.hears(one), "the process itself hears all the same"
            with forwarding(port, url):
                until_subscribed(url, one.nudges.channel, 2)
                assert one.hears(two)
                assert two.hears(one)


def test_while_redis_is_away_only_the_first_nudge_tries_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SILENT_SECONDS", FOR_EVER)
    with closing(socket.socket()) as bound, capture_logs() as lines:
        bound.bind(("127.0.0.1", 0))
        alone = Process(f"redis://127.0.0.1:{bound.getsockname()[1]}/0")
        assert all(alone.hears(alone) for _ in range(20))
        alone.nudges.close()
    assert [line["event"] for line in lines] == ["nudges.not_sent"]


@pytest.mark.parametrize(
    "said",
    [b"\xff", b"not JSON", b"7", b"[]", b"{}", b'{"sender": "x"}', b'{"sender": "x", "topics": 5}'],
)
def test_a_stranger_on_the_channel_is_not_understood_and_stops_nothing(url: str, said: bytes) -> None:
    with two_processes(url) as (one, two):
        until_subscribed(url, one.nudges.channel, 2)
        with redis.Redis.from_url(url) as stranger:
            stranger.publish(one.nudges.channel, said)
        assert one.hears(two)


def test_installations_in_two_databases_of_one_redis_do_not_hear_each_other(url: str) -> None:
    parts = urlsplit(url)
    other = parts._replace(path=f"/{(int(parts.path.strip('/') or 0) + 8) % 16}").geturl()
    with two_processes(url) as (one, _), two_processes(other) as (stranger, _):
        until_subscribed(url, one.nudges.channel, 2)
        assert not one.hears(stranger, seconds=0.3)


def test_closing_ends_the_thread_and_may_come_before_the_start(url: str) -> None:
    never_started, started = Process(url), Process(url)
    started.nudges.start()
    until_subscribed(url, started.nudges.channel, 1)
    never_started.nudges.close()
    started.nudges.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "nudges"]
    until_subscribed(url, started.nudges.channel, 0)


def test_what_is_said_is_small_and_names_topics_only(url: str) -> None:
    with redis.Redis.from_url(url) as client, client.pubsub() as line:
        process = Process(url)
        line.subscribe(process.nudges.channel)
        process.nudges.nudge(["person:1"])
        said: list[dict[str, object]] = []

        def has_come() -> bool:
            said.append(line.get_message(timeout=0.1) or {})
            return said[-1].get("type") == "message"

        until(has_come)
        process.nudges.close()
    assert json.loads(str(said[-1]["data"], "utf-8"))["topics"] == ["person:1"]
