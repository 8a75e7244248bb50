"""Everything that happens to alerts, problems and certificates, in any order, on the twin and on a database at once.

Whatever is asked of both, both must answer alike, refusals included; and after each step both must keep the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine

from yanbao.adapters.clock import FixedClock
from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.alert.watch import city_of
from yanbao.application.directory.directory import SaveCertificate
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
from yanbao.domain.directory.certificate import Certificate
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Department, DepartmentSnapshot, Person
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.handling.parties import Party
from yanbao.domain.inspection.form import InspectionForm
from yanbao.domain.policy import Policy
from yanbao.domain.problem.form import ProblemCategory, Severity
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction, carrier
from yanbao.domain.signed import Signed
from yanbao.domain.values import AlertId, ProblemId, RegionId

from ...support.builders import CHANGAN, LINTONG, NOW
from ...support.inspecting import A_CHECK, A_PATROL, CITY_INSPECTOR, COUNTY_INSPECTOR, PROVINCE_INSPECTOR
from ...support.inspections import MICROSECOND, a_statement, fitting
from ...support.settling import settle_in
from ...support.system import send_texts
from ...support.world import DONGFENG, FAR, FAR_HEAD, HEAD, LIMIN, PROVINCE_OFFICE
from ...support.world import LINTONG as LINTONG_BUREAU
from .looking import Asked, asked, in_sight, look_at_alerts, look_at_problems
from .two_stores import ACTORS, CERTIFICATES, VIEWERS, Numbered, Stage, on_both, outcome_of

PASSING: Final = [MICROSECOND, *(timedelta(minutes=m) for m in (16, 70, 9 * 60, 25 * 60, 4 * 24 * 60))]
ALERTED: Final = [DONGFENG, DONGFENG, FAR, LIMIN]
STEPS: Final = tuple(ALERT_CARRIERS)
WORDS: Final = ["现场12人，核定8人。", "A区 100%_超温", "视频离线"]
NUMBERS: Final = st.integers(1, 4)
statements = st.builds(
    AlertStatement,
    kind=st.sampled_from([AlertKind.RISK] * 5 + [AlertKind.CERTIFICATE]),
    level=st.sampled_from(AlertLevel),
    description=st.sampled_from(WORDS),
    occurred_at=st.just(NOW),
    risk_type=st.sampled_from([RiskType.OVER_PERSONS, RiskType.VIDEO_OFFLINE]),
    value=st.sampled_from(["", "12人"]),
)


class Handled(RuleBasedStateMachine):
    """The ministry, enterprises, departments and clocks act at any time, also too late, twice, and in vain.

    `engine` and `numbered` are set by the test; `seen` is what has happened in any of the examples.
    """

    engine: Engine
    numbered: ClassVar[Numbered]
    seen: ClassVar[set[object]]

    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock(NOW)
        self.twin, self.real = on_both(self.clock, self.engine)
        self.alerts: list[AlertId] = []
        self.problems: list[ProblemId] = []
        self.certificates: list[Certificate] = list(CERTIFICATES)
        self.steps = 0

    # ------------------------------------------------------------ what comes from outside

    @initialize(level=st.sampled_from(AlertLevel), data=st.data())
    def something_has_come(self, level: AlertLevel, data: st.DataObject) -> None:
        """An alert at an enterprise, and one problem; both are carried on a little."""
        stated = AlertStatement(AlertKind.RISK, level, WORDS[0], NOW, RiskType.OVER_PERSONS)
        self.state_alert(1, 2, stated, DONGFENG, None)
        self.receive_problem(1, DONGFENG, Severity.GENERAL)
        self.carry_an_alert_on(data)

    @rule(
        number=NUMBERS,
        version=st.integers(1, 6),
        statement=statements,
        of=st.sampled_from(ALERTED),
        ended=st.sampled_from([None, None, None, "人员已撤离"]),
    )
    def state_alert(
        self, number: int, version: int, statement: AlertStatement, of: Enterprise, ended: str | None
    ) -> None:
        """As the ministry does: a newer version changes the alert, an older one nothing, and an end may come first."""
        external_id = f"YJ-{number}"
        id = ministry_alert_id(external_id)
        stated = replace(statement, risk_type=None) if statement.kind is AlertKind.CERTIFICATE else statement

        def state(work: UnitOfWork) -> object:
            by = Signed(person_id=None, name="部级平台", at=self.clock.now())
            known = work.alerts.find(id)
            policy = Policy()
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
        found = a_statement(
            category=ProblemCategory.OTHER, severity=severity, responsible=(), attachments=()
        )
        form = fitting(replace(usual, problems=(found,)))
        key = f"record-{self.steps:04}"
        self.both(lambda stage: stage.record(by, whom, form=form, key=key))

    # ------------------------------------------------------------ what people do

    @rule(data=st.data())
    def carry_an_alert_on(self, data: st.DataObject) -> None:
        """Mostly by whom it concerns, as it stands, and with what may be done; else by anybody."""
        if not self.alerts:
            return
        id = data.draw(st.sampled_from(self.alerts))
        for _ in range(data.draw(st.integers(1, 5))):
            (alert,) = self.twin.alerts([id])
            allowed = [a for a in STEPS if a in alert.allowed_actions([*Party], can_escalate=True)]
            action = data.draw(st.sampled_from([*allowed * 4, *STEPS]))
            usual = self._whose(ALERT_CARRIERS[action], alert.addressee, alert.reviewer)
            by = data.draw(st.sampled_from([usual] * 20 + [*ACTORS]))
            detail = {
                "verification": data.draw(st.sampled_from(Verification)),
                "note": data.draw(st.sampled_from(["误", "现场核对，人员已撤"])),
            }
            seen, key = self._seen(data, alert.revision)
            self.both(
                lambda stage, b=by, a=action, s=seen, k=key, d=detail: stage.step_of_alert(b, a, id, s, k, d)
            )

    @rule(data=st.data())
    def carry_a_problem_on(self, data: st.DataObject) -> None:
        if not self.problems:
            return
        id = data.draw(st.sampled_from(self.problems))
        for _ in range(data.draw(st.integers(1, 6))):
            (problem,) = self.twin.problems_of([id])
            now = self.clock.now()
            allowed = [a for a in ProblemAction if a in problem.allowed_actions([*Party], now)]
            action = data.draw(st.sampled_from([*allowed * 4, *ProblemAction]))
            usual = self._whose(carrier(action, problem.origin), problem.addressee, problem.issuer)
            by = data.draw(st.sampled_from([usual] * 20 + [*ACTORS]))
            until = business_date(now) + timedelta(days=data.draw(st.integers(-1, 12)))
            seen, key = self._seen(data, problem.revision)
            self.both(
                lambda stage, b=by, a=action, s=seen, k=key, u=until: stage.step_of_problem(
                    b, a, id, s, k, until=u
                )
            )

    @rule(data=st.data())
    def two_at_once(self, data: st.DataObject) -> None:
        """Somebody has read the alert before the ministry ends it: what is saved then is refused."""
        if not self.alerts:
            return
        id = data.draw(st.sampled_from(self.alerts))
        before = {name: stage.alerts([id])[0] for name, stage in self._stages()}
        stated = before["twin"].statement
        number = int((before["twin"].external_id or "YJ-0").removeprefix("YJ-"))
        if number:
            self.state_alert(number, before["twin"].source_version + 1, stated, DONGFENG, "人员已撤离")

        def come_second(stage: Stage) -> object:
            mine = before["twin" if stage is self.twin else "real"]
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

    # ------------------------------------------------------------ how it is driven

    def both(self, act: Callable[[Stage], object]) -> Any:
        """Do the same on both and compare what comes of it, refusals included."""
        self.steps += 1
        outcomes = []
        for stage in (self.twin, self.real):
            self.numbered.begin(self.steps)
            outcomes.append(outcome_of(act, stage))
        twin, real = outcomes
        assert twin == real
        if isinstance(twin, tuple) and twin and isinstance(twin[0], str):
            self.seen.add(twin[0])
        self._notice_what_is_new()
        return twin

    def in_one_unit(self, act: Callable[[UnitOfWork], object]) -> Any:
        def committed(stage: Stage) -> object:
            with stage.system.storage.work(SYSTEM) as work:
                outcome = act(work)
                work.commit()
            return outcome

        return self.both(committed)

    def alike(self, read: Callable[[Stage], object]) -> None:
        twin, real = read(self.twin), read(self.real)
        assert twin == real

    def _stages(self) -> list[tuple[str, Stage]]:
        return [("twin", self.twin), ("real", self.real)]

    def _notice_what_is_new(self) -> None:
        """What has come about is known from the twin; the other one must have it, too."""
        state = self.twin.state
        self.alerts += sorted(set(state.alerts) - set(self.alerts))
        self.problems += sorted(set(state.problems) - set(self.problems))
        self.seen |= {entry.action for alert in state.alerts.values() for entry in alert.timeline}
        self.seen |= {entry.action for problem in state.problems.values() for entry in problem.timeline}
        self.seen |= {message.kind for message in state.messages.values()}

    def _whose(self, party: Party, addressee: Addressee, reviewer: DepartmentSnapshot) -> Person:
        """Somebody of that party who may take its steps."""
        if party is Party.ADDRESSEE:
            if addressee.enterprise_id is None:
                return COUNTY_INSPECTOR
            return FAR_HEAD if addressee.enterprise_id == FAR.id else HEAD
        inspectors = (PROVINCE_INSPECTOR, CITY_INSPECTOR, COUNTY_INSPECTOR)
        return next((one for one in inspectors if one.department_id == reviewer.id), PROVINCE_INSPECTOR)

    @staticmethod
    def _seen(data: st.DataObject, revision: int) -> tuple[int, str | None]:
        """The revision that was seen, mostly the newest; and a key that may have been used."""
        return (
            revision - data.draw(st.sampled_from([0] * 9 + [1])),
            data.draw(st.sampled_from([None] * 6 + ["phone-0001"])),
        )
