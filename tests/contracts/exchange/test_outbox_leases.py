"""Leases that are renewed: only by who still has them, and never once they have run out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep
from uuid import UUID

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.exchange import Claim, Outcome
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.exchange.duty import DutyState

from ...support.builders import a_duty
from ...support.patience import striking_deadlines
from .outbox import LATER, LEASE, RUN_OUT, claim, ids, owe, row, settle


def renew(storage: Storage, claimed: Claim, *, lease: timedelta = LEASE) -> bool:
    with storage.work(SYSTEM) as work:
        renewed = work.outbox.renew(claimed, lease=lease)
        work.commit()
    return renewed


def test_a_lease_that_has_not_run_out_begins_anew(storage: Storage) -> None:
    owe(storage, a_duty())
    (claimed,) = claim(storage)
    assert renew(storage, claimed, lease=RUN_OUT), "it had not run out before"
    (again,) = claim(storage)
    assert (again.duty.crashes, again.duty.attempts) == (1, 2)


def test_renewing_counts_nothing_and_the_outcome_is_stored_as_before(
    storage: Storage, readers: Readers
) -> None:
    owe(storage, a_duty())
    (claimed,) = claim(storage)
    assert renew(storage, claimed) and renew(storage, claimed)
    assert claim(storage) == []
    assert settle(storage, Outcome(claimed, DutyState.DONE)) == 1
    found = row(readers, a_duty())
    assert (found.state, found.attempts) == (DutyState.DONE, 1)


def test_a_lease_that_has_run_out_is_not_renewed_even_where_nobody_else_has_claimed(storage: Storage) -> None:
    owe(storage, a_duty())
    (slow,) = claim(storage, lease=RUN_OUT)
    assert not renew(storage, slow)
    assert len(claim(storage)) == 1


def test_who_comes_after_another_claim_renews_nothing(storage: Storage) -> None:
    owe(storage, a_duty())
    (slow,) = claim(storage, lease=RUN_OUT)
    (quick,) = claim(storage)
    assert not renew(storage, slow, lease=RUN_OUT)
    assert claim(storage) == [], "the other's lease is as it was"
    assert renew(storage, quick)


@pytest.mark.parametrize("state", list(DutyState))
def test_what_is_settled_is_on_nobodys_lease(storage: Storage, state: DutyState) -> None:
    owe(storage, a_duty())
    (claimed,) = claim(storage)
    settle(storage, Outcome(claimed, state, due_at=LATER))
    assert not renew(storage, claimed)


def test_a_renewal_that_is_rolled_back_leaves_the_lease_as_it_was(storage: Storage) -> None:
    owe(storage, a_duty())
    (claimed,) = claim(storage)
    with storage.work(SYSTEM) as work:
        assert work.outbox.renew(claimed, lease=RUN_OUT)
    assert claim(storage) == []


def test_nobody_claims_what_is_being_renewed(storage: Storage) -> None:
    """The lease runs out while the unit of work that has renewed it is open."""
    owe(storage, a_duty())

    def another(seconds: float) -> list[UUID]:
        sleep(seconds)
        return ids(claim(storage))

    with ThreadPoolExecutor(1) as pool:
        for seconds in striking_deadlines():
            (claimed,) = claim(storage, lease=timedelta(seconds=seconds))
            with storage.work(SYSTEM) as work:
                if not work.outbox.renew(claimed, lease=LEASE):
                    continue  # The lease had run out before.
                found = pool.submit(another, seconds + 0.2)
                sleep(seconds + 0.4)
                work.commit()
            assert found.result() == []
            return
    raise AssertionError("it cannot be renewed")
