"""Pictures of an inspection: whose they are while it is a draft, and what becomes of those that nobody shows any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.domain.files.attachment import AttachmentInUse
from yanbao.domain.inspection.form import Conclusion, Finding, FindingResult
from yanbao.domain.refusals import NotFound

from ...support.inspecting import A_CHECK, A_PATROL, CITY_INSPECTOR, COLLEAGUE, Inspecting, an_inspection_day
from ...support.inspections import a_statement, all_findings
from ...support.world import DONGFENG

TWO_DAYS = timedelta(days=2)


@pytest.fixture
def world() -> Inspecting:
    return an_inspection_day()


def test_pictures_belong_to_the_draft_that_names_them_and_to_the_problem_they_show(world: Inspecting) -> None:
    one, two, three = (world.uploads(name) for name in ("一", "二", "三"))
    form = replace(
        A_CHECK,
        findings=all_findings(
            DONGFENG.kind, Finding("PERSONS", FindingResult.NOT_OK, "多1人", (one,), problem=1)
        ),
        conclusion=Conclusion.PROBLEMS_ISSUED,
        attachments=(two,),
        problems=(a_statement(responsible=(), attachments=(three,)),),
    )
    row = world.edit(world.open(whom=DONGFENG), form)
    assert {world.state.attachments[id].inspection_id for id in (one, two, three)} == {row.id}
    world.turn_in(row)
    (problem,) = world.problems()
    owners = [world.state.attachments[id].problem_id for id in (one, two, three)]
    assert owners == [None, None, problem.id]


def test_a_picture_that_is_not_ones_own_is_not_found_and_nothing_is_kept(world: Inspecting) -> None:
    foreign = world.uploads("别人的", COLLEAGUE)
    row = world.open()
    before = world.state
    with pytest.raises(NotFound) as refused:
        world.edit(row, replace(A_PATROL, attachments=(foreign,)))
    assert refused.value.field == "attachments"
    assert world.state is before


def test_ones_own_picture_of_another_form_is_in_use_and_only_its_uploader_learns_it(
    world: Inspecting,
) -> None:
    mine = world.uploads("一")
    world.edit(world.open(), replace(A_PATROL, attachments=(mine,)))
    with pytest.raises(AttachmentInUse) as refused:
        world.edit(world.open(whom=DONGFENG, key="draft-0002"), replace(A_CHECK, attachments=(mine,)))
    assert (refused.value.field, refused.value.sentence) == (
        "attachments",
        "附件已用于其他表单或问题，请重新上传。",
    )
    with pytest.raises(NotFound):
        world.edit(world.open(by=COLLEAGUE), replace(A_PATROL, attachments=(mine,)), by=COLLEAGUE)


def test_pictures_of_a_discarded_draft_are_removed_in_the_night(world: Inspecting) -> None:
    shown, of_a_problem = world.uploads("一"), world.uploads("二")
    form = replace(
        A_PATROL, attachments=(shown,), problems=(a_statement(responsible=(), attachments=(of_a_problem,)),)
    )
    row = world.edit(world.open(), form)
    world.after(TWO_DAYS)
    assert world.system.app.files.clean_up() == (0, 0)
    world.discard(row)
    files = world.system.app.files
    assert set(files.attachments(world.actor(CITY_INSPECTOR), [shown, of_a_problem])) == {shown, of_a_problem}
    assert files.clean_up() == (2, 0)
    assert world.state.attachments == {}


def test_a_picture_that_is_taken_out_of_a_draft_is_removed_and_those_that_stay_are_not(
    world: Inspecting,
) -> None:
    stays, goes, comes_back = (world.uploads(name) for name in ("一", "二", "三"))
    form = replace(A_PATROL, attachments=(stays, goes, comes_back))
    row = world.edit(world.open(), form)
    row = world.edit(row, replace(form, attachments=(stays,)))
    row = world.edit(row, replace(form, attachments=(comes_back, stays)))
    world.after(TWO_DAYS)
    assert world.system.app.files.clean_up() == (1, 0)
    assert set(world.state.attachments) == {stays, comes_back}
    record = world.turn_in(row)
    world.after(TWO_DAYS)
    assert world.system.app.files.clean_up() == (0, 0)
    assert {file.inspection_id for file in world.state.attachments.values()} == {record.id}


def test_a_record_keeps_its_pictures_when_another_draft_is_discarded(world: Inspecting) -> None:
    picture = world.uploads("一")
    record = world.turn_in(world.edit(world.open(), replace(A_PATROL, attachments=(picture,))))
    world.discard(world.open(key="draft-0002"))
    world.after(TWO_DAYS)
    assert world.system.app.files.clean_up() == (0, 0)
    assert world.state.attachments[picture].inspection_id == record.id
