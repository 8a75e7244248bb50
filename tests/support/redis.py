"""A real Redis for tests: the one named by YANBAO_TEST_REDIS, one started from the binary on the path, or a local one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import redis

from .patience import PATIENCE, until

LOCAL = "redis://127.0.0.1:6379/15"
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
MOST_DATABASES = 16


def answers(url: str) -> bool:
    """Whether a Redis answers there."""
    try:
        return bool(
            redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE).ping()
        )
    except redis.RedisError:
        return False  # Nobody there: that is what was asked.


def cut_connections(url: str) -> int:
    """Kill every connection to the database behind the URL, as an operator or a restart would; says how many."""
    with redis.Redis.from_url(url, socket_timeout=PATIENCE) as operator:
        database, own = str(operator.get_connection_kwargs()["db"]), operator.client_id()
        others = [
            line for line in operator.client_list() if line["db"] == database and line["id"] != str(own)
        ]
        return sum(operator.client_kill_filter(_id=line["id"]) for line in others)


def until_subscribed(url: str, channel: str, number: int) -> None:
    """Wait until so many connections listen on a channel."""
    with redis.Redis.from_url(url, socket_timeout=PATIENCE) as client:
        until(
            lambda: client.pubsub_numsub(channel)[0][1] == number, f"{channel} has not {number} subscribers"
        )


@contextmanager
def real_redis() -> Iterator[str | None]:
    """The URL of an empty database of a Redis that no other test uses, or None where none can be had."""
    given, binary = os.environ.get("YANBAO_TEST_REDIS"), shutil.which("redis-server")
    if given is None and binary is not None:
        with _own_server(binary) as url:
            yield url
        return
    url = _of_this_worker(given or LOCAL)
    if not answers(url):
        yield None
        return
    redis.Redis.from_url(url, socket_timeout=PATIENCE).flushdb()
    yield url


@contextmanager
def _own_server(binary: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL) as server:
        try:
            url = f"redis://127.0.0.1:{port}/0"
            until(lambda: answers(url), "redis-server did not start")
            yield url
        finally:
            server.terminate()


def _of_this_worker(url: str) -> str:
    """The same server, but a database of its own for each of the test workers that run at the same time."""
    parts = urlsplit(url)
    database = (int(parts.path.strip("/") or 0) - WORKER) % MOST_DATABASES
    return parts._replace(path=f"/{database}").geturl()
