"""Writes the weeks before the demo, day by day: what a running system would have kept, sent and counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol, Self

from ....application.access import SYSTEM, Actor
from ....application.app import Application
from ....application.inspection.sheet import Sheets
from ....application.operations.audit_entries import audit_entry
from ....application.ports.operations import AuditEntry
from ....application.ports.work import UnitOfWork
from ....domain.commitment.commitment import Commitment
from ....domain.commitment.report import Report
from ....domain.deadlines import business_date, day_start, instant
from ....domain.directory.events import DirectoryChanged, EnterpriseViewed
from ....domain.events import Announced
from ....domain.exchange.duty import Topic
from ....domain.handling.terms import next_mark_of
from ....domain.identity.events import LoggedIn
from ....domain.inspection.inspection import Inspection
from ....domain.inspection.week import closing_on
from ....domain.policy import Policy
from ....domain.problem.problem import Problem
from ..province import Province
from .cast import Cast, inspector_of
from .inspecting import Inspecting, Plan, Visit, carried_out
from .pushing import PastMinistry, push_day
from .rectifying import Step, life_of, take
from .reports import Reports, Written
from .stops import past_periods

_DAY_END: Final = Policy().auto_inspection_at
_WEEKLY: Final = (Topic.MINISTRY_PATROL, Topic.MINISTRY_SPOT_CHECK)
_SETTLED: Final = timedelta(minutes=1)
"""How long after its closing a week is frozen."""


class SetClock(Protocol):
    """A clock that stands at `moment`."""

    moment: datetime

    def now(self) -> datetime: ...


class PastWork(UnitOfWork, Protocol):
    """A unit of work without reactions: what follows from an event is written by the past itself."""

    def __enter__(self) -> Self: ...

    def add_commitments(self, written: Sequence[tuple[Commitment, Sequence[Report]]]) -> None:
        """Add new commitments, each with every version of its report, and count them."""
        ...

    def add_visits(self, log_ins: Sequence[LoggedIn], views: Sequence[EnterpriseViewed]) -> None: ...

    def newest_day(self, before: date) -> date | None:
        """The newest business date before this one that has commitments."""
        ...


class PastStorage(Protocol):
    def work(self) -> PastWork: ...


class History:
    """The past of one province. `app` works on `clock` and sends to `ministry`; both books then agree.

    A day is written in two transactions, so that an interrupted history goes on where it was.
    """

    def __init__(
        self,
        seed: int,
        province: Province,
        app: Application,
        storage: PastStorage,
        sheets: Sheets,
        clock: SetClock,
        ministry: PastMinistry,
    ) -> None:
        self._seed = seed
        self._province = province
        self._app = app
        self._storage = storage
        self._sheets = sheets
        self._clock = clock
        self._ministry = ministry
        self._cast = Cast(province)
        self._policy = Policy()
        self._inspecting = Inspecting(seed, self._cast)
        self._ahead: dict[date, list[Step]] = defaultdict(list)
        """The steps of open problems by the day on which they are taken."""

    def write(self, days: int, now: datetime, progress: Callable[[int, int], None]) -> None:
        """Write the `days` days before the day of `now`, or what of them is missing yet."""
        if not days:
            return
        today = business_date(now)
        first, last = today - timedelta(days=days), today - timedelta(days=1)
        with self._storage.work() as work:
            newest = work.newest_day(today)
        self._reports = Reports(self._seed, self._cast, self._policy, last)
        self._open_periods(first, last)
        for done in range(days):
            day = first + timedelta(days=done)
            self._write_day(day, again=newest is not None and day <= newest, known=first)
            progress(done + 1, days)
        self._clock.moment = now
        self._remind_from(now)
        self._freeze(today, now)
        # The job would seal weeks of entries in its first minute, while people use the demo.
        self._app.audit.seal()

    # ------------------------------------------------------------ one day

    def _write_day(self, day: date, *, again: bool, known: date) -> None:
        plan = self._inspecting.of_day(day)
        if not again:
            self._write_commitments(day, plan, day_start(known))
        self._write_inspections(day, plan)
        self._clock.moment = instant(day, _DAY_END)
        self._app.automatic_inspections.record(self._clock.moment)
        self._freeze(day, instant(day, time(23, 50)))

    def _write_commitments(self, day: date, plan: Plan, known_since: datetime) -> None:
        ids = [enterprise.id for enterprise in self._province.enterprises]
        with self._storage.work() as work:
            facts = work.facts.take(ids, day, at=self._reports.opened_at(day))
            written = self._reports.of_day(day, facts, known_since)
            # The calls come before the commit: what is sent again after an interruption changes nothing there.
            pushed = push_day(written, self._ministry, self._policy)
            log_ins = [*plan.log_ins, *self._log_ins_of(written)]
            work.add_commitments([(one.commitment, one.versions) for one in written])
            work.add_visits(log_ins, plan.views)
            work.outbox.add(pushed.duties)
            for attempt in pushed.attempts:
                work.outbox.log(attempt)
            people = {person.id: person for person in self._province.people}
            entries = [audit_entry(self._cast.actor(people[one.person_id]), one) for one in log_ins]
            for one in written:
                actor = SYSTEM if one.by is None else self._cast.actor(one.by)
                entries += _entries(actor, one.commitment.events)
            work.audit.add(sorted(entries, key=lambda entry: entry.at))
            work.commit()

    def _log_ins_of(self, written: Iterable[Written]) -> list[LoggedIn]:
        return [
            self._cast.log_in(one.by, one.versions[0].signed.at - timedelta(minutes=6))
            for one in written
            if one.by is not None
        ]

    def _write_inspections(self, day: date, plan: Plan) -> None:
        """Write the records of the day, what they issue, and the steps of problems that are taken on it."""
        with self._storage.work() as work:
            there = bool(plan.visits) and work.inspections.find(plan.visits[0].id) is not None
        records = [self._carried_out(visit, day) for visit in plan.visits]
        for _, problems, _ in records:
            for problem in problems:
                self._plan_ahead(problem)
        steps = sorted(self._ahead.pop(day, []), key=lambda step: (step.at, step.problem_id))
        if there:
            return
        new = {problem.id: problem for _, problems, _ in records for problem in problems}
        with self._storage.work() as work:
            entries: list[AuditEntry] = []
            moved = dict(work.problems.find_all([s.problem_id for s in steps if s.problem_id not in new]))
            for record, issued, actor in records:
                entries += _entries(actor, record.events)
                work.inspections.save(record)
                for problem in issued:
                    entries += _entries(actor, problem.events)
            moved |= new
            for step in steps:
                person = take(step, moved[step.problem_id], self._cast, self._policy)
                entries += _entries(self._cast.actor(person), moved[step.problem_id].events)
            for problem in moved.values():
                work.problems.save(problem)
            work.audit.add(sorted(entries, key=lambda entry: entry.at))
            work.commit()

    def _carried_out(self, visit: Visit, day: date) -> tuple[Inspection, tuple[Problem, ...], Actor]:
        region = self._cast.regions[visit.target.region_id]
        sheet = self._sheets.take(
            inspector_of(visit.office), visit.target, rank=region.level, day=day, at=visit.opened_at
        )
        record, problems = carried_out(visit, sheet, self._cast, self._policy)
        return record, problems, self._cast.actor(visit.office.inspector)

    def _plan_ahead(self, problem: Problem) -> None:
        for step in life_of(problem, self._seed):
            self._ahead[business_date(step.at)].append(step)

    # ------------------------------------------------------------ beside the days

    def _open_periods(self, first: date, last: date) -> None:
        """Register the shutdown periods of the past; those that are there stay as they are."""
        with self._storage.work() as work:
            entries: list[AuditEntry] = []
            for period in past_periods(self._seed, self._cast, first, last):
                target = (period.enterprise_id, period.region_id, period.first_day, period.last_day)
                if work.shutdown_periods.registered(*target):
                    continue
                work.shutdown_periods.save(period)
                assert period.registered is not None, "every period of the past has a registrar"
                at = period.registered.signed.at
                summary = f"{period.first_day} to {period.last_day}"
                entries.append(
                    audit_entry(SYSTEM, DirectoryChanged("ShutdownPeriod", str(period.id), summary, at))
                )
            work.audit.add(entries)
            work.commit()

    def _freeze(self, day: date, now: datetime) -> None:
        """Freeze the week that closes on this day, if it has closed by `now`, and push its rows."""
        closing = closing_on(day, self._policy)
        if closing is None or closing + _SETTLED > now:
            return
        self._clock.moment = closing + _SETTLED
        self._app.weekly.push(closing)
        for topic in _WEEKLY:
            while self._app.pushes.push_due(topic):
                pass

    def _remind_from(self, now: datetime) -> None:
        """Reminders go on from now: those of the past have been given, as it were."""
        with self._storage.work() as work:
            while waiting := work.problems.to_remind(now, limit=500):
                for problem in waiting:
                    work.problems.remind_again(
                        problem.id, next_mark_of(problem.running_terms, now, self._policy)
                    )
            work.commit()


def _entries(actor: Actor, events: list[Announced]) -> list[AuditEntry]:
    """The audit entries of the events, which are taken off their object."""
    entries = [audit_entry(actor, event) for event in events]
    events.clear()
    return entries
