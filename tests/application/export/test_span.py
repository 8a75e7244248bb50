"""No export covers more than five years: neither by the days asked for, nor by what a list without days has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.export.exports import RequestExport
from yanbao.application.ports.alert import AlertFilter
from yanbao.application.ports.inbox import InboxMessageFilter, InboxRecordFilter
from yanbao.application.ports.problem import ProblemFilter
from yanbao.application.statistics.periods import MOST_DAYS
from yanbao.domain.alert.groups import AlertGroup
from yanbao.domain.alert.workflow import AlertAction, AlertState
from yanbao.domain.deadlines import day_end
from yanbao.domain.export.job import ExportSpanTooLong
from yanbao.domain.export.kind import ExportKind
from yanbao.domain.problem.groups import ProblemGroup
from yanbao.domain.problem.workflow import ProblemState

from ...contracts.alert.alerts import take
from ...support.alerting import of_the_ministry
from ...support.builders import NOW
from ...support.dates import in_days
from ...support.inspections import MICROSECOND, by
from ...support.rectification import Rectification, a_rectification, issued_as
from ...support.world import PROVINCE_DUTY

TODAY: Final = in_days(0)
FIVE_YEARS_AGO: Final = TODAY - timedelta(days=MOST_DAYS)
"""The last day that is too long ago."""
FILTERS: Final[Mapping[ExportKind, Any]] = {
    ExportKind.PROBLEMS: ProblemFilter,
    ExportKind.ALERTS: AlertFilter,
    ExportKind.INBOX_MESSAGES: InboxMessageFilter,
    ExportKind.INBOX_RECORDS: InboxRecordFilter,
}


@pytest.fixture
def world() -> Rectification:
    return a_rectification()


def count(world: Rectification, kind: ExportKind, **where: Any) -> int:
    catalogue, actor = world.system.app.exports._catalogue, world.actor(PROVINCE_DUTY)
    return catalogue.count(actor, kind, catalogue.selection_of(kind, FILTERS[kind](**where)))


def keep_one_of_each(world: Rectification, at: datetime) -> None:
    """A problem that was withdrawn and an alert that has ended, at this time."""
    problem, alert = issued_as("old", at=at), of_the_ministry(external_id="old", at=at)
    problem.withdraw("误发", by=by(at=at))
    take(AlertAction.END, at)(alert)
    with world.system.storage.work(SYSTEM) as work:
        work.problems.save(problem)
        work.alerts.save(alert)
        work.commit()


@pytest.mark.parametrize("kind", FILTERS)
def test_the_days_asked_for_are_five_years_at_most(world: Rectification, kind: ExportKind) -> None:
    longest = {"first_day": FIVE_YEARS_AGO + timedelta(days=1), "last_day": TODAY}
    assert count(world, kind, **longest) == 0
    for field, where in (
        ("lastDay", longest | {"first_day": FIVE_YEARS_AGO}),
        ("firstDay", {"first_day": FIVE_YEARS_AGO}),
    ):
        with pytest.raises(ExportSpanTooLong, match="一次最多导出5年（1830天），现为1831天") as refused:
            count(world, kind, **where)
        assert refused.value.field == field


@pytest.mark.parametrize("kind", [ExportKind.PROBLEMS, ExportKind.ALERTS])
def test_a_list_without_days_is_refused_when_it_has_rows_of_more_than_five_years(
    world: Rectification, kind: ExportKind
) -> None:
    too_old = day_end(FIVE_YEARS_AGO)
    keep_one_of_each(world, too_old)
    assert count(world, kind) == 1
    older = a_rectification()
    keep_one_of_each(older, too_old - MICROSECOND)
    with pytest.raises(
        ExportSpanTooLong, match=f"{FIVE_YEARS_AGO}及以前还有数据.*指定开始日期，或只导出未办结"
    ) as refused:
        count(older, kind)
    assert refused.value.field == "firstDay"
    # With an earlier last day the five years end there.
    assert count(older, kind, last_day=TODAY - timedelta(days=1)) == 1


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (ExportKind.PROBLEMS, {"unfed_back": True}),
        (ExportKind.PROBLEMS, {"overdue_at": NOW}),
        (ExportKind.PROBLEMS, {"states": (ProblemState.ISSUED, ProblemState.FED_BACK)}),
        (ExportKind.PROBLEMS, {"group": ProblemGroup.UNFED_BACK}),
        (ExportKind.ALERTS, {"unfed_back": True}),
        (ExportKind.ALERTS, {"overdue_at": NOW}),
        (ExportKind.ALERTS, {"states": (AlertState.OPEN,)}),
        (ExportKind.ALERTS, {"group": AlertGroup.OVERDUE, "overdue_at": NOW}),
    ],
)
def test_what_is_still_open_is_exported_at_any_age(
    world: Rectification, kind: ExportKind, where: dict[str, Any]
) -> None:
    long_ago = day_end(FIVE_YEARS_AGO) - timedelta(days=300)
    with world.system.storage.work(SYSTEM) as work:
        work.problems.save(issued_as("owed", at=long_ago))
        work.alerts.save(of_the_ministry(external_id="owed", at=long_ago))
        work.commit()
    assert count(world, kind, **where) == 1
    with pytest.raises(ExportSpanTooLong):
        count(world, kind, last_day=TODAY)


def test_a_request_that_is_refused_leaves_nothing_behind(world: Rectification) -> None:
    command = RequestExport(ExportKind.PROBLEMS, ProblemFilter(first_day=date(2001, 1, 1)))
    with pytest.raises(ExportSpanTooLong):
        world.system.app.exports.request(world.actor(PROVINCE_DUTY), command)
    assert not world.state.exports
