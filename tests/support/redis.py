"""A real Redis for tests: the one named by YANBAO_TEST_REDIS, a local one, or one started from the binary on the path."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis

# Tests that run at the same time must not hear each other: each test worker has a database of its own.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
LOCAL = f"redis://127.0.0.1:6379/{15 - WORKER % 15}"


def answers(url: str) -> bool:
    """Whether a Redis answers there."""
    try:
        return bool(redis.Redis.from_url(url, socket_connect_timeout=1).ping())
    except redis.RedisError:
        return False  # Nobody there: that is what was asked.


def cut_connections(url: str) -> int:
    """Kill every connection to the database behind the URL, as an operator or a restart would; says how many."""
    with redis.Redis.from_url(url) as operator:
        database, own = str(operator.get_connection_kwargs()["db"]), operator.client_id()
        others = [
            line for line in operator.client_list() if line["db"] == database and line["id"] != str(own)
        ]
        return sum(operator.client_kill_filter(_id=line["id"]) for line in others)


@contextmanager
def real_redis() -> Iterator[str | None]:
    """The URL of an empty database of a Redis, or None where none can be had."""
    url = os.environ.get("YANBAO_TEST_REDIS", LOCAL)
    if answers(url):
        redis.Redis.from_url(url).flushdb()
        yield url
        return
    binary = shutil.which("redis-server")
    if binary is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL) as server:
        try:
            url = f"redis://127.0.0.1:{port}/0"
            until = time.monotonic() + 10
            while not answers(url) and time.monotonic() < until:
                time.sleep(0.05)
            yield url
        finally:
            server.terminate()
