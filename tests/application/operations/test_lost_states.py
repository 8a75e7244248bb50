"""States of problems and alerts that went up and were lost with a restore are recognised by their ids."""

from __future__ import annotations

from yanbao.application.operations.lost_facts import lost_facts
from yanbao.application.ports.exchange import RecordKind
from yanbao.domain.alert.workflow import AlertAction
from yanbao.domain.exchange.duty import Topic
from yanbao.domain.problem.workflow import ProblemAction

from ...support.alerting import an_alerting, of_the_ministry
from ...support.builders import DAY, an_id
from ...support.rectification import a_rectification
from ...support.world import HEAD, PROVINCE_HEAD


def test_a_lost_state_of_a_problem_is_named_with_its_step() -> None:
    world, backup = a_rectification(), a_rectification()
    for one in (world, backup):
        _, id = one.state_problem()
    world.do(ProblemAction.ACKNOWLEDGE, PROVINCE_HEAD, id)
    received, acknowledged = sorted(world.duties(Topic.MINISTRY_PROBLEM), key=lambda duty: duty.revision)
    stray = an_id("of another database")
    held = [received.id, acknowledged.id, stray]
    found = lost_facts(backup.system.readers, RecordKind.PROBLEM, DAY, held, ())
    assert [(fact.id, fact.subject, fact.revision) for fact in found] == [
        (stray, None, None),
        (acknowledged.id, "问题BJ-1", 2),
    ]
    assert lost_facts(world.system.readers, RecordKind.PROBLEM, DAY, held[:2], ()) == []


def test_a_lost_state_of_an_alert_is_named_with_its_step() -> None:
    alert = of_the_ministry()
    world, backup = an_alerting().keep(alert), an_alerting().keep(of_the_ministry())
    world.do(AlertAction.ACKNOWLEDGE, HEAD, alert.id)
    (duty,) = world.duties(Topic.MINISTRY_ALERT)
    (fact,) = lost_facts(backup.system.readers, RecordKind.ALERT, DAY, [duty.id], ())
    assert (fact.subject, fact.revision) == ("预警W-1", 2)
