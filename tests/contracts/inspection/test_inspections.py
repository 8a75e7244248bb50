"""Inspections on the write side: every field comes back, drafts are their owner's, of two who change one is first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta
from threading import Barrier

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM, Scope
from yanbao.application.ports.inspection import InspectionFilter
from yanbao.application.ports.paging import Page
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.inspection.events import InspectionOpened, InspectionSubmitted
from yanbao.domain.inspection.form import (
    InspectionForm,
    Target,
)
from yanbao.domain.inspection.inspection import Inspection, InspectionState
from yanbao.domain.refusals import Conflict, NotFound
from yanbao.domain.signed import Origin
from yanbao.domain.values import SHANGHAI, DepartmentId, EnterpriseId, InspectionId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    WEINAN,
    XIAN,
    an_enterprise,
    an_id,
    seen_by,
    seen_from,
)
from ...support.inspections import (
    BELOW_THE_CITY,
    CITY_BUREAU,
    COLLEAGUE,
    COUNTY_BUREAU,
    FACTORY,
    INSPECTOR,
    PEOPLE,
    REGIONS_OF_THE_CITY,
    USUAL,
    a_check_form,
    a_check_target,
    a_draft,
    a_figure,
    a_patrol_target,
    a_sheet,
    a_visit,
    an_inspection_in,
    an_inspector,
    by,
)
from ...support.patience import PATIENCE
from ...support.settling import settle_in
from ..conftest import World
from .full_inspections import FULL_CHECK, FULL_PATROL, FULL_SHEET
from .inspections import settle_inspectors

TARGETS = pytest.mark.parametrize("target", [a_patrol_target(), a_check_target()], ids=["patrol", "check"])


@pytest.fixture
def world(world: World) -> World:
    settle_inspectors(world.storage)
    return world


def stored(storage: Storage, id: InspectionId) -> Inspection:
    with storage.work(SYSTEM) as work:
        return work.inspections.get(id, person_id=INSPECTOR, within=EVERYTHING)


def automatic(target: Target) -> Inspection:
    return Inspection.record_automatically(
        department=CITY_BUREAU, target=target, day=DAY, sheet=a_sheet(), at=NOW
    )


def counted(world: World) -> set[InspectionId]:
    return {
        row.id
        for row in world.readers.inspections.page(InspectionFilter(DAY, DAY), EVERYTHING, Page(50)).rows
    }


# ---------------------------------------------------------------- every field


@pytest.mark.parametrize(
    ("target", "form"), [(a_patrol_target(), FULL_PATROL), (a_check_target(), FULL_CHECK)]
)
def test_every_field_of_a_draft_and_of_a_record_comes_back(
    world: World, target: Target, form: InspectionForm
) -> None:
    draft = Inspection.open(
        key="draft-0001",
        inspector=an_inspector(),
        target=target,
        sheet=FULL_SHEET,
        departments=BELOW_THE_CITY,
        regions=REGIONS_OF_THE_CITY,
        at=NOW,
    )
    draft.edit(form, by=by())
    settle_in(world.storage, SYSTEM, draft)
    assert stored(world.storage, draft.id) == draft

    draft.submit(by=by(at=NOW + timedelta(minutes=1)), people=PEOPLE, policy=USUAL)
    settle_in(world.storage, SYSTEM, draft)
    record = stored(world.storage, draft.id)
    assert record == draft
    assert len(record.problem_ids) == len(form.problems)
    contents = world.readers.inspections.contents([draft.id])
    assert contents == {draft.id: (FULL_SHEET, form)}


@TARGETS
@pytest.mark.parametrize("state", InspectionState)
def test_every_state_comes_back_with_who_and_when(
    world: World, target: Target, state: InspectionState
) -> None:
    inspection = an_inspection_in(state, target)
    settle_in(world.storage, SYSTEM, inspection)
    assert stored(world.storage, inspection.id) == inspection


@TARGETS
def test_an_automatic_record_comes_back(world: World, target: Target) -> None:
    record = automatic(target)
    settle_in(world.storage, SYSTEM, record)
    assert stored(world.storage, record.id) == record
    assert record.submitted is not None
    assert record.submitted.person_id is None


@pytest.mark.parametrize("kind", EnterpriseKind)
def test_the_kind_of_the_checked_enterprise_is_kept(world: World, kind: EnterpriseKind) -> None:
    draft = a_draft(a_check_target(kind))
    settle_in(world.storage, SYSTEM, draft)
    assert stored(world.storage, draft.id).target == draft.target


def test_moments_are_given_back_in_utc_whatever_zone_they_came_in(world: World) -> None:
    local = NOW.astimezone(SHANGHAI)
    draft = a_draft(at=local)
    draft.sheet = a_sheet(a_figure(as_of=local), visits=(replace(a_visit(), last_at=local),))
    draft.sheet = replace(draft.sheet, taken_at=local)
    draft.submit(by=by(at=local), people=PEOPLE, policy=USUAL)
    settle_in(world.storage, SYSTEM, draft)
    read = stored(world.storage, draft.id)
    assert read.submitted is not None
    as_of = read.sheet.figures[0].as_of
    assert as_of is not None
    moments = [read.opened_at, read.submitted.at, read.sheet.taken_at, as_of, read.sheet.visits[0].last_at]
    assert moments == [NOW] * 5
    assert [moment.tzinfo for moment in moments] == [UTC] * 5


# ---------------------------------------------------------------- changes


def test_what_is_changed_and_not_saved_has_not_been_changed(world: World) -> None:
    draft = a_draft()
    settle_in(world.storage, SYSTEM, draft)
    with world.storage.work(SYSTEM) as work:
        found = work.inspections.find(draft.id)
        assert found is not None
        found.discard(by=by())
    assert stored(world.storage, draft.id).state is InspectionState.DRAFT


def test_nothing_is_kept_of_a_unit_of_work_that_is_left(world: World) -> None:
    with world.storage.work(SYSTEM) as work:
        work.inspections.save(a_draft())
        assert work.inspections.find(a_draft().id) is not None
    with world.storage.work(SYSTEM) as work:
        assert work.inspections.find(a_draft().id) is None


def test_the_second_of_two_who_change_the_same_draft_is_refused(world: World) -> None:
    settle_in(world.storage, SYSTEM, a_draft())
    one, two = stored(world.storage, a_draft().id), stored(world.storage, a_draft().id)
    one.edit(a_check_form(observations="甲"), by=by())
    two.edit(a_check_form(observations="乙"), by=by())
    settle_in(world.storage, SYSTEM, one)
    with pytest.raises(Conflict):
        settle_in(world.storage, SYSTEM, two)
    assert stored(world.storage, one.id).form.observations == "甲"


def test_the_second_of_two_who_open_the_same_draft_is_refused(world: World) -> None:
    settle_in(world.storage, SYSTEM, a_draft())
    with pytest.raises(Conflict):
        settle_in(world.storage, SYSTEM, a_draft())


def test_the_same_draft_saved_several_times_in_one_unit_of_work(world: World) -> None:
    draft = a_draft()
    with world.storage.work(SYSTEM) as work:
        for words in ("一", "二", "三"):
            draft.edit(a_check_form(observations=words), by=by())
            work.inspections.save(draft)
        work.commit()
    assert stored(world.storage, draft.id) == draft
    assert draft.version == 3


def test_what_happened_is_announced_once_it_is_saved(world: World) -> None:
    draft = a_draft()
    draft.submit(by=by(), people=PEOPLE, policy=USUAL)
    settle_in(world.storage, SYSTEM, draft, automatic(a_patrol_target()))
    (announced,) = [events for events in world.reacting.seen if events]
    assert [type(event) for event in announced] == [InspectionSubmitted, InspectionSubmitted]
    assert draft.events == []
    assert InspectionOpened not in map(type, announced)


@pytest.mark.parametrize(
    "unknown",
    [
        replace(a_check_target(), enterprise_id=EnterpriseId(an_id("nobody"))),
        replace(
            a_patrol_target(), department=replace(a_patrol_target().department, id=DepartmentId(an_id("?")))
        ),
    ],
)
def test_a_target_that_does_not_exist_is_refused(world: World, unknown: Target) -> None:
    with pytest.raises(NotFound):
        settle_in(world.storage, SYSTEM, automatic(unknown))


# ---------------------------------------------------------------- who sees it


@pytest.mark.parametrize("state", [InspectionState.DRAFT, InspectionState.DISCARDED])
def test_a_draft_is_seen_by_the_person_who_opened_it_and_nobody_else(
    world: World, state: InspectionState
) -> None:
    draft = an_inspection_in(state)
    settle_in(world.storage, SYSTEM, draft)
    with world.storage.work(SYSTEM) as work:
        assert work.inspections.get(draft.id, person_id=INSPECTOR, within=NOTHING) == draft
        for person in (COLLEAGUE, None):
            with pytest.raises(NotFound):
                work.inspections.get(draft.id, person_id=person, within=EVERYTHING)


def test_a_record_is_seen_from_above_and_never_from_below_or_beside(world: World) -> None:
    record = an_inspection_in(InspectionState.SUBMITTED)
    settle_in(world.storage, SYSTEM, record)
    with world.storage.work(SYSTEM) as work:
        for scope in (seen_from(XIAN), seen_from(PROVINCE), EVERYTHING):
            assert work.inspections.get(record.id, person_id=COLLEAGUE, within=scope) == record
        scopes: list[Scope] = [seen_from(LINTONG), seen_from(CHANGAN), seen_from(WEINAN), NOTHING]
        for scope in [*scopes, seen_by(an_enterprise())]:
            with pytest.raises(NotFound) as foreign:
                work.inspections.get(record.id, person_id=COLLEAGUE, within=scope)
        with pytest.raises(NotFound) as unknown:
            work.inspections.get(InspectionId(an_id("nothing")), person_id=COLLEAGUE, within=EVERYTHING)
    assert str(unknown.value) == str(foreign.value)


# ---------------------------------------------------------------- automatic records


@TARGETS
def test_a_manual_record_takes_the_place_of_the_automatic_one_of_that_day(
    world: World, target: Target
) -> None:
    other = automatic(a_check_target() if target == a_patrol_target() else a_patrol_target())
    record = automatic(target)
    settle_in(world.storage, SYSTEM, record, other)
    assert counted(world) == {record.id, other.id}
    with world.storage.work(SYSTEM) as work:
        work.inspections.replace_automatic(CITY_BUREAU.id, target, DAY - timedelta(days=1))
        work.inspections.replace_automatic(DepartmentId(an_id("?")), target, DAY)
        work.inspections.replace_automatic(CITY_BUREAU.id, target, DAY)
        work.commit()
    assert counted(world) == {other.id}
    assert stored(world.storage, record.id) == record


@TARGETS
def test_an_automatic_record_that_comes_after_the_manual_one_is_not_counted(
    world: World, target: Target
) -> None:
    manual = an_inspection_in(InspectionState.SUBMITTED, target)
    record = automatic(target)
    settle_in(world.storage, SYSTEM, manual, record)
    assert counted(world) == {manual.id}


@pytest.mark.parametrize("manual_first", [True, False])
def test_a_patrol_of_any_region_of_a_department_is_its_patrol_of_the_day(
    world: World, manual_first: bool
) -> None:
    here, elsewhere = (
        a_patrol_target(replace(COUNTY_BUREAU, region_id=region)) for region in (LINTONG, CHANGAN)
    )
    manual = an_inspection_in(InspectionState.SUBMITTED, here)
    record = automatic(elsewhere)
    settle_in(world.storage, SYSTEM, *((manual, record) if manual_first else (record, manual)))
    with world.storage.work(SYSTEM) as work:
        work.inspections.replace_automatic(CITY_BUREAU.id, here, DAY)
        work.commit()
    assert counted(world) == {manual.id}


@pytest.mark.parametrize("place", ["draft", "other day", "other target"])
def test_nothing_else_takes_its_place(world: World, place: str) -> None:
    settle_in(world.storage, SYSTEM, an_enterprise("西风烟花厂"))
    record = automatic(a_check_target())
    other = {
        "draft": a_draft(),
        "other day": an_inspection_in(InspectionState.SUBMITTED),
        "other target": an_inspection_in(
            InspectionState.SUBMITTED,
            replace(a_check_target(), enterprise_id=EnterpriseId(an_id("enterprise", "西风烟花厂"))),
        ),
    }[place]
    if place == "other day":
        other.business_date -= timedelta(days=1)
    settle_in(world.storage, SYSTEM, other, record)
    assert record.id in counted(world)


def test_of_a_manual_and_an_automatic_record_at_the_same_moment_one_counts(world: World) -> None:
    """Neither sees the other before it lands: whoever comes second waits, and then looks."""
    target = a_check_target()
    here = Barrier(2)

    def automatically() -> None:
        with world.storage.work(SYSTEM) as work:
            here.wait(PATIENCE)
            work.inspections.save(automatic(target))
            work.commit()

    def by_hand() -> None:
        with world.storage.work(SYSTEM) as work:
            here.wait(PATIENCE)
            work.inspections.save(an_inspection_in(InspectionState.SUBMITTED, target))
            work.inspections.replace_automatic(CITY_BUREAU.id, target, DAY)
            work.commit()

    if world.name == "sqlite":
        here = Barrier(1)  # It lets one write at a time from the beginning.
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(automatically), pool.submit(by_hand)]:
            done.result(PATIENCE)
    assert counted(world) == {an_inspection_in(InspectionState.SUBMITTED, target).id}


def test_an_automatic_record_cannot_exist_twice(world: World) -> None:
    settle_in(world.storage, SYSTEM, automatic(a_check_target()))
    with pytest.raises(Conflict):
        settle_in(world.storage, SYSTEM, automatic(a_check_target()))
    row = stored(world.storage, automatic(a_check_target()).id)
    assert row.origin is Origin.AUTO
    assert row.target == a_check_target()
    assert a_check_target().enterprise_id == FACTORY
