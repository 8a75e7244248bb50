"""Problems on the read side: rows, filters, scope and pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, Scope
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter, ProblemRow
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.deadlines import day_end, day_start
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.handling.terms import Phase
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.problem.form import ProblemCategory, ProblemOrigin, Severity
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.refusals import InvalidValue
from yanbao.domain.values import PersonId, ProblemId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    a_department_tree,
    an_enterprise,
    an_id,
    seen_as,
    seen_by,
    seen_from,
)
from ...support.inspections import (
    CITY_BUREAU,
    COLLEAGUE,
    COUNTY_BUREAU,
    FACTORY,
    MICROSECOND,
    PROVINCE_BUREAU,
    RESPONSIBLE,
    TO_THE_COUNTY,
    a_problem_in,
    a_statement,
    an_attachment,
    asking_for_more_time,
    issued,
)
from .problems import change, keep, later, made, settle_parties, take

ALL = Page(100)
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
PUCHENG_BUREAU = a_department_tree()[-1]
TO_PUCHENG = Addressee(PUCHENG_BUREAU.id, None, PUCHENG_BUREAU.name, PUCHENG, WEINAN)


@pytest.fixture
def storage(storage: Storage) -> Storage:
    settle_parties(storage)
    return storage


@pytest.fixture
def filled(storage: Storage) -> dict[str, Problem]:
    """A problem of every kind, by a name that says what is odd about it."""
    certificate = a_statement(category=ProblemCategory.CERTIFICATE, description="许可证过期 Permit_A")
    major = a_statement(severity=Severity.MAJOR, description="100%超量")
    problems = {
        "usual": made("usual"),
        "acknowledged": made("acknowledged", ProblemState.ACKNOWLEDGED, statement=certificate),
        "rectifying": made("rectifying", ProblemState.RECTIFYING, to=TO_THE_COUNTY),
        "fed back": made("fed back", ProblemState.FED_BACK, statement=major),
        "returned": made("returned", ProblemState.RETURNED, to=TO_PUCHENG),
        "closed": made("closed", ProblemState.CLOSED, at=NOW - timedelta(days=1)),
        "withdrawn": made(
            "withdrawn",
            ProblemState.WITHDRAWN,
            at=NOW + timedelta(days=1),
            statement=a_statement(responsible=(RESPONSIBLE, COLLEAGUE)),
        ),
        "of the ministry": made("of the ministry", origin=ProblemOrigin.MINISTRY, to=TO_THE_COUNTY),
        "by the province": replace(made("by the province"), issuer=PROVINCE_BUREAU),
    }
    keep(storage, *problems.values())
    return problems


def names(
    readers: Readers, problems: dict[str, Problem], scope: Scope = EVERYTHING, **detail: Any
) -> set[str]:
    where = ProblemFilter(**detail)
    found = [row.id for row in readers.problems.page(where, scope, ALL).rows]
    assert readers.problems.count(where, scope) == len(found)
    return {name for name, problem in problems.items() if problem.id in found}


# ---------------------------------------------------------------- rows


def test_a_row_says_everything_that_lists_show(storage: Storage, readers: Readers) -> None:
    statement = a_statement(
        severity=Severity.MAJOR,
        rectify_on=DAY + timedelta(days=9),
        attachments=(an_attachment("甲"), an_attachment("乙")),
    )
    problem = issued(statement=statement)
    keep(storage, problem)
    assert readers.problems.problems([problem.id], EVERYTHING)[problem.id] == ProblemRow(
        id=problem.id,
        origin=ProblemOrigin.DEPARTMENT,
        external_id=None,
        inspection_id=None,
        department_id=None,
        enterprise_id=FACTORY,
        addressee_name="东风烟花厂",
        region_id=LINTONG,
        issuer_id=CITY_BUREAU.id,
        issuer_name="西安市应急管理局",
        category=ProblemCategory.ON_SITE_VIOLATION,
        severity=Severity.MAJOR,
        description="3号工房在岗5人，超过核定4人。",
        rectify_on=DAY + timedelta(days=9),
        responsible=(RESPONSIBLE,),
        attachments=(an_attachment("甲"), an_attachment("乙")),
        issued_at=NOW,
        issued_by="赵检查",
        acknowledge_due=problem.term(Phase.ACKNOWLEDGE).due,
        feed_back_due=problem.term(Phase.FEED_BACK).due,
        rectify_due=day_end(DAY + timedelta(days=9)),
        state=ProblemState.ISSUED,
        acknowledged_at=None,
        first_feedback_at=None,
        fed_back_at=None,
        ended_at=None,
        extension_until=None,
        revision=1,
    )


def test_a_row_follows_what_happens(storage: Storage, readers: Readers) -> None:
    keep(storage, issued())
    id = issued().id
    steps = [
        ProblemAction.ACKNOWLEDGE,
        ProblemAction.REQUEST_EXTENSION,
        ProblemAction.GRANT_EXTENSION,
        ProblemAction.RECTIFY,
        ProblemAction.REPORT_PROGRESS,
        ProblemAction.REPORT_PROGRESS,
        ProblemAction.FEED_BACK,
        ProblemAction.RETURN,
        ProblemAction.RECTIFY,
        ProblemAction.FEED_BACK,
        ProblemAction.CLOSE,
    ]
    at = [NOW + timedelta(minutes=minutes) for minutes in range(len(steps) + 1)]
    seen: list[ProblemRow] = []
    for minutes, action in enumerate(steps, start=1):
        change(storage, id, take(action, minutes=minutes))
        seen.append(readers.problems.problems([id], EVERYTHING)[id])
    assert [row.revision for row in seen] == list(range(2, 13))
    assert [row.acknowledged_at for row in seen] == [at[1]] * 11
    assert [row.extension_until for row in seen] == [None, DAY + timedelta(days=30), *[None] * 9]
    assert [row.rectify_due for row in seen[2:7]] == [day_end(DAY + timedelta(days=30))] * 5
    assert [row.rectify_due for row in seen[7:]] == [day_end(DAY + timedelta(days=3))] * 4
    assert [row.first_feedback_at for row in seen] == [None] * 4 + [at[5]] * 7
    assert [row.fed_back_at for row in seen] == [None] * 6 + [at[7]] * 3 + [at[10]] * 2
    assert [row.ended_at for row in seen] == [None] * 10 + [at[11]]
    assert [row.state for row in seen[-2:]] == [ProblemState.FED_BACK, ProblemState.CLOSED]


def test_what_was_withdrawn_has_ended_and_asks_for_no_time(storage: Storage, readers: Readers) -> None:
    keep(storage, asking_for_more_time(issued()))
    change(storage, issued().id, take(ProblemAction.WITHDRAW))
    row = readers.problems.problems([issued().id], EVERYTHING)[issued().id]
    assert (row.ended_at, row.extension_until) == (later().at, None)


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"states": (ProblemState.CLOSED, ProblemState.WITHDRAWN)}, {"closed", "withdrawn"}),
        ({"states": (ProblemState.RETURNED,)}, {"returned"}),
        ({"states": (ProblemState.RETURNED,), "unfed_back": False}, set()),
        ({"unfed_back": False}, {"fed back", "closed", "withdrawn"}),
        (
            {"unfed_back": True, "kinds": (InspectionKind.SPOT_CHECK,)},
            {"usual", "acknowledged", "by the province"},
        ),
        ({"kinds": (InspectionKind.PATROL,)}, {"rectifying", "returned", "of the ministry"}),
        ({"kinds": tuple(InspectionKind), "categories": (ProblemCategory.CERTIFICATE,)}, {"acknowledged"}),
        ({"severities": (Severity.MAJOR,)}, {"fed back"}),
        ({"origins": (ProblemOrigin.MINISTRY,)}, {"of the ministry"}),
        ({"to_department": COUNTY_BUREAU.id}, {"rectifying", "of the ministry"}),
        ({"to_department": PUCHENG_BUREAU.id, "unfed_back": True}, {"returned"}),
        ({"to_department": CITY_BUREAU.id}, set()),
        ({"to_enterprise": FACTORY, "unfed_back": False}, {"fed back", "closed", "withdrawn"}),
        ({"to_enterprise": FACTORY, "to_department": COUNTY_BUREAU.id}, set()),
        ({"issuer_id": PROVINCE_BUREAU.id}, {"of the ministry", "by the province"}),
        ({"issuer_id": PROVINCE_BUREAU.id, "to_enterprise": FACTORY}, {"by the province"}),
        ({"issuer_id": CITY_BUREAU.id, "states": (ProblemState.FED_BACK,)}, {"fed back"}),
        ({"region_id": WEINAN}, {"returned"}),
        ({"region_id": PUCHENG, "unfed_back": True}, {"returned"}),
        ({"region_id": CHANGAN}, set()),
        ({"region_id": XIAN, "kinds": (InspectionKind.PATROL,)}, {"rectifying", "of the ministry"}),
        ({"first_day": TOMORROW}, {"withdrawn"}),
        ({"last_day": YESTERDAY}, {"closed"}),
        ({"first_day": YESTERDAY, "last_day": YESTERDAY}, {"closed"}),
        ({"responsible_id": COLLEAGUE}, {"withdrawn"}),
        ({"responsible_id": COLLEAGUE, "to_enterprise": FACTORY}, {"withdrawn"}),
        ({"responsible_id": PersonId(an_id("nobody"))}, set()),
        ({"text": " permit_a "}, {"acknowledged"}),
        ({"text": "100%"}, {"fed back"}),
        ({"text": "蒲城"}, {"returned"}),
        ({"text": "_"}, {"acknowledged"}),
        ({"text": "没有的"}, set()),
    ],
)
def test_a_filter_leaves_what_it_asks_for(
    readers: Readers, filled: dict[str, Problem], detail: dict[str, Any], expected: set[str]
) -> None:
    assert names(readers, filled, **detail) == expected


def test_without_a_filter_everything_is_there(readers: Readers, filled: dict[str, Problem]) -> None:
    assert names(readers, filled) == set(filled)
    assert names(readers, filled, text="  ") == set(filled)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (day_start(DAY) - MICROSECOND, YESTERDAY),
        (day_start(DAY), DAY),
        (day_end(DAY) - MICROSECOND, DAY),
        (day_end(DAY), TOMORROW),
    ],
)
def test_the_day_of_an_issue_is_the_one_in_shanghai(
    storage: Storage, readers: Readers, at: datetime, day: Any
) -> None:
    keep(storage, issued(at=at))
    found = [
        asked
        for asked in (YESTERDAY, DAY, TOMORROW)
        if readers.problems.count(ProblemFilter(first_day=asked, last_day=asked), EVERYTHING)
    ]
    assert found == [day]


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        (ProblemState.ISSUED, Phase.ACKNOWLEDGE),
        (ProblemState.ACKNOWLEDGED, Phase.FEED_BACK),
        (ProblemState.RETURNED, Phase.RECTIFY),
        (ProblemState.FED_BACK, None),
        (ProblemState.CLOSED, None),
        (ProblemState.WITHDRAWN, None),
    ],
)
def test_what_is_overdue_is_found_from_the_instant_at_which_it_is_due(
    storage: Storage, readers: Readers, state: ProblemState, phase: Phase | None
) -> None:
    problem = a_problem_in(state)
    keep(storage, problem)

    def overdue(at: datetime) -> int:
        return readers.problems.count(ProblemFilter(overdue_at=at), EVERYTHING)

    if phase is None:
        assert overdue(NOW + timedelta(days=365)) == 0
    else:
        due = problem.term(phase).due
        assert (overdue(due - MICROSECOND), overdue(due)) == (0, 1)


# ---------------------------------------------------------------- who sees it


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (seen_from(WEINAN), {"returned"}),
        (seen_from(CHANGAN), set()),
        (NOTHING, set()),
        (seen_by(an_enterprise("西风烟花厂")), set()),
        (
            seen_by(an_enterprise()),
            {"usual", "acknowledged", "fed back", "closed", "withdrawn", "by the province"},
        ),
    ],
)
def test_lists_show_what_is_in_scope(
    readers: Readers, filled: dict[str, Problem], scope: Scope, expected: set[str]
) -> None:
    assert names(readers, filled, scope) == expected
    ids = [problem.id for problem in filled.values()]
    assert readers.problems.problems(ids, scope).keys() == {filled[name].id for name in expected}


def test_scope_and_filter_are_both_kept_to(readers: Readers, filled: dict[str, Problem]) -> None:
    assert names(readers, filled, seen_from(XIAN), region_id=WEINAN) == set()
    assert names(readers, filled, seen_from(WEINAN), region_id=PROVINCE) == {"returned"}
    assert names(readers, filled, seen_from(WEINAN), to_department=COUNTY_BUREAU.id) == set()
    assert names(readers, filled, seen_from(WEINAN), issuer_id=PROVINCE_BUREAU.id) == set()
    assert names(readers, filled, seen_by(an_enterprise()), issuer_id=PROVINCE_BUREAU.id) == {
        "by the province"
    }
    everything_of_xian = set(filled) - {"returned"}
    assert names(readers, filled, seen_from(XIAN, LINTONG)) == everything_of_xian
    assert names(readers, filled, Scope(frozenset({WEINAN}), FACTORY)) == {
        *names(readers, filled, seen_by(an_enterprise())),
        "returned",
    }


def test_a_department_finds_what_it_is_a_party_to_wherever_that_lies_when_it_asks_for_it(
    readers: Readers, filled: dict[str, Problem]
) -> None:
    county, province = seen_as(COUNTY_BUREAU.id, WEINAN), seen_as(PROVINCE_BUREAU.id, CHANGAN)
    owed, issued_there = {"rectifying", "of the ministry"}, {"of the ministry", "by the province"}
    assert names(readers, filled, county, to_department=COUNTY_BUREAU.id) == owed
    assert names(readers, filled, province, issuer_id=PROVINCE_BUREAU.id) == issued_there
    assert names(readers, filled, county, to_department=COUNTY_BUREAU.id, region_id=WEINAN) == set()
    assert names(readers, filled, county, issuer_id=PROVINCE_BUREAU.id) == set()
    assert names(readers, filled, county) == {"returned"} and names(readers, filled, province) == set()
    ids = [problem.id for problem in filled.values()]
    for scope, expected in ((county, owed | {"returned"}), (province, issued_there)):
        assert readers.problems.problems(ids, scope).keys() == {filled[name].id for name in expected}


# ---------------------------------------------------------------- pages


def test_the_newest_issue_comes_first_and_then_the_ids_decide(storage: Storage, readers: Readers) -> None:
    problems = [made(f"第{n}个", at=NOW + timedelta(microseconds=n % 3)) for n in range(9)]
    keep(storage, *problems)
    expected = sorted(problems, key=lambda p: (-p.issued.at.microsecond, p.id))
    walked: list[ProblemId] = []
    after = None
    while True:
        page = readers.problems.page(ProblemFilter(), seen_from(XIAN), Page(2, after))
        walked += [row.id for row in page.rows]
        if not page.has_next:
            break
        after = page.keys[-1]
    assert walked == [problem.id for problem in expected]


@pytest.mark.parametrize("after", [("2026-11-24",), ("a", "b", "c")])
def test_a_position_of_another_list_is_refused(readers: Readers, after: tuple[str, ...]) -> None:
    with pytest.raises(InvalidValue):
        readers.problems.page(ProblemFilter(), EVERYTHING, Page(2, after))
