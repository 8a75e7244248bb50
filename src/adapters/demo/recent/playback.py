"""Plays the story of the last days before the demo starts: the use cases themselves, at past instants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from ....application.access import SYSTEM, Actor
from ....application.alert.commands import (
    AcknowledgeAlert,
    AlertCommand,
    CloseAlert,
    FeedBackAlert,
    HandleAlert,
    ReportAlertProgress,
    ReturnAlert,
)
from ....application.app import Application
from ....application.exchange.pushes import KINDS
from ....application.ports.inbound import Delivery, DeliveryAnswer
from ....application.ports.readers import Readers
from ....application.ports.work import Storage
from ....application.problem.commands import (
    AcknowledgeProblem,
    CloseProblem,
    FeedBack,
    HandOverProblem,
    ProblemCommand,
    RectifyProblem,
    ReportProgress,
    ReturnProblem,
)
from ....domain.alert.form import ministry_alert_id
from ....domain.deadlines import business_date
from ....domain.directory.organisation import Role
from ....domain.exchange.duty import Topic
from ....domain.exchange.inbound import InboundKind
from ....domain.handling.feedback import FeedbackForm
from ....domain.problem.form import ministry_problem_id
from ....domain.values import DepartmentId, EnterpriseId, PersonId
from ..departments import PROVINCE
from ..enterprises import SHOW_COUNTY
from ..province import SHOW_CITY, Province
from .statements import ITEMS, Stated, external_id, first_version
from .story import Step, Verb, Who, in_order, over

UP: Final = (Topic.MINISTRY_PROBLEM, Topic.MINISTRY_ALERT)
_REGIONS: Final = {Who.COUNTY: SHOW_COUNTY, Who.CITY: SHOW_CITY, Who.PROVINCE: PROVINCE}
_SITUATION: Final = "已到现场核实，情况属实"
_MEASURES: Final = "已停止相关作业并落实整改责任人"


class SetClock(Protocol):
    """A clock that stands at `moment`."""

    moment: datetime

    def now(self) -> datetime: ...


class StatingMinistry(Protocol):
    """The ministry's side of the story, at the clock's instant."""

    def state(self, kind: InboundKind, stated: Sequence[Stated]) -> None:
        """Keep these versions as stated."""
        ...

    def delivery(self, kind: InboundKind, stated: Stated) -> tuple[int, Delivery]:
        """The message that brings this version, and its number among the sendings."""
        ...

    def answered(self, number: int, answer: DeliveryAnswer) -> None:
        """Keep what was answered to the message of this number."""
        ...


class LastDays:
    """The people, the clock and the items of the story. `app` works on `clock` and sends to `ministry`."""

    def __init__(
        self,
        app: Application,
        storage: Storage,
        readers: Readers,
        clock: SetClock,
        ministry: StatingMinistry,
        province: Province,
    ) -> None:
        self._app = app
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._ministry = ministry
        self._stated: dict[str, Stated] = {}
        self._offices: Mapping[Who, DepartmentId] = {
            who: next(one.id for one in province.departments if region in one.jurisdiction)
            for who, region in _REGIONS.items()
        }
        self._companies = [one.credit_code for one in province.enterprises[:3]]
        self._enterprises: list[EnterpriseId] = [one.id for one in province.enterprises[:3]]
        self._heads: dict[DepartmentId | EnterpriseId, PersonId] = {}
        for person in province.people:
            employer = person.department_id or person.enterprise_id
            if person.role in (Role.DEPARTMENT_HEAD, Role.ENTERPRISE_HEAD) and employer is not None:
                self._heads.setdefault(employer, person.id)

    def is_played(self) -> bool:
        """Whether the story is in the database already."""
        first = next(iter(ITEMS))
        with self._storage.work(SYSTEM) as work:
            return work.alerts.find(ministry_alert_id(external_id(first))) is not None

    def play(self, now: datetime, progress: Callable[[int, int], None]) -> int:
        """Play everything that lies before `now`; returns how many steps there were."""
        steps = in_order(now)
        for done, (at, step) in enumerate(steps, 1):
            self._clock.moment = at
            self._remind()
            self._take(step)
            self._settle()
            progress(done, len(steps))
        self._clock.moment = now
        self._remind()
        self._settle()
        return len(steps)

    # ------------------------------------------------------------ steps

    def _take(self, step: Step) -> None:
        if step.verb is Verb.STATE:
            known = self._stated.get(step.item)
            new = step.change(known) if known and step.change else self._first(step.item)
            self._state([new], step.item)
        elif step.verb is Verb.ENDED_FIRST:
            first = self._first(step.item)
            self._state([over("监测数值已恢复正常，预警解除。")(first), first], step.item)
        elif ITEMS[step.item].kind is InboundKind.WARNING:
            actor = self._actor(step)
            id = ministry_alert_id(external_id(step.item))
            self._app.alerts.do(
                actor, self._alert_command(step, self._app.alerts.rows(actor, [id])[id].revision)
            )
        else:
            actor = self._actor(step)
            problem_id = ministry_problem_id(external_id(step.item))
            revision = self._app.problems.rows(actor, [problem_id])[problem_id].revision
            self._app.problems.do(actor, self._problem_command(step, revision))

    def _first(self, item: str) -> Stated:
        return first_version(item, self._clock.now(), [str(one) for one in self._companies])

    def _state(self, stated: list[Stated], item: str) -> None:
        """State these versions, and deliver them in this order."""
        kind = ITEMS[item].kind
        self._ministry.state(kind, sorted(stated, key=lambda one: one.version))
        for one in stated:
            number, delivery = self._ministry.delivery(kind, one)
            self._receive(number, delivery)
        self._stated[item] = max(stated, key=lambda one: one.version)

    def _receive(self, number: int, delivery: Delivery) -> None:
        (answer,) = self._app.inbound.receive([delivery])
        self._ministry.answered(number, answer)
        while self._app.inbound.take_due():
            pass

    def _actor(self, step: Step) -> Actor:
        if step.by is Who.ENTERPRISE:
            company = ITEMS[step.item].company
            assert company is not None, "this item is about no enterprise"
            employer: DepartmentId | EnterpriseId = self._enterprises[company % len(self._enterprises)]
        else:
            employer = self._offices[step.by]
        actor = self._readers.access.actor(self._heads[employer])
        assert actor is not None, "everybody of the demo province works there"
        return actor

    def _alert_command(self, step: Step, revision: int) -> AlertCommand:
        id = ministry_alert_id(external_id(step.item))
        match step.verb:
            case Verb.ACKNOWLEDGE:
                return AcknowledgeAlert(id, revision)
            case Verb.HANDLE:
                return HandleAlert(id, revision, step.verification, "负责人已到现场")
            case Verb.REPORT_PROGRESS:
                return ReportAlertProgress(id, revision, self._progress())
            case Verb.FEED_BACK:
                return FeedBackAlert(id, revision, self._final())
            case Verb.CLOSE:
                return CloseAlert(id, revision, "处置得当，同意办结")
            case Verb.RETURN:
                return ReturnAlert(id, revision, "请补充说明误报的原因，并附检测记录")
        raise AssertionError(f"no alert can be {step.verb}")

    def _problem_command(self, step: Step, revision: int) -> ProblemCommand:
        id = ministry_problem_id(external_id(step.item))
        match step.verb:
            case Verb.ACKNOWLEDGE:
                return AcknowledgeProblem(id, revision)
            case Verb.RECTIFY:
                return RectifyProblem(id, revision)
            case Verb.REPORT_PROGRESS:
                return ReportProgress(id, revision, self._progress())
            case Verb.FEED_BACK:
                return FeedBack(id, revision, self._final())
            case Verb.CLOSE:
                return CloseProblem(id, revision, "整改到位，同意办结")
            case Verb.RETURN:
                return ReturnProblem(id, revision, "整改照片看不清部位，请补充")
            case Verb.HAND_OVER:
                return HandOverProblem(id, revision, self._offices[step.to], "请尽快核实整改，按期反馈")
        raise AssertionError(f"no problem can be {step.verb}")

    def _progress(self) -> FeedbackForm:
        planned = business_date(self._clock.now()) + timedelta(days=1)
        return FeedbackForm(_SITUATION, _MEASURES, progress="已完成一半", planned_on=planned)

    def _final(self) -> FeedbackForm:
        return FeedbackForm(_SITUATION, _MEASURES, outcome="已处置完毕，请予核查")

    # ------------------------------------------------------------ what follows

    def _remind(self) -> None:
        """Send the reminders that are due by now, as the jobs would have."""
        for job in (
            self._app.alert_reminders,
            self._app.alert_reviews,
            self._app.problem_reminders,
            self._app.problem_reviews,
        ):
            job.remind()

    def _settle(self) -> None:
        """Send what is due: the texts, and what goes up to the ministry."""
        assert set(UP) <= KINDS.keys()
        for topic in UP:
            while self._app.pushes.push_due(topic):
                pass
        while self._app.texts.send_due():
            pass
