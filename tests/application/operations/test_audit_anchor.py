"""The anchor must be there, as long as the trail says, and the same in another place; a break is signed."""

from __future__ import annotations

import pytest

from yanbao.adapters.anchor import MemoryAnchor
from yanbao.application.operations.audit import AnchorMismatch, TrailUnbroken
from yanbao.application.ports.operations import AnchorBreak, Head
from yanbao.application.ports.paging import Page
from yanbao.domain.refusals import InvalidValue

from ...support.world import AUDIT_ADMIN, World, a_world

LOST = "周强"
WHY = "磁盘损坏，从备份恢复"


def sealed(runs: int = 3) -> World:
    """One entry sealed in each run, a minute apart."""
    world = a_world()
    world.submit()
    assert world.system.app.audit.seal() == (1, 1)
    for number in range(2, runs + 1):
        world.at(f"08:{40 + number}").correct(revision=number - 1, top_temperature=20 + number)
        assert world.system.app.audit.seal() == (1, number)
    return world


def wrong(world: World, second: MemoryAnchor | None = None) -> str | None:
    return world.system.app.audit.verify(second)[1]


def copy_of(world: World, lines: int | None = None) -> MemoryAnchor:
    copy = MemoryAnchor()
    copy.kept = world.system.anchor.kept[:lines]
    return copy


def restored(world: World, entries: int) -> None:
    """The trail as a backup has it that was made after so many entries."""
    for number in [number for number in world.state.chain if number > entries]:
        world.state.audit.remove(world.state.chain[number].entry_id)
        world.state.chain.remove(number)


def test_a_missing_anchor_fails() -> None:
    world = sealed()
    world.system.anchor.kept.clear()
    assert wrong(world) == "3 entries are sealed, but nothing is anchored: the anchor is missing"


def test_an_anchor_that_is_shorter_than_the_trail_says_fails_and_is_not_written_on() -> None:
    world = sealed()
    del world.system.anchor.kept[1:]
    assert wrong(world) == "the anchor ends at 1, but the trail was anchored at 2: the anchor was cut"
    with pytest.raises(AnchorMismatch, match="the anchor was cut"):
        world.system.app.audit.seal()
    assert len(world.system.anchor.kept) == 1


def test_a_run_that_crashed_before_it_anchored_is_anchored_by_the_next() -> None:
    world = sealed()
    lost = world.system.anchor.kept.pop()
    assert wrong(world) is None
    world.at("09:30").correct(revision=3, top_temperature=28)
    world.system.app.audit.seal()
    assert world.system.anchor.kept[2] == lost
    assert wrong(world) is None


def test_every_line_of_the_anchor_is_compared_not_only_the_last() -> None:
    world = sealed()
    world.system.anchor.kept[0] = (1, "0" * 64)
    assert wrong(world) == "entry number 1 is not the one that was anchored: the tail was written anew"


@pytest.mark.parametrize(
    ("lines", "why"),
    [([(2, "a"), (1, "b")], "goes back from 2 to 1"), ([(1, "a"), (1, "b")], "two hashes for 1")],
)
def test_an_anchor_that_contradicts_itself_fails(lines: list[Head], why: str) -> None:
    world = sealed()
    world.system.anchor.kept[:] = lines
    assert why in (wrong(world) or "")


def test_a_second_anchor_from_another_place_may_be_older_but_must_say_the_same() -> None:
    world = sealed()
    assert wrong(world, copy_of(world)) is None
    assert wrong(world, copy_of(world, 2)) is None
    assert wrong(world, MemoryAnchor()) == "the second anchor is missing or empty"
    changed = copy_of(world)
    changed.kept[1] = (2, "0" * 64)
    assert wrong(world, changed) == (
        "by the second anchor, entry number 2 is not the one that was anchored: the tail was written anew"
    )


def test_the_second_anchor_finds_a_trail_that_was_cut_together_with_its_anchor() -> None:
    world = sealed()
    copy = copy_of(world)
    restored(world, 2)
    del world.system.anchor.kept[2:]
    assert wrong(world) is None
    assert (
        wrong(world, copy)
        == "by the second anchor, the trail ends at 2, but 3 was anchored: the tail is missing"
    )


def broken() -> tuple[World, MemoryAnchor]:
    """Restored to the first entry and re-anchored; and a copy of the anchor of before."""
    world = sealed()
    copy = copy_of(world)
    restored(world, 1)
    with pytest.raises(AnchorMismatch):
        world.system.app.audit.seal()
    world.system.app.audit.re_anchor(by=LOST, reason=WHY)
    return world, copy


def test_after_a_restore_a_signed_break_lets_the_trail_go_on() -> None:
    world, copy = broken()
    kept: list[Head | AnchorBreak] = world.system.anchor.kept
    head, lost = kept[0], kept[2]
    (signed,) = world.system.app.audit.breaks()
    assert (signed.by, signed.reason, signed.lost, signed.head) == (LOST, WHY, lost, head)
    assert wrong(world) is None
    assert world.system.app.audit.seal() == (1, 2)
    assert world.system.app.audit.verify(copy) == (2, None), "what the break gave up is no contradiction"
    entry = world.system.app.audit.entries(world.actor(AUDIT_ADMIN), Page(1)).rows[0]
    assert entry.action == "TrailReanchored"
    assert isinstance(head, tuple) and isinstance(lost, tuple)
    assert entry.detail == {
        "by": LOST,
        "why": WHY,
        "head": f"{head[0]} {head[1]}",
        "lost": f"{lost[0]} {lost[1]}",
    }


def test_an_old_break_that_is_copied_to_the_end_gives_nothing_up() -> None:
    world, _ = broken()
    world.system.app.audit.seal()
    world.system.anchor.keep_break(world.system.app.audit.breaks()[0])
    restored(world, 1)
    assert wrong(world) == "a break of the anchor does not follow the line that it names"


def test_a_trail_that_goes_on_from_its_anchor_is_not_broken_with() -> None:
    world = sealed()
    with pytest.raises(TrailUnbroken):
        world.system.app.audit.re_anchor(by=LOST, reason=WHY)
    assert len(world.system.anchor.kept) == 3


def test_no_break_mends_a_trail_whose_own_hashes_do_not_fit() -> None:
    world = sealed()
    restored(world, 2)
    world.state.audit.remove(world.state.chain[1].entry_id)
    with pytest.raises(AnchorMismatch, match="does not fit its hash"):
        world.system.app.audit.re_anchor(by=LOST, reason=WHY)


def test_a_break_has_a_name_and_a_reason() -> None:
    world, _ = broken()
    for by, reason in ((LOST, " "), ("", WHY)):
        with pytest.raises(InvalidValue):
            world.system.app.audit.re_anchor(by=by, reason=reason)
