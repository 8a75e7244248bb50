"""The clock, or the API, is killed at a point: the job runs all the same, and nobody is told twice."""

from __future__ import annotations

import httpx
import pytest

from ..support.builders import LINTONG, a_shutdown
from ..support.patience import PATIENCE, until
from .harness import Installation

pytestmark = [pytest.mark.process, pytest.mark.postgres]

JOB = "commitment-reminders"


def until_reminded(installation: Installation) -> None:
    """Wait until no slot of the reminders that has come is left to run."""

    def done() -> bool:
        slots = installation.rows(f"SELECT state FROM job_slot WHERE job = '{JOB}'")
        return bool(slots) and all(state != "DUE" for (state,) in slots)

    until(done, "the reminders' slots do not run")


@pytest.mark.parametrize("point", ["slot.claimed", "slot.ran"])
def test_a_slot_whose_clock_was_killed_runs_again_and_tells_nobody_twice(
    installation: Installation, point: str
) -> None:
    installation.start("clock", faults=f"{point}[{JOB}]=kill").until_dead()
    installation.end_leases()
    clock = installation.start("clock")
    until_reminded(installation)
    assert clock.end() == 0
    told = installation.rows("SELECT receiver_id, title FROM message")
    assert len(told) == len(set(told)) > 0
    texts = installation.rows("SELECT receiver_id, stage, kind FROM sms")
    assert len(texts) == len(set(texts)) > 1


def test_two_clocks_at_one_instant_do_not_collide(installation: Installation) -> None:
    installation.world.settle(a_shutdown(LINTONG))
    clocks = [installation.start("clock") for _ in range(2)]
    until_reminded(installation)
    assert [clock.end() for clock in clocks] == [0, 0]
    assert not any("Traceback" in clock.said or "job failed" in clock.said for clock in clocks)
    (counted,) = installation.rows("SELECT count(*), count(DISTINCT commitment_id) FROM commitment_version")
    assert counted[0] == counted[1] > 0


@pytest.mark.parametrize(("point", "stored"), [("work.committing", 0), ("work.committed", 1)])
def test_a_receipt_is_acknowledged_only_once_it_is_stored(
    installation: Installation, point: str, stored: int
) -> None:
    """The API is killed before or after its commit: the provider got no answer, and posts again."""
    api = installation.start("serve", faults=f"{point}=kill")
    address = f"http://127.0.0.1:{installation.environment['YANBAO_PORT']}"
    installation.until_serving()
    receipt = [{"msgGroup": "g1", "mobile": "13800000000", "reportStatus": "DELIVRD", "errorCode": "DELIVRD"}]
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{address}/callbacks/sms/mas/demo", json=receipt, trust_env=False, timeout=PATIENCE)
    api.until_dead()
    assert sum(installation.states("SMS_RECEIPT").values()) == stored
    again = installation.start("serve")
    installation.until_serving()
    answer = httpx.post(f"{address}/callbacks/sms/mas/demo", json=receipt, trust_env=False, timeout=PATIENCE)
    assert answer.status_code == 200
    assert sum(installation.states("SMS_RECEIPT").values()) == 1
    again.kill()
