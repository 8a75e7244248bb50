"""Redis is away: what is due is sent all the same, and only later than with its ring."""

from __future__ import annotations

import pytest

from ..support.builders import DUE
from .harness import Installation

pytestmark = [pytest.mark.process, pytest.mark.postgres]


def test_pushes_and_reminders_are_sent_while_redis_is_away(installation: Installation) -> None:
    worker = installation.start("worker")
    worker.until_said("worker.started")
    installation.redis.kill()
    world = installation.world
    world.submit()
    world.at("10:00").system.app.commitment_reminders.remind(DUE)
    assert installation.until_settled("MINISTRY_COMMITMENT") == {"DONE": 1}
    assert set(installation.until_settled("SMS")) == {"DONE"}
    assert len(installation.held()) == 1
    assert sorted(set(installation.sent())) == sorted(installation.sent()) != []
    assert worker.end() == 0, "and it still stops when it is told to"
