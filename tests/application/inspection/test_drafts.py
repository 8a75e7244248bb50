"""Drafts of inspections: kept as often as one likes, refreshed, and never overwritten by another device."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.domain.inspection.check import UnknownChecklistItem
from yanbao.domain.inspection.form import Finding, FindingResult, InspectionForm
from yanbao.domain.inspection.inspection import InspectionState
from yanbao.domain.refusals import Conflict, InvalidForm

from ...support.builders import DAY
from ...support.inspecting import A_PATROL, CITY_INSPECTOR, Inspecting, an_inspection_day, entries
from ...support.inspections import a_statement
from ...support.world import DONGFENG

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def world() -> Inspecting:
    return an_inspection_day()


def test_a_draft_is_kept_as_often_as_one_likes_complete_or_not(world: Inspecting) -> None:
    row = world.open()
    for number, form in enumerate((InspectionForm(), InspectionForm(observations="路上"), A_PATROL), start=2):
        row = world.edit(row, form)
        assert (row.revision, row.state) == (number, InspectionState.DRAFT)
        assert world.system.app.inspections.contents(world.actor(CITY_INSPECTOR), [row.id])[row.id][1] == form


def test_two_devices_do_not_overwrite_each_other(world: Inspecting) -> None:
    row = world.open()
    world.edit(row, InspectionForm(observations="平板上写的"))
    with pytest.raises(Conflict, match="已更新到第2版，您看到的是第1版"):
        world.edit(row, InspectionForm(observations="手机上写的"))
    with pytest.raises(Conflict, match="已更新到第2版"):
        world.refresh(row)  # It would hand out a revision to somebody who has not seen the form.
    assert world.kept(row.id).inspection.form.observations == "平板上写的"


def test_what_does_not_fit_into_the_form_is_refused_and_nothing_is_kept(world: Inspecting) -> None:
    row = world.open(whom=DONGFENG)
    before = world.state
    unknown = InspectionForm(findings=(Finding("HOROSCOPE", FindingResult.OK),))
    with pytest.raises(UnknownChecklistItem):
        world.edit(row, unknown)
    with pytest.raises(InvalidForm) as refused:
        world.edit(row, replace(unknown, observations="长" * 2001, problems=(a_statement(),) * 21))
    assert len(refused.value.items) == 3
    assert world.state is before


def test_a_refresh_shows_what_has_changed_and_leaves_what_was_filled_in(world: Inspecting) -> None:
    row = world.edit(world.open())
    world.submit()
    world.after(timedelta(minutes=5))
    refreshed = world.refresh(row)
    changes = {change.key: (change.before, change.after) for change in refreshed.changes}
    assert changes["commitmentsReported"] == ("0家", "1家")
    assert "commitmentsExpected" not in changes
    assert world.sheet(row).taken_at == world.system.clock.now()
    assert world.kept(row.id).inspection.form == A_PATROL
    assert refreshed.inspection.revision == row.revision + 1
    assert world.refresh(refreshed.inspection).changes == ()


def test_a_refresh_the_day_after_is_still_about_the_day_of_the_draft(world: Inspecting) -> None:
    row = world.open(whom=DONGFENG)
    world.submit()
    world.at("00:10", TOMORROW)
    world.system.app.commitments.open_day(TOMORROW)
    (reported, *_) = world.refresh(row).changes
    assert (reported.before, reported.after) == ("未上报", "在产")


def test_a_repeated_call_with_its_key_takes_effect_once(world: Inspecting) -> None:
    row = world.open()
    once = world.edit(row, key="edit-key-1")
    assert world.edit(row, key="edit-key-1") == once
    submitted = world.turn_in(once, key="submit-key-1")
    assert world.turn_in(once, key="submit-key-1") == submitted
    assert len([entry for entry in entries(world) if entry[0] == "InspectionSubmitted"]) == 1
