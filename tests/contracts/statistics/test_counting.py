"""Every figure of a statistic is the length of its list, for any data, filter and viewer; twin and databases agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from yanbao.adapters.clock import FixedClock
from yanbao.application.access import SYSTEM, Actor
from yanbao.application.alert.alerts import Alerts
from yanbao.application.policies import PolicyBook
from yanbao.application.ports.alert import AlertFilter
from yanbao.application.ports.counts import AlertDimension, ProblemDimension
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter
from yanbao.application.problem.problems import Problems
from yanbao.application.statistics import alerts as alert_statistics
from yanbao.application.statistics.alerts import AlertStatistics
from yanbao.application.statistics.inspections import (
    InspectionStatistics,
    InspectionStatisticsQuery,
    problems_of,
    records_of,
)
from yanbao.application.statistics.lines import Table
from yanbao.application.statistics.periods import Step
from yanbao.application.statistics.problems import ProblemStatistics
from yanbao.application.statistics.problems import rows_of as problem_rows_of
from yanbao.domain.alert.form import AlertKind, AlertLevel, RiskType
from yanbao.domain.alert.groups import AlertGroup
from yanbao.domain.alert.workflow import AlertState
from yanbao.domain.handling.durations import mean_of, p90_of, seconds_between
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.inspection.groups import OF_TARGETS, InspectionGroup
from yanbao.domain.problem.form import ProblemOrigin, Severity
from yanbao.domain.problem.groups import ProblemGroup
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.refusals import Refused

from ...support.builders import NOW, a_department_tree, a_region_tree
from ...support.inspections import COUNTY_BUREAU
from ...support.settling import settle_in
from ..conftest import World, emptied, memory_world, sql_world
from ..inspection.inspections import settle_inspectors
from .random_rows import FACTORY, OTHER_FACTORY, VIEWERS, Rows, days, moments, regions, rows

Ids = Callable[[Any], Sequence[Any]]

problem_filters = st.builds(
    ProblemFilter,
    to_department=st.sampled_from([None, None, None, COUNTY_BUREAU.id]),
    to_enterprise=st.sampled_from([None, None, None, FACTORY.id]),
    region_id=regions,
    origins=st.sampled_from([(), (), (ProblemOrigin.MINISTRY,)]),
    states=st.sampled_from([(), (), (ProblemState.CLOSED, ProblemState.ISSUED)]),
    severities=st.sampled_from([(), (), (Severity.MAJOR,)]),
    kinds=st.sampled_from([(), (), (InspectionKind.PATROL,)]),
    unfed_back=st.sampled_from([None, None, True, False]),
    text=st.sampled_from([None, None, "厂"]),
)
alert_filters = st.builds(
    AlertFilter,
    enterprise_id=st.sampled_from([None, None, None, FACTORY.id]),
    region_id=regions,
    kinds=st.sampled_from([(), (), *((kind,) for kind in AlertKind)]),
    levels=st.sampled_from([(), (), (AlertLevel.RED,)]),
    states=st.sampled_from([(), (), (AlertState.CLOSED, AlertState.ENDED)]),
    risk_types=st.sampled_from([(), (), (RiskType.STATIC,)]),
    unfed_back=st.sampled_from([None, None, True, False]),
)


@dataclass(frozen=True)
class Asked:
    """One statistic that somebody asks for."""

    viewer: Actor
    first_day: date
    last_day: date
    step: Step | None
    at: datetime | None
    overdue_only: bool
    problems: ProblemFilter
    by: ProblemDimension | None
    alerts: AlertFilter
    alerts_by: AlertDimension | None
    percentiles: bool


questions = st.builds(
    lambda viewer, days, step, at, overdue, problems, by, alerts, alerts_by, percentiles: Asked(
        viewer,
        *days,
        step,
        at,
        overdue,
        replace(problems, first_day=days[0], last_day=days[1]),
        by,
        replace(alerts, first_day=days[0], last_day=days[1]),
        alerts_by,
        percentiles,
    ),
    st.sampled_from(VIEWERS),
    days,
    st.sampled_from([None, *Step]),
    moments,
    st.sampled_from([False, False, True]),
    problem_filters,
    st.sampled_from([None, *ProblemDimension]),
    alert_filters,
    st.sampled_from([None, *AlertDimension]),
    st.sampled_from([True, True, False]),
)


@dataclass
class Counting:
    """One storage with the rows, and the statistics over it."""

    world: World

    def keep(self, rows: Rows) -> Counting:
        settle_in(self.world.storage, SYSTEM, *a_region_tree(), *a_department_tree(), OTHER_FACTORY)
        settle_inspectors(self.world.storage)
        with self.world.storage.work(SYSTEM) as work:
            for problem in rows.problems:
                work.problems.save(replace(problem))
            work.alerts.save_all([replace(alert) for alert in rows.alerts])
            for record in rows.records:
                work.inspections.save(replace(record))
            work.commit()
        return self

    def all_tables(self, asked: Asked) -> list[Any]:
        """Each statistic, or why it was refused."""
        of_inspections = [self.inspections(asked, kind) for kind in InspectionKind]
        tables = [self.problems(asked), self.alerts(asked), *of_inspections]
        for table in tables:
            if isinstance(table, Table):
                _check_sums(table)
        return tables

    def problems(self, asked: Asked) -> Any:
        found = Problems(self.world.storage, self.world.readers, FixedClock(NOW), PolicyBook())
        statistics = ProblemStatistics(self.world.readers, found, FixedClock(NOW))
        table = _outcome(
            lambda: statistics.table(
                asked.viewer,
                asked.problems,
                asked.by,
                asked.step,
                at=asked.at,
                overdue_only=asked.overdue_only,
                percentiles=asked.percentiles,
            )
        )
        if not isinstance(table, Table):
            return table
        reader = self.world.readers.problems

        def ids(where: Any) -> list[Any]:
            return _all(lambda page: reader.page(where, asked.viewer.scope, page))

        for line in _lines(table):
            lists = {group: ids(problem_rows_of(line, group)) for group in ProblemGroup}
            for group, listed in lists.items():
                assert getattr(line.counts, group.value.lower()) == len(listed), (line.label, group)
            times = [seconds_between(row.issued_at, row.fed_back_at) for row in lists[ProblemGroup.FED_BACK]]
            assert line.counts.mean_feedback_seconds == mean_of(sum(times), len(times))
            assert line.counts.p90_feedback_seconds == (p90_of(times) if asked.percentiles else None)
        return table

    def alerts(self, asked: Asked) -> Any:
        found = Alerts(self.world.storage, self.world.readers, FixedClock(NOW), PolicyBook())
        statistics = AlertStatistics(self.world.readers, found, FixedClock(NOW))
        table = _outcome(
            lambda: statistics.table(
                asked.viewer,
                asked.alerts,
                asked.alerts_by,
                asked.step,
                at=asked.at,
                overdue_only=asked.overdue_only,
                percentiles=asked.percentiles,
            )
        )
        if not isinstance(table, Table):
            return table
        reader = self.world.readers.alerts
        for line in _lines(table):
            for group in AlertGroup:
                where = alert_statistics.rows_of(line, group)
                listed = _all(lambda page, where=where: reader.page(where, asked.viewer.scope, page))
                assert getattr(line.counts, group.value.lower()) == len(listed), (line.label, group)
        return table

    def inspections(self, asked: Asked, kind: InspectionKind) -> Any:
        statistics = InspectionStatistics(self.world.readers, FixedClock(NOW))
        question = InspectionStatisticsQuery(
            kind,
            asked.first_day,
            asked.last_day,
            asked.problems.region_id,
            asked.step,
            asked.at,
            asked.percentiles,
        )
        table = _outcome(lambda: statistics.table(asked.viewer, question))
        if not isinstance(table, Table):
            return table
        problems = self.world.readers.problems
        for line in _lines(table):
            for group in InspectionGroup:
                where = records_of(line, group)
                listed = _all(lambda page, where=where: statistics.page(asked.viewer, where, page))
                targets = {row.target_enterprise_id or row.target_region_id for row in listed}
                counted = targets if group in OF_TARGETS else listed
                assert getattr(line.counts.records, group.value.lower()) == len(counted), (line.label, group)
            for problem_group in ProblemGroup:
                chosen = problems_of(line, problem_group)
                shown = _all(lambda page, where=chosen: problems.page(where, asked.viewer.scope, page))
                assert getattr(line.counts.problems, problem_group.value.lower()) == len(shown)
        return table


def _lines(table: Table[Any, Any]) -> list[Any]:
    """Every line of which anything is counted, and the first three of the others."""
    lines = [table.whole, *table.lines, *table.periods]
    blank = [line for line in lines if not _numbers(line.counts)]
    return [line for line in lines if line not in blank] + blank[:3]


NOT_ADDED = ("mean_feedback_seconds", "p90_feedback_seconds", "inspected", "seen_automatically")
"""Times, and targets that are counted once in a line."""


def _check_sums(table: Table[Any, Any]) -> None:
    """Lines and periods add up to the whole, each."""
    whole = _added([table.whole.counts])
    for lines in filter(None, (table.lines, table.periods)):
        assert _added([line.counts for line in lines]) == whole


def _added(counts: Sequence[Any]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for field in fields(one):
            value = getattr(one, field.name)
            parts = _added([value]) if is_dataclass(value) else {field.name: value}
            for name, number in parts.items():
                if name not in NOT_ADDED:
                    total[name] = total.get(name, 0) + number
    return total


def _numbers(counts: Any) -> list[int]:
    """Everything that is counted, without zeros."""
    values = [getattr(counts, field.name) for field in fields(counts)]
    return [
        n for value in values for n in (_numbers(value) if is_dataclass(value) else [value] * bool(value))
    ]


def _all(page: Callable[[Page], Any]) -> list[Any]:
    """The rows of the whole list, in pages of nine."""
    found: list[Any] = []
    after = None
    while True:
        part = page(Page(9, after))
        found += part.rows
        if not part.has_next:
            return found
        after = part.keys[-1]


def _outcome(act: Callable[[], object]) -> object:
    try:
        return act()
    except Refused as refusal:
        return type(refusal), refusal.args


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_figures_are_the_lengths_of_their_lists(request: pytest.FixtureRequest, database: str) -> None:
    engine: Engine = request.getfixturevalue(f"{database}_engine")
    seen: set[str] = set()

    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(rows(), st.lists(questions, min_size=3, max_size=3))
    def count(rows: Rows, asked: Sequence[Asked]) -> None:
        twin, real = (Counting(world).keep(rows) for world in (memory_world(), sql_world(emptied(engine))))
        for question in asked:
            found = [counting.all_tables(question) for counting in (twin, real)]
            assert found[0] == found[1]
            seen.update(type(each).__name__ for each in found[0])

    count()
    assert seen == {"Table", "tuple"}, "both tables and refusals were compared"
