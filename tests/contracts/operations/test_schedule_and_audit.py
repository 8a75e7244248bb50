"""The slot table of the schedule and the audit trail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.operations import Slot, SlotState
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage

from ...support.accounts import an_audit_entry
from ...support.builders import NOW
from ..conftest import World

LEASE = timedelta(minutes=2)
RUN_OUT = timedelta(seconds=-1)
HOUR = timedelta(hours=1)
FIRST, SECOND, THIRD = NOW - 2 * HOUR, NOW - HOUR, NOW


def add(storage: Storage, *slots: tuple[str, object]) -> int:
    with storage.work(SYSTEM) as work:
        added = work.slots.add(slots)  # type: ignore[arg-type]
        work.commit()
    return added


def claim(storage: Storage, *, now: object = NOW, lease: timedelta = LEASE) -> tuple[Slot, int] | None:
    with storage.work(SYSTEM) as work:
        claimed = work.slots.claim(now=now, lease=lease)  # type: ignore[arg-type]
        work.commit()
    return claimed


def finish(storage: Storage, claimed: tuple[Slot, int] | None, state: SlotState = SlotState.DONE) -> bool:
    assert claimed is not None
    with storage.work(SYSTEM) as work:
        stored = work.slots.finish(*claimed, state=state, note="好", at=NOW + HOUR)
        work.commit()
    return stored


def release(storage: Storage, claimed: tuple[Slot, int] | None, retry_after: timedelta) -> None:
    assert claimed is not None
    with storage.work(SYSTEM) as work:
        work.slots.release(*claimed, note="失败", retry_after=retry_after)
        work.commit()


def which(claimed: tuple[Slot, int] | None) -> tuple[str, object] | None:
    return None if claimed is None else (claimed[0].job, claimed[0].slot_at)


# ---------------------------------------------------------------- slots


def test_a_slot_is_added_once(storage: Storage, readers: Readers) -> None:
    assert add(storage, ("push", FIRST), ("push", SECOND), ("push", FIRST)) == 2
    assert add(storage, ("push", SECOND), ("remind", SECOND)) == 1
    assert add(storage) == 0
    rows = readers.operations.slots(Page(10)).rows
    assert {(slot.job, slot.slot_at) for slot in rows} == {
        ("push", FIRST),
        ("push", SECOND),
        ("remind", SECOND),
    }
    assert rows[-1] == Slot("push", FIRST)
    assert rows[-1].slot_at.tzinfo is UTC


def test_the_latest_slot_of_a_job_is_its_newest_whatever_its_state(storage: Storage) -> None:
    add(storage, ("push", SECOND), ("push", FIRST), ("remind", THIRD))
    finish(storage, claim(storage))
    finish(storage, claim(storage))
    with storage.work(SYSTEM) as work:
        newest = work.slots.latest(["push", "remind", "nothing"])
        assert newest == {"push": SECOND, "remind": THIRD, "nothing": None}


def test_the_oldest_due_slot_is_claimed_first_with_its_attempt_counted(storage: Storage) -> None:
    add(storage, ("push", SECOND), ("remind", FIRST), ("later", NOW + timedelta(microseconds=1)))
    first, second = claim(storage), claim(storage)
    assert which(first) == ("remind", FIRST) and which(second) == ("push", SECOND)
    assert first is not None and first[0].attempts == 1 and first[0].state is SlotState.DUE
    assert claim(storage) is None


def test_what_has_been_tried_comes_behind_what_has_not_and_then_the_oldest_first(storage: Storage) -> None:
    add(storage, ("push", FIRST), ("remind", SECOND))
    for _ in range(2):
        release(storage, claim(storage), RUN_OUT)
    add(storage, ("push", SECOND), ("seal", THIRD))
    order = [which(claim(storage)) for _ in range(4)]
    assert order == [("seal", THIRD), ("push", FIRST), ("remind", SECOND), None]


def test_slots_of_one_job_are_given_out_strictly_in_order(storage: Storage) -> None:
    add(storage, ("push", THIRD), ("push", FIRST), ("push", SECOND))
    first = claim(storage)
    assert which(first) == ("push", FIRST)
    assert claim(storage) is None
    assert finish(storage, first)
    assert which(claim(storage)) == ("push", SECOND)


def test_a_skipped_slot_makes_way_for_the_next_and_says_why(storage: Storage, readers: Readers) -> None:
    add(storage, ("push", FIRST), ("push", SECOND))
    assert finish(storage, claim(storage), SlotState.SKIPPED)
    assert which(claim(storage)) == ("push", SECOND)
    assert readers.operations.slots(Page(10)).rows[-1] == Slot(
        "push", FIRST, SlotState.SKIPPED, attempts=1, note="好", finished_at=NOW + HOUR
    )


def test_slots_can_be_added_as_skipped_and_those_that_are_stored_stay_as_they_are(
    storage: Storage, readers: Readers
) -> None:
    add(storage, ("push", SECOND))
    with storage.work(SYSTEM) as work:
        skipped = [("push", FIRST), ("push", SECOND), ("push", SECOND), ("push", THIRD)]
        assert work.slots.skip(skipped, note="已有更晚的一次", at=NOW) == 2
        assert work.slots.skip([], note="", at=NOW) == 0
        assert work.slots.latest(["push"]) == {"push": THIRD}
        work.commit()
    left_out = [
        Slot("push", slot_at, SlotState.SKIPPED, note="已有更晚的一次", finished_at=NOW)
        for slot_at in (THIRD, FIRST)
    ]
    assert readers.operations.slots(Page(10)).rows == [left_out[0], Slot("push", SECOND), left_out[1]]
    claimed = claim(storage)
    assert which(claimed) == ("push", SECOND), "what is skipped keeps nobody waiting"
    assert finish(storage, claimed) and claim(storage) is None
    assert add(storage, ("push", FIRST)) == 0


def test_a_slot_whose_lease_ran_out_goes_to_the_next_and_the_first_comes_too_late(storage: Storage) -> None:
    add(storage, ("push", FIRST))
    slow = claim(storage, lease=RUN_OUT)
    quick = claim(storage)
    assert slow is not None and quick is not None
    assert which(quick) == which(slow) and quick[1] > slow[1] and quick[0].attempts == 2
    assert finish(storage, slow) is False
    assert finish(storage, quick) is True
    assert finish(storage, quick) is False


def test_a_released_slot_waits_before_it_is_claimed_again(storage: Storage) -> None:
    add(storage, ("push", FIRST), ("push", SECOND))
    failed = claim(storage)
    release(storage, failed, HOUR)
    assert claim(storage) is None
    assert finish(storage, failed) is False


def test_a_released_slot_is_claimed_again_after_the_wait(storage: Storage, readers: Readers) -> None:
    add(storage, ("push", FIRST))
    release(storage, claim(storage), RUN_OUT)
    assert readers.operations.slots(Page(1)).rows[0].note == "失败"
    again = claim(storage)
    assert which(again) == ("push", FIRST)
    assert again is not None and again[0].attempts == 2


def test_a_release_that_comes_too_late_changes_nothing(storage: Storage, readers: Readers) -> None:
    add(storage, ("push", FIRST))
    slow = claim(storage, lease=RUN_OUT)
    quick = claim(storage)
    release(storage, slow, RUN_OUT)
    assert claim(storage) is None
    assert readers.operations.slots(Page(1)).rows[0].note == ""
    assert finish(storage, quick) is True


def test_many_who_claim_slots_at_once_never_get_the_same(storage: Storage) -> None:
    add(storage, *((f"job-{n}", FIRST) for n in range(8)))
    with ThreadPoolExecutor(4) as pool:
        claimed = [which(found) for found in pool.map(lambda _: claim(storage), range(8))]
    taken = [found for found in claimed if found is not None]
    assert len(taken) == len(set(taken)) >= 1


def test_slots_are_listed_newest_first_and_by_job(storage: Storage, readers: Readers) -> None:
    add(storage, ("push", FIRST), ("remind", SECOND), ("push", THIRD))
    assert [slot.slot_at for slot in readers.operations.slots(Page(10)).rows] == [THIRD, SECOND, FIRST]
    assert [slot.slot_at for slot in readers.operations.slots(Page(10), job="push").rows] == [THIRD, FIRST]


# ---------------------------------------------------------------- audit


def write(storage: Storage, *names: object) -> None:
    with storage.work(SYSTEM) as work:
        work.audit.add([an_audit_entry(name, at=NOW + timedelta(seconds=n)) for n, name in enumerate(names)])
        work.commit()


def seal(storage: Storage, limit: int = 100, at: datetime = NOW) -> int:
    with storage.work(SYSTEM) as work:
        sealed = work.audit.seal(limit=limit, at=at)
        work.commit()
    return sealed


def verify(storage: Storage) -> tuple[int, str | None]:
    with storage.work(SYSTEM) as work:
        return work.audit.verify()


def head(storage: Storage) -> tuple[int, str]:
    with storage.work(SYSTEM) as work:
        return work.audit.head()


def test_every_field_of_an_audit_entry_comes_back_newest_first(storage: Storage, readers: Readers) -> None:
    entry = an_audit_entry("甲", at=NOW + timedelta(microseconds=1), 数=1, 深={"表": [1, None, "x", True]})
    by_system = replace(an_audit_entry("乙"), actor_id=None)
    with storage.work(SYSTEM) as work:
        work.audit.add([entry, by_system])
        work.commit()
    assert list(readers.operations.audit_entries(Page(10)).rows) == [entry, by_system]


def test_audit_entries_are_looked_for_in_action_subject_and_actor(storage: Storage, readers: Readers) -> None:
    entries = [
        replace(an_audit_entry(1), action="LoggedIn"),
        replace(an_audit_entry(2), subject="Account:LoggedIn"),
        replace(an_audit_entry(3), actor_name="LoggedIn先生"),
        replace(an_audit_entry(4), detail={"what": "LoggedIn"}),
    ]
    with storage.work(SYSTEM) as work:
        work.audit.add(entries)
        work.commit()

    def found(text: str | None) -> set[object]:
        rows = readers.operations.audit_entries(Page(10), text=text).rows
        assert readers.operations.audit_entry_count(text=text) == len(rows)
        return {entry.id for entry in rows}

    assert found("LoggedIn") == {entry.id for entry in entries[:3]}
    assert found("先生") == {entries[2].id}
    assert found("%") == set()
    assert found(None) == found("") == {entry.id for entry in entries}


def test_entries_are_sealed_in_portions_and_each_only_once(storage: Storage) -> None:
    write(storage, *range(5))
    assert [seal(storage, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert verify(storage) == (5, None)


def test_the_head_of_the_chain_moves_with_every_seal(storage: Storage) -> None:
    assert head(storage) == (0, "")
    assert verify(storage) == (0, None)
    write(storage, "甲")
    assert head(storage) == (0, "")
    seal(storage)
    number, digest = head(storage)
    assert number == 1 and len(digest) == 64
    write(storage, "乙")
    seal(storage)
    assert head(storage)[0] == 2 and head(storage)[1] != digest


def test_every_hash_of_the_chain_can_be_asked_for_by_its_number(storage: Storage) -> None:
    write(storage, "甲", "乙")
    with storage.work(SYSTEM) as work:
        assert work.audit.hashes([1]) == {}
    heads = {}
    for _ in range(2):
        seal(storage, 1)
        number, digest = head(storage)
        heads[number] = digest
    with storage.work(SYSTEM) as work:
        assert work.audit.hashes([0, 1, 2, 3]) == heads


def test_when_an_entry_was_sealed_is_part_of_its_hash(bare: World) -> None:
    heads = set()
    for at in (NOW, NOW + timedelta(microseconds=1)):
        storage = bare.anew().storage
        write(storage, "甲")
        seal(storage, at=at)
        assert verify(storage) == (1, None)
        heads.add(head(storage)[1])
    assert len(heads) == 2


def test_the_trail_says_where_the_run_before_the_newest_ended(storage: Storage) -> None:
    def end() -> int:
        with storage.work(SYSTEM) as work:
            return work.audit.end_of_earlier_run()

    assert end() == 0
    write(storage, "甲", "乙", "丙")
    seal(storage, 2)
    seal(storage)
    assert end() == 0, "several portions of one run"
    write(storage, "丁")
    seal(storage, at=NOW + timedelta(hours=1))
    assert end() == 3


def test_the_same_entry_has_another_hash_when_another_one_came_before_it(bare: World) -> None:
    heads = set()
    for earlier in ("甲", "乙"):
        storage = bare.anew().storage
        write(storage, earlier, "丙")
        assert seal(storage) == 2
        heads.add(head(storage)[1])
    assert len(heads) == 2


def test_the_same_trail_has_the_same_head_however_it_was_sealed(bare: World) -> None:
    heads = set()
    for limit in (1, 2, 100):
        storage = bare.anew().storage
        write(storage, "甲", "乙", "丙")
        while seal(storage, limit):
            pass
        heads.add(head(storage))
    assert len(heads) == 1


def test_an_entry_that_was_changed_behind_the_storages_back_is_found(world: World) -> None:
    write(world.storage, *range(4))
    seal(world.storage)
    assert verify(world.storage) == (4, None)
    world.falsify_audit(an_audit_entry(1).id, "别人")
    assert verify(world.storage)[1] == str(an_audit_entry(1).id)


def test_an_entry_that_was_changed_before_it_was_sealed_cannot_be_found(world: World) -> None:
    write(world.storage, *range(2))
    world.falsify_audit(an_audit_entry(1).id, "别人")
    seal(world.storage)
    assert verify(world.storage) == (2, None)


@pytest.mark.parametrize("detail", [{}, {"z": 1, "a": {"b": [1.5, "中"]}}, {"空": None}])
def test_whatever_an_entry_says_its_hash_fits_when_it_is_read_again(
    storage: Storage, detail: dict[str, object]
) -> None:
    entry = replace(an_audit_entry("甲", at=NOW + timedelta(microseconds=7)), detail=detail)
    with storage.work(SYSTEM) as work:
        work.audit.add([entry])
        work.commit()
    seal(storage)
    assert verify(storage) == (1, None)


# ---------------------------------------------------------------- today before the past


def test_slots_of_today_come_first_where_the_order_does_not_matter(storage: Storage) -> None:
    """After a standstill of days. Those of a job that runs in order still wait for their own past."""
    add(storage, ("push", FIRST), ("push", THIRD), ("remind", FIRST), ("remind", SECOND), ("remind", THIRD))
    order = []
    while claimed := claim_today(storage):
        order.append(which(claimed))
        assert finish(storage, claimed)
    assert order == [
        ("remind", THIRD),
        ("push", FIRST),
        ("push", THIRD),
        ("remind", FIRST),
        ("remind", SECOND),
    ]


def test_slots_of_one_job_run_one_at_a_time_also_when_today_comes(storage: Storage) -> None:
    add(storage, ("remind", FIRST))
    yesterday = claim_today(storage)
    add(storage, ("remind", THIRD))
    assert claim_today(storage) is None
    assert finish(storage, yesterday)
    assert which(claim_today(storage)) == ("remind", THIRD)


def claim_today(storage: Storage) -> tuple[Slot, int] | None:
    """Today begins with the third instant; the order of reminders does not matter."""
    with storage.work(SYSTEM) as work:
        claimed = work.slots.claim(now=NOW, lease=LEASE, today_from=THIRD, any_order=["remind"])
        work.commit()
    return claimed
