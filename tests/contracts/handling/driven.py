"""Everything that happens to alerts, problems and certificates, in any order, on the twin and on a database at once.

Whatever is asked of both, both must answer alike, refusals included; and after each step both must keep the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from yanbao.application.access import SYSTEM
from yanbao.application.directory.directory import SaveCertificate
from yanbao.application.ports.inspection import InspectionRow
from yanbao.domain.alert.form import (
    AlertLevel,
    Verification,
    ministry_alert_id,
)
from yanbao.domain.alert.workflow import ALERT_CARRIERS, AlertAction
from yanbao.domain.deadlines import business_date, instant
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Person
from yanbao.domain.exchange.inbound import InboundKind
from yanbao.domain.handling.parties import Party
from yanbao.domain.inspection.form import InspectionForm
from yanbao.domain.problem.form import ProblemCategory, Severity, ministry_problem_id
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.values import AlertId, RegionId

from ...support.builders import CHANGAN, LINTONG, NOW
from ...support.inbound import a_patrol, a_spot_check, a_warning
from ...support.inspecting import A_CHECK, A_PATROL, CITY_INSPECTOR, COUNTY_INSPECTOR, PROVINCE_INSPECTOR
from ...support.inspections import MICROSECOND, a_statement, fitting
from ...support.rectification import COMMANDS as PROBLEM_COMMANDS
from ...support.settling import settle_in
from ...support.system import send_texts
from ...support.world import DONGFENG, FAR, HEAD, LIMIN
from .looking import Asked, asked, in_sight, look_at_alerts, look_at_problems
from .marking import Nudged, markers_and_their_lists
from .side_by_side import SideBySide
from .two_stores import ACTORS, EVERYBODY, VIEWERS, Stage

PASSING: Final = [MICROSECOND, *(timedelta(minutes=m) for m in (16, 70, 9 * 60, 25 * 60, 4 * 24 * 60))]
ALERTED: Final = [DONGFENG, DONGFENG, FAR, LIMIN]
STEPS: Final = tuple(ALERT_CARRIERS)
PROBLEM_STEPS: Final = tuple(PROBLEM_COMMANDS)
WORDS: Final = ["现场12人，核定8人。", "A区 100%_超温", "视频离线"]
_ALERT_FED_BACK: Final = (AlertAction.ACKNOWLEDGE, AlertAction.HANDLE, AlertAction.FEED_BACK)
ALERT_PATHS: Final = [
    (AlertAction.ACKNOWLEDGE, AlertAction.HANDLE, AlertAction.REPORT_PROGRESS),
    (*_ALERT_FED_BACK, AlertAction.RETURN, AlertAction.HANDLE),
    (*_ALERT_FED_BACK, AlertAction.CLOSE),
    *(_ALERT_FED_BACK[:steps] for steps in range(4)),
]
_FED_BACK: Final = (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK)
_MORE_TIME: Final = (ProblemAction.ACKNOWLEDGE, ProblemAction.REQUEST_EXTENSION)
PROBLEM_PATHS: Final = [
    (*_FED_BACK[:2], ProblemAction.REPORT_PROGRESS),
    (*_FED_BACK, ProblemAction.RETURN),
    (*_FED_BACK, ProblemAction.CLOSE),
    (*_MORE_TIME, ProblemAction.GRANT_EXTENSION, ProblemAction.RECTIFY),
    (*_MORE_TIME, ProblemAction.REFUSE_EXTENSION),
    *(_FED_BACK[:steps] for steps in range(4)),
]
NUMBERS: Final = st.integers(1, 3)
STALE: Final = st.sampled_from([0] * 9 + [1])
"""How many revisions before the newest one somebody has seen."""
KEYS: Final = st.sampled_from([None] * 6 + ["phone-0001"])
"""Of a client that may have used its key before."""
alert_statements = st.fixed_dictionaries(
    {
        "level": st.sampled_from([level.value for level in AlertLevel]),
        "kind": st.sampled_from(["RISK"] * 6 + ["CERTIFICATE"]),
        "description": st.sampled_from(WORDS),
        "ended": st.sampled_from([None, None, "人员已撤离"]),
    }
)
problem_statements = st.fixed_dictionaries(
    {
        "severity": st.sampled_from([severity.value for severity in Severity]),
        "category": st.sampled_from(["OTHER", "DUTY_ABSENCE"]),
        "description": st.sampled_from(WORDS),
        "withdrawn": st.sampled_from([None, None, None, "重复下发"]),
    }
)
NEWER: Final = st.sampled_from([1, 1, 1, 1, 2, 0, -1])
"""By how much a version is newer than the one that is known."""


class Handled(SideBySide):
    """The ministry, enterprises, departments and clocks act at any time, also too late, twice, and in vain."""

    nudged: Nudged | None = None

    # ------------------------------------------------------------ what comes from outside

    @initialize(
        level=st.sampled_from(AlertLevel),
        alert_path=st.sampled_from(ALERT_PATHS),
        problem_path=st.sampled_from(PROBLEM_PATHS),
        watched=st.booleans(),
        at_once=st.booleans(),
    )
    def something_has_come(
        self,
        level: AlertLevel,
        alert_path: Sequence[AlertAction],
        problem_path: Sequence[ProblemAction],
        watched: bool,
        at_once: bool,
    ) -> None:
        """An alert and a problem in any state, another alert at which nobody looks; and the watch has looked or not."""
        self.the_ministry_warns(1, DONGFENG, [(1, {"level": level.value, "kind": "RISK"})])
        self.the_ministry_finds(1, DONGFENG, [(1, {"severity": "GENERAL"})])
        for action in alert_path:
            self.step_of_alert(self.alerts[0], action)
        for step in problem_path:
            self.step_of_problem(self.problems[0], step)
        if at_once:
            self.saved_too_late(self.alerts[0])
        self.the_ministry_warns(2, FAR, [(1, {"level": "RED"})])
        self.time_passes(timedelta(minutes=70))
        self.the_jobs_run()
        if watched:
            self.the_watch_looks(1)

    @rule(
        number=NUMBERS,
        of=st.sampled_from(ALERTED),
        stated=st.lists(st.tuples(NEWER, alert_statements), min_size=1, max_size=4),
    )
    def the_ministry_warns(
        self, number: int, of: Enterprise, stated: Sequence[tuple[int, Mapping[str, Any]]]
    ) -> None:
        """Newer versions change the alert, older ones nothing, and an end may come before the beginning."""
        id = f"YJ-{number}"
        for newer, statement in stated:
            known = self.twin.state.alerts.get(ministry_alert_id(id))
            version = max(1, newer + (1 if known is None else known.source_version))
            self.receive(InboundKind.WARNING, a_warning(id, version, of=of, **statement))

    @rule(
        number=NUMBERS,
        of=st.sampled_from([DONGFENG, FAR, LINTONG]),
        stated=st.lists(st.tuples(NEWER, problem_statements), min_size=1, max_size=2),
    )
    def the_ministry_finds(
        self, number: int, of: Enterprise | RegionId, stated: Sequence[tuple[int, Mapping[str, Any]]]
    ) -> None:
        """A problem of an enterprise or of an area; it may be restated, withdrawn and stated again."""
        for newer, statement in stated:
            id = f"WT-{number}"
            known = self.twin.state.problems.get(ministry_problem_id(id))
            version = max(1, newer + (1 if known is None else known.source_version))
            if isinstance(of, Enterprise):
                self.receive(InboundKind.SPOT_CHECK_PROBLEM, a_spot_check(id, version, of, **statement))
            else:
                self.receive(InboundKind.PATROL_PROBLEM, a_patrol(id, version, of, **statement))

    @rule(number=NUMBERS, words=st.sampled_from(WORDS), steps=st.sampled_from([0, 0, 1]))
    def the_ministry_says_more_of_an_alert(self, number: int, words: str, steps: int) -> None:
        """A newer version of the same level in other words, or of a lower one."""
        known = self.twin.state.alerts.get(ministry_alert_id(f"YJ-{number}"))
        level = AlertLevel.ORANGE if known is None else known.level
        levels = list(AlertLevel)
        lower = levels[min(levels.index(level) + steps, len(levels) - 1)]
        self.the_ministry_warns(
            number, DONGFENG, [(1, {"level": lower.value, "kind": "RISK", "description": words})]
        )

    @rule(number=NUMBERS)
    def the_province_hands_a_problem_on(self, number: int) -> None:
        self.the_ministry_finds(number, LINTONG, [(1, {"severity": "GENERAL"})])
        self.step_of_problem(ministry_problem_id(f"WT-{number}"), ProblemAction.HAND_OVER)

    @precondition(lambda self: len(self.problems) < 8)
    @rule(
        by=st.sampled_from([CITY_INSPECTOR, COUNTY_INSPECTOR, PROVINCE_INSPECTOR]),
        whom=st.sampled_from([DONGFENG, LINTONG]),
        severity=st.sampled_from(Severity),
    )
    def inspect(self, by: Person, whom: Enterprise | RegionId, severity: Severity) -> None:
        """A record issues a problem."""
        usual: InspectionForm = A_CHECK if isinstance(whom, Enterprise) else A_PATROL
        found = a_statement(category=ProblemCategory.OTHER, severity=severity, responsible=(), attachments=())
        form = fitting(replace(usual, problems=(found,), observations="与表中数据一致，已现场核对。"))
        key = f"record-{self.steps:04}"
        row = self.both(lambda stage: stage.record(by, whom, form=form, key=key))
        if isinstance(row, InspectionRow):
            self.seen.add(row.kind)

    # ------------------------------------------------------------ what people do

    @rule(data=st.data())
    def carry_an_alert_on(self, data: st.DataObject) -> None:
        """Mostly by whom it concerns, as it stands, and with what may be done; else by anybody."""
        id = data.draw(st.sampled_from(self.alerts))
        for _ in range(data.draw(st.integers(1, 5))):
            (alert,) = self.twin.alerts([id])
            allowed = [a for a in STEPS if a in alert.allowed_actions([*Party], can_escalate=True)]
            self.step_of_alert(
                id,
                data.draw(st.sampled_from([*allowed * 4, *STEPS])),
                by=data.draw(st.sampled_from([None] * 20 + [*ACTORS])),
                stale=data.draw(STALE),
                key=data.draw(KEYS),
                verification=data.draw(st.sampled_from(Verification)),
                note=data.draw(st.sampled_from(["误", "现场核对，人员已撤", "现场核对，人员已撤"])),
            )

    @rule(data=st.data())
    def carry_a_problem_on(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(self.problems))
        for _ in range(data.draw(st.integers(1, 6))):
            (problem,) = self.twin.problems_of([id])
            now = self.clock.now()
            allowed = [a for a in PROBLEM_STEPS if a in problem.allowed_actions([*Party], now)]
            self.step_of_problem(
                id,
                data.draw(st.sampled_from([*allowed * 4, *PROBLEM_STEPS])),
                by=data.draw(st.sampled_from([None] * 20 + [*ACTORS])),
                stale=data.draw(STALE),
                key=data.draw(KEYS),
                until=business_date(now) + timedelta(days=data.draw(st.integers(-1, 12))),
            )

    @rule(data=st.data())
    def two_at_once(self, data: st.DataObject) -> None:
        self.saved_too_late(data.draw(st.sampled_from(self.alerts)))

    def saved_too_late(self, id: AlertId) -> None:
        """Somebody has read the alert before the ministry ends it: what is saved then is refused."""
        before = {stage.system.storage: stage.alerts([id])[0] for stage in (self.twin, self.real)}
        seen = before[self.twin.system.storage]
        if seen.external_id is not None:
            number = int(seen.external_id.removeprefix("YJ-"))
            ended = {"level": seen.level.value, "kind": seen.statement.kind.value, "ended": "人员已撤离"}
            self.the_ministry_warns(number, DONGFENG, [(1, ended)])

        def come_second(stage: Stage) -> object:
            mine = before[stage.system.storage]
            with stage.system.storage.work(SYSTEM) as work:
                work.alerts.save(mine)
                work.commit()
            return mine.version

        self.both(come_second)

    # ------------------------------------------------------------ what the clock does

    @rule(passing=st.sampled_from(PASSING))
    def time_passes(self, passing: timedelta) -> None:
        self.clock.moment += passing

    @rule(data=st.data(), offset=st.sampled_from([-1, 0, 0, 1]), run=st.booleans())
    def a_deadline_comes(self, data: st.DataObject, offset: int, run: bool) -> None:
        """Just before it, on it, or just after; then the jobs may run."""
        now = self.clock.now()
        terms = [t for alert in self.twin.alerts(self.alerts) for t in alert.running_terms]
        terms += [t for problem in self.twin.problems_of(self.problems) for t in problem.running_terms]
        moments: list[datetime] = sorted({t.due for t in terms if t.due > now})[:3]
        if moments:
            self.clock.moment = max(now, data.draw(st.sampled_from(moments)) + offset * MICROSECOND)
        if run:
            self.the_jobs_run()

    @rule()
    def the_jobs_run(self) -> None:
        """Reminders, reviews at which nobody has looked, and what is due to be sent."""
        self.both(lambda stage: stage.system.app.alert_reminders.remind())
        self.both(lambda stage: stage.system.app.alert_reviews.remind())
        self.both(lambda stage: stage.system.app.problem_reminders.remind())
        self.both(lambda stage: stage.system.app.problem_reviews.remind())
        self.both(lambda stage: send_texts(stage.system.app.texts))

    @rule(days=st.sampled_from([0, 1, 1, 7, 30]))
    def the_watch_looks(self, days: int) -> None:
        """At its time of the day, perhaps after days without it."""
        day = business_date(self.clock.now()) + timedelta(days=days)
        self.clock.moment = max(self.clock.moment, instant(day, NOW.time().replace(hour=8, minute=30)))
        self.both(lambda stage: stage.system.app.certificate_watch.look())

    # ------------------------------------------------------------ what moves around them

    @rule(data=st.data(), days=st.sampled_from([-1, 20, 400]), anew=st.booleans())
    def save_certificate(self, data: st.DataObject, days: int, anew: bool) -> None:
        """A renewal is a certificate of its own; or the one that is there gets another last day."""
        old = data.draw(st.sampled_from(self.certificates))
        saved = SaveCertificate(
            id=None if anew else old.id,
            kind=old.kind,
            number=old.number,
            enterprise_id=old.enterprise_id,
            person_id=old.person_id,
            issued_on=old.issued_on,
            expires_on=max(old.expires_on, business_date(self.clock.now())) + timedelta(days=days),
            review_due_on=old.review_due_on,
        )
        by = data.draw(st.sampled_from([PROVINCE_INSPECTOR] * 4 + [COUNTY_INSPECTOR, HEAD]))
        id = self.both(lambda stage: stage.system.app.directory.save_certificate(stage.actor(by), saved))
        if anew and not isinstance(id, tuple):
            self.certificates.append(replace(old, id=id, expires_on=saved.expires_on))

    @rule(region=st.sampled_from([LINTONG, CHANGAN]))
    def the_enterprise_moves(self, region: RegionId) -> None:
        moved = replace(DONGFENG, region_id=region)
        self.both(lambda stage: settle_in(stage.system.storage, SYSTEM, moved))

    # ------------------------------------------------------------ what is seen of it

    @rule(by=st.sampled_from(list(VIEWERS)), where=asked, size=st.integers(1, 4))
    def look(self, by: Person, where: Asked, size: int) -> None:
        now = self.clock.now()
        self.both(lambda stage: look_at_alerts(stage, by, where, now, size))
        self.both(lambda stage: look_at_problems(stage, by, where, now, size))

    @invariant()
    def both_keep_the_same(self) -> None:
        self.alike(lambda stage: stage.alerts(self.alerts))
        self.alike(lambda stage: stage.problems_of(self.problems))
        self.alike(lambda stage: stage.newest_of_the_trail(40))
        self.alike(lambda stage: stage.what_the_jobs_would_find(self.clock.now()))

    @invariant()
    def nobody_sees_what_lies_outside_the_scope(self) -> None:
        by = list(VIEWERS)[self.steps % len(VIEWERS)]
        for stage in (self.twin, self.real):
            in_sight(stage, by, self.alerts, self.problems)

    @invariant()
    def a_marker_counts_exactly_what_its_list_shows(self) -> None:
        by = EVERYBODY[self.steps % len(EVERYBODY)]
        self.alike(lambda stage: markers_and_their_lists(stage, by, self.clock.now()))

    @invariant()
    def whoever_sees_other_markers_has_been_nudged(self) -> None:
        if self.nudged is None:
            self.nudged = Nudged(self.twin)
        self.nudged.check()

    def teardown(self) -> None:
        """In the end everything is read, by everybody."""
        self.alike(lambda stage: stage.read_back())
        self.alike(lambda stage: stage.markers())
        self.alike(lambda stage: stage.system.readers.alerts.histories(self.alerts))
        self.alike(lambda stage: stage.system.readers.problems.histories(self.problems))
        now = self.clock.now()
        for by in VIEWERS:
            for stage in (self.twin, self.real):
                in_sight(stage, by, self.alerts, self.problems)
            self.both(lambda stage, b=by: look_at_alerts(stage, b, Asked(), now, 5))
            self.both(lambda stage, b=by: look_at_problems(stage, b, Asked(), now, 5))
