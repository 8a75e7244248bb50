"""What submitting, correcting and re-opening answer with is what a list shows of the commitment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.commitment import CommitmentRow

from ...support.builders import a_form_for, a_form_of_stopped
from ...support.world import DONGFENG, LIMIN, LIMIN_HEAD, World, a_world

KEY = "device-1-key-1"


def submitted(world: World) -> CommitmentRow:
    return world.submit(LIMIN_HEAD, LIMIN)


def stopped(world: World) -> CommitmentRow:
    return world.submit(form=a_form_of_stopped())


def with_excess(world: World) -> CommitmentRow:
    form = a_form_for(DONGFENG, explanation="交接班重叠")
    assert form.production is not None
    crowded = replace(form.production, present_persons=DONGFENG.approved_persons + 1)
    row = world.submit(form=replace(form, production=crowded))
    assert row.excess
    return row


def corrected(world: World) -> CommitmentRow:
    world.submit()
    return world.correct(top_temperature=31)


def reopened(world: World) -> CommitmentRow:
    world.submit()
    world.at("10:30")
    return world.reopen()


def corrected_late(world: World) -> CommitmentRow:
    reopened(world)
    return world.correct(top_temperature=31)


def repeated(world: World) -> CommitmentRow:
    world.submit(key=KEY)
    world.correct(top_temperature=31)
    return world.submit(key=KEY)


@pytest.mark.parametrize(
    "done", [submitted, stopped, with_excess, corrected, reopened, corrected_late, repeated]
)
def test_what_is_answered_is_what_a_list_shows(done: Callable[[World], CommitmentRow]) -> None:
    world = a_world()
    row = done(world)
    assert world.system.app.commitments.rows(SYSTEM, [row.id]) == {row.id: row}
