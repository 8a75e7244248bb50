"""The twin and a database, to both of which the same is done; what comes of it is compared at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import Engine

from yanbao.adapters.clock import FixedClock
from yanbao.domain.alert.workflow import ALERT_CARRIERS, AlertAction
from yanbao.domain.directory.certificate import Certificate
from yanbao.domain.directory.organisation import DepartmentSnapshot, Person
from yanbao.domain.exchange.inbound import InboundKind
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.handling.parties import Party
from yanbao.domain.problem.workflow import ProblemAction, carrier
from yanbao.domain.values import AlertId, ProblemId

from ...support.alerting import COMMANDS as ALERT_COMMANDS
from ...support.builders import NOW
from ...support.dates import in_days
from ...support.inbound import a_delivery
from ...support.inspecting import CITY_INSPECTOR, COUNTY_INSPECTOR, PROVINCE_INSPECTOR
from ...support.rectification import COMMANDS as PROBLEM_COMMANDS
from ...support.world import FAR, FAR_HEAD, HEAD
from .two_stores import CERTIFICATES, Numbered, Stage, on_both, outcome_of


class SideBySide(RuleBasedStateMachine):
    """Both stores, and what is known of them. `engine` and `numbered` are set by the test.

    `seen` is what has happened in any of the examples.
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

    def receive(self, kind: InboundKind, record: Mapping[str, Any]) -> None:
        """Receive the record in a message of its own, and process it."""
        message = a_delivery(record, id=f"M-{self.steps}", nonce=f"nonce-{self.steps:04}", kind=kind)
        self.both(lambda stage: stage.system.app.inbound.receive([message]))
        self.both(lambda stage: stage.system.app.inbound.take_due())

    def alike(self, read: Callable[[Stage], object]) -> None:
        twin, real = read(self.twin), read(self.real)
        assert twin == real

    def _notice_what_is_new(self) -> None:
        """What has come about is known from the twin; the other one must have it, too."""
        state = self.twin.state
        self.alerts += sorted(set(state.alerts) - set(self.alerts))
        self.problems += sorted(set(state.problems) - set(self.problems))
        self.seen |= {entry.action for alert in state.alerts.values() for entry in alert.timeline}
        self.seen |= {entry.action for problem in state.problems.values() for entry in problem.timeline}
        self.seen |= {message.kind for message in state.messages.values()}

    def step_of_alert(
        self,
        id: AlertId,
        action: AlertAction,
        *,
        by: Person | None = None,
        stale: int = 0,
        key: str | None = None,
        **detail: Any,
    ) -> None:
        """By whom it concerns unless somebody else is named, who may have seen an older revision."""
        (alert,) = self.twin.alerts([id])
        who = by or _whose(ALERT_CARRIERS[action], alert.addressee, alert.reviewer)
        command = ALERT_COMMANDS[action](id, alert.revision - stale, detail)
        self.both(lambda stage: stage.system.app.alerts.do(stage.actor(who), command, key=key))

    def step_of_problem(
        self,
        id: ProblemId,
        action: ProblemAction,
        *,
        by: Person | None = None,
        stale: int = 0,
        key: str | None = None,
        until: date | None = None,
    ) -> None:
        (problem,) = self.twin.problems_of([id])
        who = by or _whose(carrier(action, problem.origin), problem.addressee, problem.issuer)
        command = PROBLEM_COMMANDS[action](id, problem.revision - stale, {"until": until or in_days(12)})
        self.both(lambda stage: stage.system.app.problems.do(stage.actor(who), command, key=key))


def _whose(party: Party, addressee: Addressee, reviewer: DepartmentSnapshot) -> Person:
    """Somebody of that party who may take its steps."""
    inspectors = (PROVINCE_INSPECTOR, CITY_INSPECTOR, COUNTY_INSPECTOR)
    if party is Party.ADDRESSEE and addressee.enterprise_id is not None:
        return FAR_HEAD if addressee.enterprise_id == FAR.id else HEAD
    office = addressee.department_id if party is Party.ADDRESSEE else reviewer.id
    return next((one for one in inspectors if one.department_id == office), PROVINCE_INSPECTOR)
