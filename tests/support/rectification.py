"""The small province with a problem in it: who issued it, who has to rectify it, and everything that can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from yanbao.application.access import SYSTEM
from yanbao.application.policies import PolicyBook
from yanbao.application.ports.inbound import MinistryProblem
from yanbao.application.ports.problem import ProblemHistory, ProblemRow
from yanbao.application.problem.commands import (
    AcknowledgeProblem,
    CloseProblem,
    FeedBack,
    GrantExtension,
    HandOverProblem,
    ProblemCommand,
    RectifyProblem,
    RefuseExtension,
    ReportProgress,
    RequestExtension,
    ReturnProblem,
    WithdrawProblem,
)
from yanbao.application.problem.from_ministry import state_problem
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.exchange.inbound import InboundKind
from yanbao.domain.handling.updates import UpdateOutcome
from yanbao.domain.problem.form import ProblemCategory, Severity
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.refusals import Refused
from yanbao.domain.values import ProblemId, RegionId

from .builders import DAY, NOW, a_person, an_id
from .builders import LINTONG as LINTONG_REGION
from .dates import in_days
from .inspections import INSPECTOR as INSPECTOR_ID
from .inspections import RESPONSIBLE as RESPONSIBLE_ID
from .inspections import a_feedback_form, a_problem_in, issued
from .system import send_texts
from .world import DONGFENG, HEADS, LINTONG, MANAGER, PROVINCE_OFFICE, STAFF, XIAN, World, a_world

INSPECTOR: Final = replace(a_person("赵检查", Role.INSPECTOR, of=XIAN), id=INSPECTOR_ID)
"""Of the city's bureau: issues the problems of the domain's builders."""
COLLEAGUE: Final = a_person("钱同事", Role.INSPECTOR, of=XIAN)
CITY_HEAD: Final = a_person("马局长", Role.DEPARTMENT_HEAD, of=XIAN)
COUNTY_INSPECTOR: Final = a_person("何检查", Role.INSPECTOR, of=LINTONG)
RESPONSIBLE: Final = replace(a_person("孙责任", Role.SAFETY_MANAGER, of=DONGFENG), id=RESPONSIBLE_ID)
"""Named in the problems of the domain's builders."""

PROVINCE_INSPECTOR: Final = a_person("邓督办", Role.INSPECTOR, of=PROVINCE_OFFICE)

NEWCOMERS: Final = (INSPECTOR, COLLEAGUE, CITY_HEAD, COUNTY_INSPECTOR, RESPONSIBLE, PROVINCE_INSPECTOR)
EVERYBODY: Final = (*STAFF, *HEADS, MANAGER, *NEWCOMERS)
MORE_TIME: Final = DAY + timedelta(days=20)


@dataclass
class Rectification(World):
    """A stage on which problems are issued and carried through."""

    def keep(self, *problems: Problem, by: Person | None = None) -> Rectification:
        """Store them as they are; what they announce is told."""
        with self.system.storage.work(SYSTEM if by is None else self.actor(by)) as work:
            for problem in problems:
                work.problems.save(problem)
            work.commit()
        return self

    def state_problem(
        self,
        external_id: str = "BJ-1",
        version: int = 1,
        *,
        area: RegionId | None = LINTONG_REGION,
        enterprise: Enterprise | None = None,
        withdrawn: str | None = None,
        **changes: Any,
    ) -> tuple[UpdateOutcome, ProblemId]:
        """The ministry states a problem: a patrol problem about the area, or a spot check of the enterprise."""
        kind = InboundKind.PATROL_PROBLEM if enterprise is None else InboundKind.SPOT_CHECK_PROBLEM
        stated = MinistryProblem(
            external_id=external_id,
            version=version,
            area_code=area,
            company_code=None if enterprise is None else enterprise.credit_code.text,
            category=ProblemCategory.DUTY_ABSENCE,
            severity=Severity.GENERAL,
            description="值班脱岗",
            rectify_on=in_days(10),
            found_at=self.system.clock.moment,
            withdrawn=withdrawn,
        )
        with self.system.storage.work(SYSTEM) as work:
            outcome = state_problem(
                work,
                replace(stated, **changes),
                kind,
                enterprise=enterprise,
                region_id=None if enterprise is not None else area,
                at=self.system.clock.now(),
                policies=PolicyBook(),
            )
            work.commit()
        return outcome

    def problem(self, id: ProblemId) -> Problem:
        """As it is stored."""
        with self.system.storage.work(SYSTEM) as work:
            found = work.problems.find(id)
        assert found is not None
        return found

    def history(self, id: ProblemId) -> ProblemHistory:
        return self.system.readers.problems.histories([id])[id]

    def do(
        self,
        action: ProblemAction,
        by: Person,
        id: ProblemId,
        *,
        revision: int | None = None,
        key: str | None = None,
        **detail: Any,
    ) -> ProblemRow:
        """The step as the use case takes it, for the newest revision unless another is named."""
        seen = self.problem(id).revision if revision is None else revision
        command = COMMANDS[action](id, seen, detail)
        return self.system.app.problems.do(self.actor(by), command, key=key)

    def send(self) -> list[tuple[str, str]]:
        """Send what is due, as the worker does; gives (who, text) of what has gone out since."""
        before = len(self.system.sms.sent)
        send_texts(self.system.app.texts)
        names = {person.phone.text: person.name for person in EVERYBODY}
        return [(names[sms.phone], sms.text) for sms in self.system.sms.sent[before:]]

    def remind(self, at: datetime | None = None) -> int:
        """Run the job, at that time."""
        if at is not None:
            self.system.clock.moment = at
        return self.system.app.problem_reminders.remind()


