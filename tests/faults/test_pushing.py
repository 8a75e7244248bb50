"""The worker is killed while it pushes: nothing is lost, nothing comes twice, and one bad record harms no other."""

from __future__ import annotations

import pytest

from yanbao.domain.exchange.duty import MOST_CRASHES

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


def test_of_a_batch_whose_record_kills_every_worker_all_others_arrive(installation: Installation) -> None:
    heads = installation.crowd(20)
    ids = [str(row[0]) for row in installation.rows(f"SELECT id FROM outbox WHERE topic = '{TOPIC}'")]
    assert len(ids) == len(heads) == 20
    for _ in range(MOST_CRASHES):
        installation.start("worker", faults=f"push.claimed[{ids[7]}]=kill").until_dead()
        installation.end_leases()
    installation.start("worker", faults=f"push.claimed[{ids[7]}]=kill")
    assert installation.until_settled(TOPIC) == {"DONE": 19, "PARKED": 1}
    assert sorted(installation.held()) == sorted(set(ids) - {ids[7]})
    assert [title for (title,) in installation.rows("SELECT title FROM message")] == [
        "向部级平台推送安全承诺多次异常，已搁置"
    ]
