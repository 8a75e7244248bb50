"""What submitting, correcting and re-opening answer with is what a list shows of the commitment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.commitment import CommitmentRow

from ...support.builders import a_form_for, a_form_of_stopped
from ...support.world import DONGFENG, LIMIN, LIMIN_HEAD, Stage, a_stage

KEY = "device-1-key-1"


def submitted(stage: Stage) -> CommitmentRow:
    return stage.submit(LIMIN_HEAD, LIMIN)


def stopped(stage: Stage) -> CommitmentRow:
    return stage.submit(form=a_form_of_stopped())


def with_excess(stage: Stage) -> CommitmentRow:
    form = a_form_for(DONGFENG, explanation="交接班重叠")
    assert form.production is not None
    crowded = replace(form.production, present_persons=DONGFENG.approved_persons + 1)
    row = stage.submit(form=replace(form, production=crowded))
    assert row.excess
    return row


def corrected(stage: Stage) -> CommitmentRow:
    stage.submit()
    return stage.correct(top_temperature=31)


def reopened(stage: Stage) -> CommitmentRow:
    stage.submit()
    stage.at("10:30")
    return stage.reopen()


def corrected_late(stage: Stage) -> CommitmentRow:
    reopened(stage)
    return stage.correct(top_temperature=31)


def repeated(stage: Stage) -> CommitmentRow:
    stage.submit(key=KEY)
    stage.correct(top_temperature=31)
    return stage.submit(key=KEY)


@pytest.mark.parametrize(
    "done", [submitted, stopped, with_excess, corrected, reopened, corrected_late, repeated]
)
def test_what_is_answered_is_what_a_list_shows(done: Callable[[Stage], CommitmentRow]) -> None:
    stage = a_stage()
    row = done(stage)
    assert stage.world.app.commitments.rows(SYSTEM, [row.id]) == {row.id: row}
