"""The worker is killed or stopped while it sends SMS: everybody gets theirs, and nobody gets one twice."""

from __future__ import annotations

import pytest

from ..support.builders import DUE
from .harness import Installation

pytestmark = [pytest.mark.process, pytest.mark.postgres]


def remind(installation: Installation) -> int:
    """The reminders of the day wait to be sent; says how many."""
    installation.world.at("10:00").system.app.commitment_reminders.remind(DUE)
    ((number,),) = installation.rows("SELECT count(*) FROM sms")
    assert number > 1
    return int(number)


def all_once(installation: Installation, number: int) -> None:
    sent = installation.sent()
    assert (len(sent), len(set(sent))) == (number, number)
    assert set(installation.rows("SELECT state FROM sms")) <= {("ACCEPTED",), ("DELIVERED",)}


@pytest.mark.parametrize("point", ["sms.claimed", "sms.checked", "sms.answered"])
def test_what_a_killed_worker_had_in_hand_is_sent_once(installation: Installation, point: str) -> None:
    number = remind(installation)
    installation.start("worker", faults=f"{point}=kill@2").until_dead()
    installation.end_leases()
    installation.start("worker")
    assert installation.until_settled("SMS") == {"DONE": number}
    all_once(installation, number)


def test_a_worker_that_stood_still_past_its_lease_does_not_send_a_second_time(
    installation: Installation,
) -> None:
    number = remind(installation)
    stopped = installation.start("worker", faults="sms.checked=stop@2", lease_seconds="3")
    stopped.until_stopped("sms.checked")
    # This one waits until the lease has really run out.
    installation.start("worker", lease_seconds="3")
    assert installation.until_settled("SMS") == {"DONE": number}
    stopped.resume()
    assert stopped.end() == 0, stopped.said
    all_once(installation, number)
    assert "half of its lease was over" in stopped.said
