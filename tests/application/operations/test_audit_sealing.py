"""The trail is sealed and anchored outside, and one that was cut or changed is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.identity.log_in import LogIn
from yanbao.application.operations.audit import AnchorMismatch
from yanbao.application.operations.jobs import SEAL_AUDIT
from yanbao.application.ports.operations import SlotState
from yanbao.application.ports.paging import Page
from yanbao.domain.commitment.commitment import commitment_id
from yanbao.domain.values import Client

from ...support.builders import DAY
from ...support.system import PASSWORD
from ...support.world import AUDIT_ADMIN, DONGFENG, HONGXING, HONGXING_HEAD, World, a_world


def sealed() -> World:
    world = a_world()
    world.submit()
    world.submit(HONGXING_HEAD, HONGXING)
    world.correct(top_temperature=30)
    assert world.system.app.audit.seal() == (3, 3)
    return world


def test_an_untouched_trail_verifies_and_is_anchored_outside() -> None:
    world = sealed()
    assert world.system.app.audit.verify() == (3, None)
    (number, digest) = world.system.anchor.kept[-1]
    assert number == 3 and len(digest) == 64


def test_sealing_again_seals_only_what_is_new() -> None:
    world = sealed()
    assert world.system.app.audit.seal() == (0, 3)
    world.correct(revision=2, top_temperature=29)
    assert world.system.app.audit.seal() == (1, 4)
    assert [number for number, _ in world.system.anchor.kept] == [3, 3, 4]
    assert world.system.app.audit.verify() == (4, None)


def test_an_empty_trail_is_not_anchored() -> None:
    world = a_world()
    assert world.system.app.audit.seal() == (0, 0)
    assert world.system.anchor.kept == []
    assert world.system.app.audit.verify() == (0, None)


def test_a_line_that_was_changed_afterwards_is_found() -> None:
    world = sealed()
    entry = world.state.audit[world.state.chain[2].entry_id]
    world.state.audit.put(entry.id, replace(entry, actor_name="别人"))
    read, wrong = world.system.app.audit.verify()
    assert read == 2 and wrong == f"entry {entry.id} does not fit its hash"


def test_a_line_that_was_taken_out_is_found() -> None:
    world = sealed()
    gone = world.state.chain[1].entry_id
    world.state.audit.remove(gone)
    assert world.system.app.audit.verify()[1] == f"entry {gone} does not fit its hash"


def test_a_tail_that_was_cut_off_is_found_by_the_anchor() -> None:
    world = sealed()
    for number in (3, 2):
        world.state.audit.remove(world.state.chain[number].entry_id)
        world.state.chain.remove(number)
    read, wrong = world.system.app.audit.verify()
    assert read == 1 and wrong == "the trail ends at 1, but 3 was anchored: the tail is missing"


def test_a_tail_that_was_cut_off_and_written_anew_is_found_by_the_anchor() -> None:
    world = sealed()
    entry = world.state.chain[3].entry_id
    world.state.audit.remove(entry)
    world.state.chain.remove(3)
    world.correct(revision=2, top_temperature=29)
    with world.system.storage.work(SYSTEM) as work:
        # As somebody with the database in hand would do it: sealed anew, past the application and its anchor.
        assert work.audit.seal(limit=10, at=world.system.clock.now()) == 1
        work.commit()
    read, wrong = world.system.app.audit.verify()
    assert read == 3
    assert wrong == "entry number 3 is not the one that was anchored: the tail was written anew"


def cut(world: World) -> None:
    """As somebody with the database in hand would do it."""
    world.state.audit.remove(world.state.chain[3].entry_id)
    world.state.chain.remove(3)


def cut_and_written_on(world: World) -> None:
    """The same, and then sealed past the application until the trail is longer than what was anchored."""
    cut(world)
    for revision, temperature in ((2, 29), (3, 28)):
        world.correct(revision=revision, top_temperature=temperature)
    with world.system.storage.work(SYSTEM) as work:
        assert work.audit.seal(limit=10, at=world.system.clock.now()) == 2
        work.commit()


def test_a_tail_that_was_written_anew_is_found_however_long_it_has_grown() -> None:
    world = sealed()
    cut_and_written_on(world)
    read, wrong = world.system.app.audit.verify()
    assert read == 4
    assert wrong == "entry number 3 is not the one that was anchored: the tail was written anew"


@pytest.mark.parametrize("tamper", [cut, cut_and_written_on])
def test_nothing_is_anchored_over_a_trail_that_was_tampered_with(tamper: Callable[[World], None]) -> None:
    world = sealed()
    kept = list(world.system.anchor.kept)
    tamper(world)
    for _ in range(2):
        with pytest.raises(AnchorMismatch, match="the tail"):
            world.system.app.audit.seal()
        world.system.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB))
    assert world.system.anchor.kept == kept


def test_the_sealing_job_stays_due_until_somebody_has_seen_to_it() -> None:
    world = sealed()
    cut(world)
    kept = list(world.system.anchor.kept)
    world.at("09:00").system.app.schedule.tick()
    (slot,) = [
        slot
        for slot in world.system.readers.operations.slots(Page(10), job=SEAL_AUDIT).rows
        if slot.state is SlotState.DUE and slot.attempts
    ]
    assert slot.note == "AnchorMismatch" and world.system.anchor.kept == kept


def test_the_trail_is_read_by_the_audit_administrator() -> None:
    world = sealed()
    page = world.system.app.audit.entries(world.actor(AUDIT_ADMIN), Page(10), text="CommitmentReported")
    assert len(page.rows) == 3
    assert {row.subject for row in page.rows} == {
        f"Commitment:{commitment_id(of.id, DAY)}" for of in (DONGFENG, HONGXING)
    }
