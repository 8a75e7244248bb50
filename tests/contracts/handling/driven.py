"""Everything that happens to alerts, problems and certificates, in any order, on the twin and on a database at once.

Whatever is asked of both, both must answer alike, refusals included; and after each step both must keep the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.alert.watch import city_of
from yanbao.application.directory.directory import SaveCertificate
from yanbao.application.ports.inspection import InspectionRow
from yanbao.application.ports.work import UnitOfWork
from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import (
    AlertKind,
    AlertLevel,
    AlertOrigin,
    AlertStatement,
    RiskType,
    Verification,
    ministry_alert_id,
)
from yanbao.domain.alert.workflow import ALERT_CARRIERS, AlertAction
from yanbao.domain.deadlines import business_date, instant
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Department, DepartmentSnapshot, Person
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.handling.parties import Party
from yanbao.domain.inspection.form import InspectionForm
from yanbao.domain.policy import Policy
from yanbao.domain.problem.form import ProblemCategory, Severity
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.signed import Signed
from yanbao.domain.values import RegionId

from ...support.builders import CHANGAN, LINTONG, NOW
from ...support.inspecting import A_CHECK, A_PATROL, CITY_INSPECTOR, COUNTY_INSPECTOR, PROVINCE_INSPECTOR
from ...support.inspections import MICROSECOND, a_statement, fitting
from ...support.settling import settle_in
from ...support.system import send_texts
from ...support.world import DONGFENG, FAR, HEAD, LIMIN, PROVINCE_OFFICE
from ...support.world import LINTONG as LINTONG_BUREAU
from .looking import Asked, asked, in_sight, look_at_alerts, look_at_problems
from .side_by_side import SideBySide
from .two_stores import ACTORS, VIEWERS, Stage

PASSING: Final = [MICROSECOND, *(timedelta(minutes=m) for m in (16, 70, 9 * 60, 25 * 60, 4 * 24 * 60))]
ALERTED: Final = [DONGFENG, DONGFENG, FAR, LIMIN]
STEPS: Final = tuple(ALERT_CARRIERS)
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
statements = st.builds(
    AlertStatement,
    kind=st.sampled_from([AlertKind.RISK] * 5 + [AlertKind.CERTIFICATE]),
    level=st.sampled_from(AlertLevel),
    description=st.sampled_from(WORDS),
    occurred_at=st.just(NOW),
    risk_type=st.sampled_from([RiskType.OVER_PERSONS, RiskType.VIDEO_OFFLINE]),
    value=st.sampled_from(["", "12人"]),
)


class Handled(SideBySide):
    """The ministry, enterprises, departments and clocks act at any time, also too late, twice, and in vain."""

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
        """An alert and a problem of an enterprise, in any state; the watch has looked, and reminded, or not."""
        stated = AlertStatement(AlertKind.RISK, level, WORDS[0], NOW, RiskType.OVER_PERSONS)
        self.state_alert(1, 1, stated, DONGFENG, None)
        self.receive_problem(1, DONGFENG, Severity.GENERAL)
        for action in alert_path:
            self.step_of_alert(self.alerts[0], action)
        for step in problem_path:
            self.step_of_problem(self.problems[0], step)
        if at_once:
            self.saved_too_late(self.alerts[0])
        if watched:
            self.time_passes(timedelta(minutes=70))
            self.the_jobs_run()
            self.the_watch_looks(1)

    @rule(
        number=NUMBERS,
        of=st.sampled_from(ALERTED),
        stated=st.lists(
            st.tuples(
                st.sampled_from([1, 1, 1, 1, 2, 0, -1]),
                statements,
                st.sampled_from([None, None, "人员已撤离"]),
            ),
            min_size=1,
            max_size=4,
        ),
    )
    def the_ministry_states(
        self, number: int, of: Enterprise, stated: list[tuple[int, AlertStatement, str | None]]
    ) -> None:
        """Several times: newer versions change the alert, older ones nothing, and an end may come first."""
        for newer, statement, ended in stated:
            self.state_alert(number, newer, statement, of, ended)

    def state_alert(
        self, number: int, newer: int, statement: AlertStatement, of: Enterprise, ended: str | None
    ) -> None:
        """A version so many after the known one."""
        external_id = f"YJ-{number}"
        id = ministry_alert_id(external_id)
        stated = replace(statement, risk_type=None) if statement.kind is AlertKind.CERTIFICATE else statement

        def state(work: UnitOfWork) -> object:
            by = Signed(person_id=None, name="部级平台", at=self.clock.now())
            known = work.alerts.find(id)
            policy = Policy()
            version = max(1, newer + (2 if known is None else known.source_version))
            if known is not None:
                outcome = known.update(stated, source_version=version, by=by, policy=policy, ended=ended)
                work.alerts.save(known)
                return outcome
            region = work.enterprises.get(of.id, within=EVERYTHING).region_id
            work.alerts.save(
                Alert.open(
                    stated,
                    id=id,
                    origin=AlertOrigin.MINISTRY,
                    external_id=external_id,
                    addressee=Addressee(None, of.id, of.name, region, city_of(work, region)),
                    reviewer=DepartmentSnapshot.of(PROVINCE_OFFICE),
                    by=by,
                    policy=policy,
                    source_version=version,
                    ended=ended,
                )
            )
            return "opened"

        self.in_one_unit(state)

    @rule(
        number=NUMBERS,
        to=st.sampled_from([DONGFENG, FAR, LINTONG_BUREAU]),
        severity=st.sampled_from(Severity),
    )
    def receive_problem(self, number: int, to: Enterprise | Department, severity: Severity) -> None:
        """What was received before is refused."""

        def receive(work: UnitOfWork) -> object:
            enterprise = isinstance(to, Enterprise)
            region = work.enterprises.get(to.id, within=EVERYTHING).region_id if enterprise else LINTONG
            department, firm = (None, to.id) if enterprise else (to.id, None)
            problem = Problem.receive(
                a_statement(category=None, severity=severity, responsible=()),
                external_id=f"WT-{number}",
                addressee=Addressee(department, firm, to.name, region, city_of(work, region)),
                reviewer=DepartmentSnapshot.of(PROVINCE_OFFICE),
                at=self.clock.now(),
                policy=Policy(),
            )
            work.problems.save(problem)
            return problem.id

        self.in_one_unit(receive)

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
            allowed = [a for a in ProblemAction if a in problem.allowed_actions([*Party], now)]
            self.step_of_problem(
                id,
                data.draw(st.sampled_from([*allowed * 4, *ProblemAction])),
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
            self.state_alert(number, 1, seen.statement, DONGFENG, "人员已撤离")

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
