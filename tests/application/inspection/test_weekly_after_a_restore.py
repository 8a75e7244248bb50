"""A week that was pushed after the backup is frozen anew: what differs must not come under an id that is taken."""

from __future__ import annotations

from datetime import timedelta

from yanbao.application.ports.exchange import RecordKind
from yanbao.domain.exchange.duty import DutyState

from ...contracts.inspection.inspections import keep_records
from ...support.closing import FRIDAY, WEEK, a_check, close, owed, push, running, shown
from ...support.restoring import backup, begin, finish, restore


def test_a_week_frozen_anew_goes_up_under_new_ids_and_the_figures_find_them() -> None:
    world = running()
    kept = backup(world)
    keep_records(world.system.storage, a_check(WEEK.since))
    push(close(world))
    before = {duty.id for duty in owed(world)}
    begin(restore(world.after(timedelta(hours=1)), kept))
    lost = finish(world).lost or ()
    assert {one.id for one in lost} == before
    push(close(world.after(timedelta(hours=1)), world.system.clock.moment))
    anew = owed(world)
    assert before.isdisjoint(duty.id for duty in anew) and len(anew) == len(before)
    assert {duty.state for duty in anew} == {DutyState.DONE}
    held = {
        receipt.id
        for kind in (RecordKind.PATROL, RecordKind.SPOT_CHECK)
        for receipt in world.system.ministry.receipts(kind, FRIDAY)
    }
    assert held == before | {duty.id for duty in anew}
    assert {line.duty.id for line in shown(world).lines if line.duty} == {duty.id for duty in anew}


def test_the_week_after_the_restore_has_its_usual_ids() -> None:
    plain, again = running(), running()
    begin(restore(again, backup(again)))
    finish(again)
    for world in (plain, again):
        close(world)
    assert {duty.id for duty in owed(plain)} == {duty.id for duty in owed(again)} != set()
