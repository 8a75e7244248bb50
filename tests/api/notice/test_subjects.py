"""Every kind of message links to what it is about, and shows it to the receiver in the same query."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.domain.alert.form import AlertLevel
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.report.report import ReportKind

from ...support.asking import (
    REOPEN,
    SUBMIT,
    TODAY,
    World,
    a_world,
    commitment_of,
    id_of,
    stopped_form,
)
from ...support.dates import in_days
from ...support.notices import a_message
from ..alert.alerting import opened, restate
from ..alert.test_alerts import step as alert_step
from ..exchange.inboxing import garbled, received
from ..problem.issuing import to_the_factory
from ..problem.stating import COUNTY as PUCHENG
from ..problem.stating import department, hand_over, stated
from ..problem.test_problems import FINAL, step

SUBJECTS = {
    MessageKind.COMMITMENT_UNREPORTED: {"Commitment", "Region"},
    MessageKind.COMMITMENT_ESCALATED: {"Region"},
    MessageKind.COMMITMENT_REOPENED: {"Commitment"},
    MessageKind.EXCHANGE_ALARM: {"ExchangeEntry", "InboxMessage", "InboxRecord"},
    MessageKind.PROBLEM_ISSUED: {"Problem"},
    MessageKind.PROBLEM_FED_BACK: {"Problem"},
    MessageKind.PROBLEM_CLOSED: {"Problem"},
    MessageKind.PROBLEM_RETURNED: {"Problem"},
    MessageKind.PROBLEM_WITHDRAWN: {"Problem"},
    MessageKind.PROBLEM_HANDED_OVER: {"Problem"},
    MessageKind.PROBLEM_RESTATED: {"Problem"},
    MessageKind.PROBLEM_REOPENED: {"Problem"},
    MessageKind.EXTENSION_REQUESTED: {"Problem"},
    MessageKind.EXTENSION_GRANTED: {"Problem"},
    MessageKind.EXTENSION_REFUSED: {"Problem"},
    MessageKind.PROBLEM_REMINDER: {"Problem"},
    MessageKind.PROBLEM_OVERDUE: {"Problem"},
    MessageKind.SHUTDOWN_DECLARED: {"ShutdownPeriod"},
    MessageKind.SHUTDOWN_ANNULLED: {"ShutdownPeriod"},
    MessageKind.SHUTDOWN_ENDING: {"ShutdownPeriod"},
    MessageKind.REVIEW_WAITING: {"Problem"},
    MessageKind.ALERT_OPENED: {"Alert"},
    MessageKind.ALERT_RAISED: {"Alert"},
    MessageKind.ALERT_LOWERED: {"Alert"},
    MessageKind.ALERT_REOPENED: {"Alert"},
    MessageKind.ALERT_ENDED: {"Alert"},
    MessageKind.ALERT_FED_BACK: {"Alert"},
    MessageKind.ALERT_CLOSED: {"Alert"},
    MessageKind.ALERT_RETURNED: {"Alert"},
    MessageKind.ALERT_ESCALATED: {"Alert"},
    MessageKind.ALERT_REMINDER: {"Alert"},
    MessageKind.ALERT_OVERDUE: {"Alert"},
    MessageKind.ALERT_REVIEW_WAITING: {"Alert"},
    MessageKind.CERTIFICATE_EXPIRING: {"Alert"},
    MessageKind.REPORT_READY: {"RegionReport"},
}
MINE = "{ viewer { messages(first: 100) { nodes { kind subjectId subject { __typename id } } } } }"
HEAD, COUNTY = "enterprise-head", "county-inspector"


def _commitments(world: World) -> None:
    world.submit(world.enterprises[1])
    for minute in ("10:00", "12:00"):
        world.at(minute).system.app.commitment_reminders.remind(world.now)
    world.submit(world.red)
    answer = world("county-duty").change(REOPEN, id=commitment_of(world.red), reason="数字有误")
    assert answer["__typename"] == "CommitmentSaved"


def _problems(world: World) -> None:
    done, withdrawn, waiting, _ = (to_the_factory(world.at("13:00"), number) for number in range(1, 5))
    step(world(COUNTY), "withdrawProblem", withdrawn, 1, reason="下发有误")
    steps: list[tuple[str, str, dict[str, Any]]] = [
        (HEAD, "acknowledgeProblem", {}),
        (HEAD, "rectifyProblem", {}),
        (HEAD, "requestExtension", {"until": f"{in_days(20)}", "reason": "配件未到"}),
        (COUNTY, "refuseExtension", {"reason": "可以先行整改"}),
        (HEAD, "requestExtension", {"until": f"{in_days(20)}", "reason": "配件仍未到"}),
        (COUNTY, "grantExtension", {"note": "同意"}),
        (HEAD, "feedBackProblem", {"feedback": FINAL}),
        (COUNTY, "returnProblem", {"reason": "照片不清楚"}),
        (HEAD, "rectifyProblem", {}),
        (HEAD, "feedBackProblem", {"feedback": FINAL}),
        (COUNTY, "closeProblem", {"note": "已核实"}),
    ]
    _take(world, done, steps)
    _take(world, waiting, [*steps[:2], steps[6]])
    for days in range(1, 12):
        world.at("10:00", TODAY + timedelta(days=days))
        world.system.app.problem_reminders.remind()
        world.system.app.problem_reviews.remind()


def _take(world: World, id: str, steps: list[tuple[str, str, dict[str, Any]]]) -> None:
    for revision, (who, name, more) in enumerate(steps, 1):
        assert step(world(who), name, id, revision, **more)["__typename"] == "ProblemSaved", name


def _problems_of_the_ministry(world: World) -> None:
    world.at("13:00")
    id = stated(world)
    answer = hand_over(world("province-head"), id, 1, department(world, PUCHENG))
    assert answer["__typename"] == "ProblemSaved", answer
    stated(world, version=2, description="值班室仍无人")
    stated(world, version=3, withdrawn="重复下发")
    stated(world, version=4)


def _alerts(world: World) -> None:
    """An alert through every step, one that nobody looks at, and the certificate watch."""
    world.at("13:00")
    done, waiting = opened(world, "W-1"), opened(world, "W-2")
    restate(world, "W-1", level=AlertLevel.RED)
    restate(world, "W-1", level=AlertLevel.YELLOW)
    restate(world, "W-1", ended="人员已撤离")
    restate(world, "W-1", value="14人")
    answer = [
        (HEAD, "acknowledgeAlert", {}),
        (HEAD, "handleAlert", {"verification": "TRUE"}),
        (HEAD, "feedBackAlert", {"feedback": FINAL}),
    ]
    for first, id in ((5, done), (1, waiting)):
        for revision, (who, name, more) in enumerate(answer, first):
            assert alert_step(world(who), name, id, revision, **more)["__typename"] == "AlertSaved", name
    alert_step(world("county-head"), "returnAlert", done, 8, reason="照片不清楚")
    for revision, (who, name, more) in enumerate(answer[1:], 9):
        alert_step(world(who), name, done, revision, **more)
    alert_step(world("county-head"), "closeAlert", done, 11, note="已核实")
    escalated = opened(world, "W-3")
    assert alert_step(world("county-head"), "escalateAlert", escalated, 1, reason="逾期")["__typename"]
    for minutes in range(0, 600, 20):
        world.system.clock.moment = world.now + timedelta(minutes=minutes)
        world.system.app.alert_reminders.remind()
        world.system.app.alert_reviews.remind()
    world.at("08:30", TODAY + timedelta(days=400)).system.app.certificate_watch.look()
    world.at("13:00")


def _stops(world: World) -> None:
    for of in (world.enterprises[5], world.enterprises[6]):
        stoppage = {"reason": "OWN_DECISION", "note": "设备检修", "expectedResumption": f"{in_days(3)}"}
        answer = world.head_of(of).change(
            SUBMIT, id=id_of(of), day=f"{TODAY}", form=stopped_form(stoppage=stoppage)
        )
        assert answer["__typename"] == "CommitmentSaved", answer
    declared = [p for p in world.state.shutdown_periods.values() if p.source.value == "ENTERPRISE"]
    world.system.app.resumption_reminders.remind(declared[0].last_day)
    answer = world("province-head").change(
        "mutation($id: ID!, $reason: String!) { cancelShutdownPeriod(id: $id, reason: $reason) @ }",
        id=id_of(declared[1]),
        reason="现场检查发现仍在生产",
    )
    assert answer["__typename"] == "DirectorySaved", answer


def _exchange(world: World) -> None:
    world.system.ministry.lose_next()
    world.at("12:30").system.app.pushes.push_due()
    assert world.system.app.pushes.reconcile(TODAY).lost
    received(world)
    garbled(world)


def _reports(world: World) -> None:
    world.at("12:31").system.app.report_making.make(ReportKind.DAILY, TODAY)


@pytest.fixture(scope="module")
def busy() -> World:
    world = a_world()
    _commitments(world)
    _exchange(world)
    _reports(world)
    _stops(world)
    _problems(world)
    _problems_of_the_ministry(world)
    _alerts(world)
    return world


def _received(world: World) -> list[dict[str, Any]]:
    """All messages of everybody with an account, as they see them."""
    people = {account.person_id: account.username for account in world.state.accounts.values()}
    receivers = {message.receiver_id for message in world.state.messages.values()}
    usernames = sorted(people[id] for id in receivers & set(people))
    return [node for name in usernames for node in world(name).ask(MINE)["viewer"]["messages"]["nodes"]]


def test_every_kind_of_message_links_to_its_subject_and_shows_it(busy: World) -> None:
    found: dict[MessageKind, set[str]] = {}
    for node in _received(busy):
        kind, subject = MessageKind[node["kind"]], node["subject"]
        assert subject is not None and subject["id"] == node["subjectId"], node
        found.setdefault(kind, set()).add(subject["__typename"])
    assert found == SUBJECTS


def test_no_kind_is_missing_in_this_table() -> None:
    assert set(SUBJECTS) == set(MessageKind)


def test_what_the_receiver_may_no_longer_see_keeps_its_link_and_shows_nothing(busy: World) -> None:
    foreign = next(
        p for p in busy.state.shutdown_periods.values() if p.enterprise_id == busy.enterprises[9].id
    )
    head = next(p for p in busy.state.people.values() if p.enterprise_id == busy.red.id)
    message = replace(a_message(head, "停产"), subject_type="ShutdownPeriod", subject_id=str(foreign.id))
    with busy.system.storage.work(SYSTEM) as work:
        work.messages.add([message])
        work.commit()
    found = busy(HEAD).ask(MINE)["viewer"]["messages"]["nodes"]
    (node,) = [node for node in found if node["subjectId"] == id_of(foreign)]
    assert node["subject"] is None


def test_an_alarm_of_an_earlier_release_has_no_subject(busy: World) -> None:
    head = next(p for p in busy.state.people.values() if p.enterprise_id == busy.enterprises[2].id)
    message = replace(a_message(head, "对账"), subject_type="Exchange", subject_id=f"{TODAY}")
    with busy.system.storage.work(SYSTEM) as work:
        work.messages.add([message])
        work.commit()
    found = busy.head_of(busy.enterprises[2]).ask(MINE)["viewer"]["messages"]["nodes"]
    assert [node for node in found if node["subjectId"] is None] == [
        {"kind": message.kind.name, "subjectId": None, "subject": None}
    ]
