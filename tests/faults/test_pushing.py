"""The worker is killed while it pushes: nothing is lost, nothing comes twice."""

from __future__ import annotations

import pytest

from .harness import Installation

pytestmark = [pytest.mark.process, pytest.mark.postgres]

TOPIC = "MINISTRY_COMMITMENT"


@pytest.mark.parametrize("point", ["push.claimed", "push.answered"])
def test_what_a_killed_worker_had_in_hand_arrives_once(installation: Installation, point: str) -> None:
    installation.world.submit()
    installation.start("worker", faults=f"{point}=kill").until_dead()
    assert installation.states(TOPIC) == {"PENDING": 1}
    installation.end_leases()
    installation.start("worker")
    assert installation.until_settled(TOPIC) == {"DONE": 1}
    assert len(installation.held()) == 1