def a_rectification(at: datetime = NOW) -> Rectification:
    world = Rectification(a_world(opened=False).system)
    world.system.clock.moment = at
    world.settle(*NEWCOMERS)
    return world


def issued_as(name: object, **detail: Any) -> Problem:
    """One of several problems, each with an id of its own; its announcement still waits."""
    problem = issued(**detail)
    problem.id = ProblemId(an_id("problem", name))
    problem.events = [replace(event, problem_id=problem.id) for event in problem.events]  # type: ignore[call-arg]
    return problem


_FORM: Final = a_feedback_form(planned_on=in_days(38))

COMMANDS: Final[Mapping[ProblemAction, Callable[[ProblemId, int, dict[str, Any]], ProblemCommand]]] = {
    ProblemAction.ACKNOWLEDGE: lambda id, seen, detail: AcknowledgeProblem(id, seen),
    ProblemAction.RECTIFY: lambda id, seen, detail: RectifyProblem(id, seen),
    ProblemAction.REPORT_PROGRESS: lambda id, seen, detail: ReportProgress(
        id, seen, detail.get("form", _FORM)
    ),
    ProblemAction.FEED_BACK: lambda id, seen, detail: FeedBack(id, seen, detail.get("form", _FORM)),
    ProblemAction.CLOSE: lambda id, seen, detail: CloseProblem(id, seen, detail.get("note", "已核实")),
    ProblemAction.RETURN: lambda id, seen, detail: ReturnProblem(
        id, seen, detail.get("reason", "照片不清楚"), detail.get("rectify_on")
    ),
    ProblemAction.REQUEST_EXTENSION: lambda id, seen, detail: RequestExtension(
        id, seen, detail.get("until", MORE_TIME), "配件未到货"
    ),
    ProblemAction.GRANT_EXTENSION: lambda id, seen, detail: GrantExtension(id, seen, "同意"),
    ProblemAction.REFUSE_EXTENSION: lambda id, seen, detail: RefuseExtension(id, seen, "可先行整改"),
    ProblemAction.WITHDRAW: lambda id, seen, detail: WithdrawProblem(id, seen, "下发有误"),
    ProblemAction.HAND_OVER: lambda id, seen, detail: HandOverProblem(
        id,
        seen,
        detail.get("to", LINTONG).id,
        detail.get("instruction", "请现场核实"),
        detail.get("rectify_on"),
    ),
}
"""What is asked for by each action, as the tests mean it where they say no more."""


def refusal(act: Callable[[], object]) -> type[Refused] | None:
    """What the act is refused with, by its class; None when it is done."""
    try:
        act()
    except Refused as refused:
        return type(refused)
    return None


def with_a_problem(
    state: ProblemState = ProblemState.ISSUED, **detail: Any
) -> tuple[Rectification, ProblemId]:
    problem = a_problem_in(state, **detail)
    return a_rectification().keep(problem), problem.id
