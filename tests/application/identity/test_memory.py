"""What a process remembers of sessions, and when it forgets."""

from __future__ import annotations

from typing import Any, cast

import pytest

from yanbao.application.identity import memory as module
from yanbao.application.identity.memory import SECONDS, SessionMemory
from yanbao.application.ports.identity import SessionFacts

FACTS = cast("SessionFacts", object())


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def memory(now: list[float]) -> SessionMemory:
    return SessionMemory()


def test_a_session_is_remembered_for_a_moment(memory: SessionMemory, now: list[float]) -> None:
    assert memory.find("a") is None
    memory.keep("a", FACTS, read_since=memory.changes)
    now[0] += SECONDS - 0.01
    assert memory.find("a") is FACTS and memory.find("b") is None
    now[0] += 0.02
    assert memory.find("a") is None


def test_a_change_makes_it_forget(memory: SessionMemory) -> None:
    memory.keep("a", FACTS, read_since=memory.changes)
    memory.forget()
    assert memory.find("a") is None


def test_what_was_read_before_a_change_is_not_kept_after_it(memory: SessionMemory) -> None:
    before = memory.changes
    memory.forget()
    memory.keep("a", FACTS, read_since=before)
    assert memory.find("a") is None


def test_it_does_not_grow_without_end(memory: SessionMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    for number in range(10):
        memory.keep(str(number), FACTS, read_since=memory.changes)
    kept: Any = [number for number in range(10) if memory.find(str(number)) is not None]
    assert 0 < len(kept) <= 3 and kept[-1] == 9
