"""Inspections on the read side: rows, filters, scope, pages and drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM, Scope
from yanbao.application.ports.inspection import InspectionFilter, InspectionOrder, InspectionRow
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.organisation import Level
from yanbao.domain.inspection.form import Conclusion, InspectionKind
from yanbao.domain.inspection.inspection import InspectionState
from yanbao.domain.refusals import InvalidValue
from yanbao.domain.signed import Origin
from yanbao.domain.values import InspectionId, RegionId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    a_department,
    a_region,
    an_id,
    seen_by,
    seen_from,
)
from ...support.inspections import COLLEAGUE, INSPECTOR, a_draft
from ...support.settling import settle_in
from ..test_paging import walk
from .inspections import LINTONG_BUREAU, PUCHENG_BUREAU, WEINAN_BUREAU, XIAN_BUREAU
from .recorded import (
    AUTOMATIC,
    CHECK,
    FACTORY,
    IN_WEINAN,
    LAST_WEEK,
    OF_THE_COUNTY,
    OF_THE_PROVINCE,
    PATROL,
    REPLACED,
    TOMORROW,
    YESTERDAY,
    a_discarded_draft,
    keep_every_kind,
)

ALL = Page(100)
NAMES = {
    PATROL[0].id: "patrol",
    CHECK[0].id: "check",
    OF_THE_COUNTY[0].id: "of the county",
    IN_WEINAN[0].id: "in Weinan",
    OF_THE_PROVINCE[0].id: "of the province",
    AUTOMATIC.id: "automatic",
    REPLACED.id: "replaced",
}
THE_WEEK = InspectionFilter(LAST_WEEK, DAY)
EVERY_ONE = set(NAMES.values()) - {"replaced"}


@pytest.fixture(autouse=True)
def filled(storage: Storage) -> None:
    keep_every_kind(storage)


def found(readers: Readers, where: InspectionFilter = THE_WEEK, scope: Scope = EVERYTHING) -> set[str]:
    rows = readers.inspections.page(where, scope, ALL).rows
    assert readers.inspections.count(where, scope) == len(rows)
    return {NAMES[row.id] for row in rows}


# ---------------------------------------------------------------- rows and pages


@pytest.mark.parametrize("order", list(InspectionOrder), ids=lambda order: order.value)
def test_records_stand_by_submission_region_or_problems_on_pages_of_any_size(
    readers: Readers, order: InspectionOrder
) -> None:
    def newest(row: InspectionRow) -> tuple[object, ...]:
        assert row.submitted_at is not None
        return -row.business_date.toordinal(), -row.submitted_at.timestamp(), str(row.id)

    keys: dict[InspectionOrder, Callable[[InspectionRow], Any]] = {
        InspectionOrder.NEWEST: newest,
        InspectionOrder.REGION: lambda row: (row.target_region_id, *newest(row)),
        InspectionOrder.PROBLEMS: lambda row: (-row.problems, *newest(row)),
    }
    where = replace(THE_WEEK, replaced=True)
    whole = readers.inspections.page(where, EVERYTHING, ALL, order).rows
    assert len(whole) == len(NAMES) and list(whole) == sorted(whole, key=keys[order])
    for size in (1, 3):
        walked = walk(lambda page: readers.inspections.page(where, EVERYTHING, page, order), size)
        assert walked == list(whole)


def test_the_patrols_of_a_day_are_those_that_count_and_ones_own_drafts(
    storage: Storage, readers: Readers
) -> None:
    bureau = PATROL[0].inspector.department.id
    done = readers.inspections.patrols_on(bureau, DAY, None)
    assert [NAMES[row.id] for row in done] == ["patrol"]
    draft = a_draft()
    mine = readers.inspections.patrols_on(draft.inspector.department.id, DAY, INSPECTOR)
    drafts = {row.id for row in mine if row.state is InspectionState.DRAFT}
    assert drafts == {
        row.id for row in readers.inspections.drafts(INSPECTOR, ALL).rows if row.kind is InspectionKind.PATROL
    }
    assert readers.inspections.patrols_on(bureau, YESTERDAY, INSPECTOR) == []


def test_a_row_shows_what_the_record_is(readers: Readers) -> None:
    record = OF_THE_COUNTY[0]
    assert readers.inspections.inspections([record.id], EVERYTHING, person_id=None) == {
        record.id: InspectionRow(
            id=record.id,
            kind=InspectionKind.SPOT_CHECK,
            origin=Origin.MANUAL,
            state=InspectionState.SUBMITTED,
            business_date=DAY,
            department_id=LINTONG_BUREAU.id,
            department_name=LINTONG_BUREAU.name,
            department_region_id=LINTONG,
            person_id=COLLEAGUE,
            person_name="赵检查",
            target_department_id=None,
            target_enterprise_id=FACTORY.id,
            target_name=FACTORY.name,
            target_region_id=LINTONG,
            target_region_name=f"区域{LINTONG}",
            target_is_area=True,
            opened_at=instant(DAY, time(11, 0)),
            submitted_at=instant(DAY, time(11, 0)),
            conclusion=Conclusion.PROBLEMS_ISSUED,
            conclusion_text="已下发问题",
            problems=2,
            rectified_on_site=0,
            replaced=False,
            revision=record.revision,
        )
    }


def test_a_row_of_a_patrol_names_the_department(readers: Readers) -> None:
    ids = [PATROL[0].id, REPLACED.id, AUTOMATIC.id]
    rows = readers.inspections.inspections(ids, EVERYTHING, person_id=None)
    patrol, replaced, automatic = (rows[id] for id in ids)
    assert (patrol.target_department_id, patrol.target_name) == (LINTONG_BUREAU.id, LINTONG_BUREAU.name)
    assert (patrol.target_enterprise_id, patrol.replaced, replaced.replaced) == (None, False, True)
    assert (automatic.person_id, automatic.person_name, automatic.origin) == (None, "系统自动", Origin.AUTO)


@pytest.mark.parametrize("scope", [EVERYTHING, seen_from(XIAN), seen_from(LINTONG, WEINAN)])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_page_after_page_gives_every_row_once(readers: Readers, scope: Scope, size: int) -> None:
    whole = readers.inspections.page(THE_WEEK, scope, ALL)
    assert not whole.has_next
    paged: list[InspectionRow] = []
    page = readers.inspections.page(THE_WEEK, scope, Page(size))
    while page.rows:
        assert len(page.rows) == size or not page.has_next
        paged += page.rows
        page = readers.inspections.page(THE_WEEK, scope, Page(size, page.keys[-1]))
    assert paged == list(whole.rows)


@pytest.mark.parametrize("after", [("2026-11-24",), ("2026-11-24", "x", "y")])
def test_a_position_of_another_list_is_refused(readers: Readers, after: tuple[str, ...]) -> None:
    with pytest.raises(InvalidValue):
        readers.inspections.page(THE_WEEK, EVERYTHING, Page(5, after))


def test_a_position_among_drafts_is_none_among_records_and_the_other_way_round(readers: Readers) -> None:
    records = readers.inspections.page(THE_WEEK, EVERYTHING, Page(1))
    drafts = readers.inspections.drafts(INSPECTOR, Page(1))
    with pytest.raises(InvalidValue):
        readers.inspections.page(THE_WEEK, EVERYTHING, Page(5, drafts.keys[-1]))
    with pytest.raises(InvalidValue):
        readers.inspections.drafts(INSPECTOR, Page(5, records.keys[-1]))


# ---------------------------------------------------------------- filters


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, EVERY_ONE),
    ({"replaced": True}, EVERY_ONE | {"replaced"}),
    ({"first_day": DAY}, {"patrol", "of the county", "automatic"}),
    ({"last_day": YESTERDAY}, {"check", "in Weinan", "of the province"}),
    ({"first_day": TOMORROW, "last_day": TOMORROW}, set()),
    ({"kinds": (InspectionKind.PATROL,)}, {"patrol", "of the province"}),
    ({"kinds": tuple(InspectionKind)}, EVERY_ONE),
    ({"origins": (Origin.AUTO,)}, {"automatic"}),
    ({"origins": (Origin.MANUAL,)}, EVERY_ONE - {"automatic"}),
    ({"department_id": XIAN_BUREAU.id}, {"patrol", "check", "automatic"}),
    ({"department_id": PUCHENG_BUREAU.id}, set()),
    ({"target_department_id": LINTONG_BUREAU.id}, {"patrol"}),
    ({"target_enterprise_id": FACTORY.id}, {"check", "of the county"}),
    ({"target_enterprise_id": FACTORY.id, "department_id": XIAN_BUREAU.id}, {"check"}),
    ({"region_id": PROVINCE}, EVERY_ONE),
    ({"region_id": XIAN}, EVERY_ONE - {"in Weinan"}),
    ({"region_id": LINTONG}, {"patrol", "check", "of the county"}),
    ({"region_id": WEINAN}, {"in Weinan"}),
    ({"region_id": RegionId("999999")}, set()),
    ({"with_problems": True}, {"patrol", "of the county"}),
    ({"with_problems": False}, {"check", "in Weinan", "of the province", "automatic"}),
    ({"conclusions": (Conclusion.PROBLEMS_ISSUED,)}, {"patrol", "of the county"}),
    ({"conclusions": (Conclusion.NOT_VERIFIED,)}, {"automatic"}),
    ({"conclusions": tuple(Conclusion)}, EVERY_ONE),
    ({"text": "蒲城"}, {"in Weinan"}),
    ({"text": " dUTY "}, {"patrol"}),
    ({"text": "50%库房_"}, {"check"}),
    ({"text": "50%库房.."}, set()),
    ({"text": "   "}, EVERY_ONE),
    ({"text": "未经人工核查"}, {"automatic"}),
    ({"text": "未发现问题"}, {"check", "in Weinan", "of the province"}),
    (
        {"text": "烟花", "kinds": (InspectionKind.SPOT_CHECK,), "region_id": LINTONG},
        {"check", "of the county"},
    ),
]


@pytest.mark.parametrize(("detail", "expected"), FILTERS)
def test_a_filter_finds_what_it_says(readers: Readers, detail: dict[str, Any], expected: set[str]) -> None:
    assert found(readers, replace(THE_WEEK, **detail)) == expected


SCOPES: list[tuple[Scope, set[str]]] = [
    (seen_from(PROVINCE), EVERY_ONE),
    (seen_from(XIAN), {"patrol", "check", "of the county", "automatic"}),
    (seen_from(LINTONG), {"of the county"}),
    (seen_from(CHANGAN), set()),
    (seen_from(WEINAN), {"in Weinan"}),
    (seen_from(PUCHENG), set()),
    (seen_from(LINTONG, WEINAN), {"of the county", "in Weinan"}),
    (seen_from(LINTONG, XIAN), {"patrol", "check", "of the county", "automatic"}),
    (seen_by(FACTORY), set()),
    (NOTHING, set()),
]


@pytest.mark.parametrize(("scope", "expected"), SCOPES)
def test_a_superior_sees_its_subordinates_and_never_the_reverse_or_sideways(
    readers: Readers, scope: Scope, expected: set[str]
) -> None:
    assert found(readers, scope=scope) == expected
    rows = readers.inspections.inspections(list(NAMES), scope, person_id=None)
    assert {NAMES[id] for id in rows} - {"replaced"} == expected
    for detail, all_of_them in FILTERS:
        where = replace(THE_WEEK, **detail)
        if not where.replaced:
            assert found(readers, where, scope) == all_of_them & expected, detail


def test_records_stay_where_they_were_when_a_department_or_an_enterprise_moves(
    storage: Storage, readers: Readers
) -> None:
    moved = a_department("临潼区应急管理局", level=Level.COUNTY, over=[PUCHENG], parent=WEINAN_BUREAU)
    settle_in(storage, SYSTEM, moved, replace(FACTORY, region_id=PUCHENG, name="改名厂"))
    assert found(readers, scope=seen_from(LINTONG)) == {"of the county"}
    assert found(readers, scope=seen_from(WEINAN)) == {"in Weinan"}
    assert found(readers, replace(THE_WEEK, region_id=LINTONG)) == {"patrol", "check", "of the county"}
    assert found(readers, replace(THE_WEEK, text="东风")) == {"check", "of the county"}


def test_records_move_with_their_region_to_another_parent(storage: Storage, readers: Readers) -> None:
    settle_in(storage, SYSTEM, a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN))
    assert found(readers, scope=seen_from(XIAN)) == {"patrol", "check", "automatic"}
    assert found(readers, scope=seen_from(WEINAN)) == {"of the county", "in Weinan"}
    assert found(readers, replace(THE_WEEK, region_id=WEINAN)) == {
        "patrol",
        "check",
        "of the county",
        "in Weinan",
    }


# ---------------------------------------------------------------- drafts and contents


def test_drafts_are_their_owners_the_oldest_first(storage: Storage, readers: Readers) -> None:
    newer = a_draft(key="draft-0002", at=NOW + timedelta(hours=1))
    older = a_draft(key="draft-0003", at=NOW - timedelta(hours=1))
    settle_in(storage, SYSTEM, newer, older)
    rows = readers.inspections.drafts(INSPECTOR, ALL).rows
    assert [row.id for row in rows] == [older.id, a_draft().id, newer.id]
    assert all(row.state is InspectionState.DRAFT and row.submitted_at is None for row in rows)
    first = readers.inspections.drafts(INSPECTOR, Page(2))
    assert first.has_next
    assert readers.inspections.drafts(INSPECTOR, Page(2, first.keys[-1])).rows == rows[2:]
    assert readers.inspections.drafts(COLLEAGUE, ALL).rows == []


def test_a_draft_is_a_row_for_its_owner_only(readers: Readers) -> None:
    id = a_draft().id
    assert set(readers.inspections.inspections([id], NOTHING, person_id=INSPECTOR)) == {id}
    assert readers.inspections.inspections([id], EVERYTHING, person_id=COLLEAGUE) == {}
    assert readers.inspections.inspections([id], EVERYTHING, person_id=None) == {}


def test_a_discarded_draft_is_in_no_list(readers: Readers) -> None:
    discarded = a_discarded_draft()
    assert discarded.id not in {row.id for row in readers.inspections.drafts(INSPECTOR, ALL).rows}
    rows = readers.inspections.inspections([discarded.id], EVERYTHING, person_id=INSPECTOR)
    assert rows[discarded.id].state is InspectionState.DISCARDED


def test_contents_of_many_and_of_none(readers: Readers) -> None:
    unknown = InspectionId(an_id("nothing"))
    ids = [PATROL[0].id, AUTOMATIC.id, unknown]
    contents = readers.inspections.contents(ids)
    assert contents == {
        PATROL[0].id: (PATROL[0].sheet, PATROL[0].form),
        AUTOMATIC.id: (AUTOMATIC.sheet, AUTOMATIC.form),
    }
    assert readers.inspections.contents([]) == {}
