"""Fixtures of the ministry tests; every process is ended through its own handle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .support import Simulator


@pytest.fixture(scope="session")
def shared_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    running = Simulator(tmp_path_factory.mktemp("ministry") / "store.sqlite")
    yield running
    code, errors = running.end()
    assert (code, errors) == (0, ""), "the stand-in met something that it did not expect"


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Simulator:
    """The shared stand-in with nothing in it and no fault ordered."""
    shared_simulator.reset()
    return shared_simulator


@pytest.fixture
def own_simulator(tmp_path: Path) -> Iterator[Callable[..., Simulator]]:
    """Starts stand-ins on one store of this test's own."""
    started: list[Simulator] = []

    def start(*options: str, env: dict[str, str] | None = None) -> Simulator:
        started.append(Simulator(tmp_path / "own" / "store.sqlite", *options, env=env))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.end()
