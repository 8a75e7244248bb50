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
from ...support.world import DONGFENG

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def stage() -> Inspecting:
    return an_inspection_day()


def test_a_draft_is_kept_as_often_as_one_likes_complete_or_not(stage: Inspecting) -> None:
    row = stage.open()
    for number, form in enumerate((InspectionForm(), InspectionForm(observations="路上"), A_PATROL), start=2):
        row = stage.edit(row, form)
        assert (row.revision, row.state) == (number, InspectionState.DRAFT)
        assert stage.world.app.inspections.contents(stage.actor(CITY_INSPECTOR), [row.id])[row.id][1] == form


def test_two_devices_do_not_overwrite_each_other(stage: Inspecting) -> None:
    row = stage.open()
    stage.edit(row, InspectionForm(observations="平板上写的"))
    with pytest.raises(Conflict, match="已更新到第2版，您看到的是第1版"):
        stage.edit(row, InspectionForm(observations="手机上写的"))
    with pytest.raises(Conflict, match="已更新到第2版"):
        stage.refresh(row)  # It would hand out a revision to somebody who has not seen the form.
    assert stage.kept(row.id).inspection.form.observations == "平板上写的"


def test_what_does_not_fit_into_the_form_is_refused_and_nothing_is_kept(stage: Inspecting) -> None:
    row = stage.open(whom=DONGFENG)
    before = stage.state
    unknown = InspectionForm(findings=(Finding("HOROSCOPE", FindingResult.OK),))
    with pytest.raises(UnknownChecklistItem):
        stage.edit(row, unknown)
    with pytest.raises(InvalidForm) as refused:
        stage.edit(row, replace(unknown, observations="长" * 2001, conclusion="长" * 1001))
    assert len(refused.value.items) == 3
    assert stage.state is before


def test_a_refresh_shows_what_has_changed_and_leaves_what_was_filled_in(stage: Inspecting) -> None:
    row = stage.edit(stage.open())
    stage.submit()
    stage.after(timedelta(minutes=5))
    refreshed = stage.refresh(row)
    changes = {change.key: (change.before, change.after) for change in refreshed.changes}
    assert changes["commitmentsReported"] == ("0家", "1家")
    assert "commitmentsExpected" not in changes
    assert stage.sheet(row).taken_at == stage.world.clock.now()
    assert stage.kept(row.id).inspection.form == A_PATROL
    assert refreshed.inspection.revision == row.revision + 1
    assert stage.refresh(refreshed.inspection).changes == ()


def test_a_refresh_the_day_after_is_still_about_the_day_of_the_draft(stage: Inspecting) -> None:
    row = stage.open(whom=DONGFENG)
    stage.submit()
    stage.at("00:10", TOMORROW)
    stage.world.app.commitments.open_day(TOMORROW)
    (reported, *_) = stage.refresh(row).changes
    assert (reported.before, reported.after) == ("未上报", "在产")


def test_a_repeated_call_with_its_key_takes_effect_once(stage: Inspecting) -> None:
    row = stage.open()
    once = stage.edit(row, key="edit-key-1")
    assert stage.edit(row, key="edit-key-1") == once
    submitted = stage.turn_in(once, key="submit-key-1")
    assert stage.turn_in(once, key="submit-key-1") == submitted
    assert len([entry for entry in entries(stage) if entry[0] == "InspectionSubmitted"]) == 1
