"""Fixtures of the SMS tests; every process and server is ended through its own handle."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .support import Listener, RudeServer, Simulator


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    ear = Listener()
    yield ear
    ear.close()


@pytest.fixture
def own_listener() -> Iterator[Listener]:
    """One that no other test's receipts can reach."""
    ear = Listener()
    yield ear
    ear.close()


@pytest.fixture(scope="session")
def shared_simulator(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> Iterator[Simulator]:
    store = tmp_path_factory.mktemp("sms") / "store.sqlite"
    running = Simulator(store, "--receipt-url", listener.url, "--receipt-delay", "0.3")
    yield running
    running.end()


@pytest.fixture
def simulator(shared_simulator: Simulator, listener: Listener) -> Simulator:
    """The shared simulator and its listener with nothing in them."""
    shared_simulator.reset()
    listener.bodies.clear()
    listener.status, listener.pause = 200, 0.0
    return shared_simulator


@pytest.fixture
def own_simulator(tmp_path: Path) -> Iterator[Callable[..., Simulator]]:
    """Starts simulators on one store of this test's own."""
    started: list[Simulator] = []

    def start(*options: str) -> Simulator:
        started.append(Simulator(tmp_path / "own" / "store.sqlite", *options))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.end()


@pytest.fixture
def rude() -> Iterator[Callable[[Callable[[socket.socket], None]], RudeServer]]:
    started: list[RudeServer] = []

    def start(behave: Callable[[socket.socket], None]) -> RudeServer:
        started.append(RudeServer(behave))
        return started[-1]

    yield start
    for one in started:
        one.close()
