"""Processing what the ministry has sent: each record once, by itself, with its effect and its duty together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from yanbao.adapters.memory.storage import MemoryUnitOfWork
from yanbao.application.access import SYSTEM
from yanbao.application.exchange import processing
from yanbao.application.exchange.inbound import TOGETHER
from yanbao.application.exchange.inbox import AssignInboxRecord
from yanbao.domain.alert.form import AlertOrigin, DueKind
from yanbao.domain.alert.workflow import AlertState
from yanbao.domain.exchange.duty import MOST_CRASHES, DutyState
from yanbao.domain.exchange.inbound import InboundKind, RecordFault, RecordState
from yanbao.domain.problem.form import ProblemOrigin, ministry_problem_id
from yanbao.domain.refusals import Conflict, InvalidValue

from ...support.builders import LINTONG, NOW, PUCHENG, a_permit, an_enterprise
from ...support.inbound import (
    PATROL,
    SPOT_CHECK,
    Receiving,
    a_patrol,
    a_receiving,
    a_spot_check,
    a_warning,
)
from ...support.world import DONGFENG, HEAD, HONGXING, PROVINCE_DUTY, PROVINCE_HEAD

WARNING = InboundKind.WARNING
UNKNOWN = an_enterprise("无名花炮厂")


def done(world: Receiving, *records: dict[str, Any], kind: Any = None) -> Receiving:
    """Received and processed."""
    if kind is None:
        world.send(*records)
    else:
        world.send(*records, kind=kind)
    world.process()
    return world


def test_a_warning_opens_an_alert_of_the_enterprise_that_the_province_reviews() -> None:
    world = done(a_receiving(), a_warning(version=20261124093000, level="RED"))
    alert, record = world.alert(), world.record("W-1")
    assert (alert.origin, alert.external_id) == (AlertOrigin.MINISTRY, "W-1")
    assert (alert.addressee.enterprise_id, alert.reviewer.name) == (DONGFENG.id, "陕西省应急管理厅")
    assert (alert.source_version, alert.opened.name, alert.opened.at) == (20261124093000, "部级平台", NOW)
    assert (record.state, record.subject, record.settled_at) == (
        RecordState.APPLIED,
        f"Alert:{alert.id}",
        NOW,
    )
    (duty,) = world.inbound_duties()
    assert (duty.state, duty.answer_code) == (DutyState.DONE, "APPLIED")
    assert {HEAD.name, PROVINCE_HEAD.name} <= world.told()


def test_newer_versions_raise_lower_and_end_one_alert() -> None:
    world = a_receiving()
    for version, change in enumerate(
        [{}, {"level": "RED", "reason": "人数增加"}, {"level": "BLUE"}, {"level": "BLUE", "ended": "已恢复"}],
        1,
    ):
        done(world.after(timedelta(minutes=1)), a_warning(version=version, **change))
    assert world.alert().state is AlertState.ENDED
    assert [(entry.action and entry.action.value, entry.note) for entry in world.alert().timeline] == [
        (None, ""),
        ("RAISE", "由橙色（较大）变为红色（重大）：人数增加"),
        ("LOWER", "由红色（重大）变为蓝色（低）"),
        ("END", "已恢复"),
    ]
    assert len(world.state.alerts) == 1


def test_an_end_that_comes_before_its_beginning_leaves_the_alert_ended() -> None:
    world = done(a_receiving(), a_warning(version=2, ended="已恢复"))
    done(world, a_warning(version=1))
    assert world.alert().state is AlertState.ENDED
    assert [one.state for one in world.records()] == [RecordState.IGNORED, RecordState.APPLIED]
    assert len(world.alert().timeline) == 2
    assert not world.state.messages and not world.state.texts, "nobody has anything to do"


def test_a_withdrawal_at_the_instant_of_the_issue_is_told() -> None:
    world = done(a_receiving(), a_patrol(version=1), kind=PATROL)
    done(world, a_patrol(version=2, withdrawn="误发"), kind=PATROL)
    done(world, a_patrol("P-2", withdrawn="误发"), kind=PATROL)
    told = [m.title for m in world.messages(PROVINCE_HEAD)]
    assert sorted(m.kind.value for m in world.messages(PROVINCE_HEAD)) == [
        "PROBLEM_ISSUED",
        "PROBLEM_WITHDRAWN",
    ], told


def test_versions_that_are_processed_out_of_order_end_the_same() -> None:
    """Version 1 was quarantined, version 2 has been handled meanwhile."""
    world = a_receiving()
    world.send(a_warning(version=1, company=UNKNOWN.credit_code.text))
    done(world, a_warning(version=2, level="RED"))
    command = AssignInboxRecord(world.record("W-1", 1).id, HONGXING.id)
    world.system.app.inbox.assign(world.actor(PROVINCE_DUTY), command)
    world.process()
    assert (world.record("W-1", 1).state, world.alert().level.value) == (RecordState.IGNORED, "RED")
    assert world.alert().addressee.enterprise_id == DONGFENG.id


def test_a_certificate_warning_is_about_our_certificate_if_its_number_is_known() -> None:
    world, permit = a_receiving(), a_permit(DONGFENG)
    expiry = permit.expires_on
    stated = {"kind": "CERTIFICATE", "certificate": permit.number, "expires_on": str(expiry)}
    done(world, a_warning("W-1", **stated), a_warning("W-2", **stated | {"certificate": "（陕）9999"}))
    due = world.alert("W-1").statement.due
    assert due is not None
    assert (due.certificate_id, due.kind, due.due_on) == (permit.id, DueKind.EXPIRY, expiry)
    assert world.alert("W-2").statement.due is None
    done(world, a_warning("W-1", 2, "RED", **stated | {"certificate": None}))
    assert world.alert("W-1").statement.due == due


def test_problems_go_to_the_department_of_the_province_or_to_the_enterprise() -> None:
    world = done(a_receiving(), a_patrol(), kind=PATROL)
    done(world, a_spot_check(), kind=SPOT_CHECK)
    patrol = world.state.problems[ministry_problem_id("P-1")]
    check = world.state.problems[ministry_problem_id("S-1")]
    assert (patrol.origin, patrol.addressee.name) == (ProblemOrigin.MINISTRY, "陕西省应急管理厅")
    assert patrol.addressee.region_id == LINTONG
    assert (check.addressee.enterprise_id, check.issuer.name) == (DONGFENG.id, "陕西省应急管理厅")
    assert world.record("P-1").subject == f"Problem:{patrol.id}"
    assert world.record("S-1").state is RecordState.APPLIED


def test_a_change_of_kind_waits_for_a_person_and_changes_nothing() -> None:
    world = done(a_receiving(), a_warning())
    done(world, a_warning(version=2, kind="CERTIFICATE"))
    record = world.record("W-1", 2)
    assert (record.state, record.fault) == (RecordState.QUARANTINED, RecordFault.INCONSISTENT)
    assert record.sentence == "预警类别不能改变。"
    assert len(world.alert().timeline) == 1
    assert [duty.state for duty in world.inbound_duties()] == [DutyState.DONE] * 2
    assert "部级平台下发的数据待人工处置" in [m.title for m in world.messages(PROVINCE_DUTY)]


NAMELESS: Any = [
    (PATROL, a_patrol, {"area": "610188"}),
    (PATROL, a_patrol, {"area": None}),
    (SPOT_CHECK, a_spot_check, {"company": UNKNOWN.credit_code.text}),
    (SPOT_CHECK, a_spot_check, {"company": None}),
    (WARNING, a_warning, {"company": UNKNOWN.credit_code.text}),
    (WARNING, a_warning, {"company": ""}),
]


@pytest.mark.parametrize(("kind", "made", "lost"), NAMELESS)
@pytest.mark.parametrize("over", [None, "误发"])
def test_what_is_known_keeps_its_addressee_if_a_newer_version_names_none(
    kind: InboundKind, made: Any, lost: dict[str, Any], over: str | None
) -> None:
    world = done(a_receiving(), made("X-1"), kind=kind)
    stated = {"description": "新的说法", "ended" if kind is WARNING else "withdrawn": over}
    done(world, made("X-1", 2, **lost, **stated), kind=kind)
    record = world.record("X-1", 2)
    assert (record.state, record.sentence) == (RecordState.APPLIED, "")
    (found,) = (*world.state.problems.values(), *world.state.alerts.values())
    assert (found.source_version, found.statement.description) == (2, "新的说法")
    assert found.addressee.region_id == LINTONG
    assert (found.state.value in ("ENDED", "WITHDRAWN")) is (over is not None)


@pytest.mark.parametrize(
    ("kind", "made", "other", "sentence"),
    [
        (PATROL, a_patrol, {"area": PUCHENG}, "同一编号的问题此前针对另一区域，不能更新。"),
        (SPOT_CHECK, a_spot_check, {"of": HONGXING}, "同一编号的问题此前针对另一被检查单位，不能更新。"),
        (WARNING, a_warning, {"of": HONGXING}, "同一编号的预警此前针对另一企业，不能更新。"),
    ],
)
def test_a_newer_version_that_names_another_known_addressee_waits_for_a_person(
    kind: InboundKind, made: Any, other: dict[str, Any], sentence: str
) -> None:
    world = done(a_receiving(), made("X-1"), kind=kind)
    done(world, made("X-1", 2, **other), kind=kind)
    record = world.record("X-1", 2)
    assert (record.state, record.fault) == (RecordState.QUARANTINED, RecordFault.INCONSISTENT)
    assert record.sentence == sentence


def test_what_was_assigned_by_hand_keeps_that_addressee() -> None:
    world = a_receiving()
    done(world, a_spot_check("X-1", of=UNKNOWN), kind=SPOT_CHECK)
    command = AssignInboxRecord(world.record("X-1").id, HONGXING.id)
    world.system.app.inbox.assign(world.actor(PROVINCE_DUTY), command)
    world.process()
    done(world, a_spot_check("X-1", 2, of=UNKNOWN, withdrawn="误发"), kind=SPOT_CHECK)
    assert world.record("X-1", 2).state is RecordState.APPLIED
    (problem,) = world.state.problems.values()
    assert (problem.addressee.enterprise_id, problem.state.value) == (HONGXING.id, "WITHDRAWN")


def test_a_known_problem_is_never_stated_anew_as_one_of_the_other_kind() -> None:
    world = done(a_receiving(), a_patrol("X-1"), kind=PATROL)
    done(world, a_spot_check("X-1", 2, company=None), kind=SPOT_CHECK)
    assert world.record("X-1", 2).fault is RecordFault.INCONSISTENT


def test_what_has_become_unfit_since_it_came_waits_for_a_person() -> None:
    world = a_receiving()
    world.send(a_warning(level="ORANGE"))
    world.system.app.inbound._reader = _Stricter()  # type: ignore[assignment]
    world.process()
    record = world.record("W-1")
    assert (record.state, record.fault) == (RecordState.QUARANTINED, RecordFault.UNKNOWN_CODE)
    assert not world.state.alerts


class _Stricter:
    def warning(self, content: Any) -> Any:
        from yanbao.application.ports.inbound import UnfitRecord

        raise UnfitRecord(RecordFault.UNKNOWN_CODE, "level不在代码表内")


def test_an_enterprise_that_has_left_the_directory_meanwhile_is_quarantined_then() -> None:
    world = a_receiving()
    world.send(a_warning())
    state = world.state.fork()
    state.enterprises.remove(DONGFENG.id)
    world.system.storage.landed = state  # type: ignore[attr-defined]
    world.process()
    assert world.record("W-1").fault is RecordFault.UNKNOWN_ENTERPRISE


def crash(monkeypatch: pytest.MonkeyPatch, external_id: str, error: Exception) -> None:
    """Processing this record fails after its alert was saved."""
    state = processing.state_warning

    def failing(work: Any, stated: Any, **detail: Any) -> Any:
        found = state(work, stated, **detail)
        if stated.external_id == external_id:
            raise error
        return found

    monkeypatch.setattr(processing, "state_warning", failing)


def test_a_record_that_fails_harms_no_other_and_is_parked_after_three_crashes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_receiving()
    crash(monkeypatch, "W-2", ZeroDivisionError())
    world.send(a_warning("W-1"), a_warning("W-2"), a_warning("W-3"))
    world.system.app.inbound.take_due()
    assert [one.state for one in world.records()] == [
        RecordState.APPLIED,
        RecordState.PENDING,
        RecordState.APPLIED,
    ]
    for _ in range(MOST_CRASHES):
        world.after(timedelta(minutes=10)).process()
    assert sorted(duty.state.value for duty in world.inbound_duties()) == ["DONE", "DONE", "PARKED"]
    assert len(world.state.alerts) == 2
    assert world.record("W-2").state is RecordState.PENDING
    assert "处理部级平台下发的数据多次异常，已搁置" in [m.title for m in world.messages(PROVINCE_DUTY)]


def test_records_are_processed_together_and_alone_when_one_of_them_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, commits = a_receiving(), list[int]()
    committed = MemoryUnitOfWork.commit

    def count(work: MemoryUnitOfWork, **detail: Any) -> None:
        commits.append(1)
        committed(work, **detail)

    monkeypatch.setattr(MemoryUnitOfWork, "commit", count)
    world.send(*(a_warning(f"W-{number}") for number in range(TOGETHER + 1)))
    commits.clear()
    world.system.app.inbound.take_due()
    assert len(commits) == 3, "the claim, and two groups"
    world.send(a_warning("X-1"), a_warning("X-2", 1), a_warning("X-3"))
    with monkeypatch.context() as patched:
        crash(patched, "X-2", InvalidValue("不可以。"))
        commits.clear()
        world.system.app.inbound.take_due()
    assert len(commits) == 4, "the claim, and each record by itself"
    assert world.record("X-2").state is RecordState.QUARANTINED
    assert {world.record(id).state for id in ("X-1", "X-3")} == {RecordState.APPLIED}


def test_a_crash_before_the_commit_leaves_nothing_and_the_next_try_does_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_receiving()
    world.send(a_warning())
    with monkeypatch.context() as patched:
        crash(patched, "W-1", ZeroDivisionError())
        world.process()
    assert not world.state.alerts and not world.state.texts
    world.after(timedelta(minutes=10)).process()
    assert world.record("W-1").state is RecordState.APPLIED
    assert len(world.texts(HEAD)) == 1


def test_who_changes_the_same_alert_at_once_makes_it_wait_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_receiving()
    world.send(a_warning())
    with monkeypatch.context() as patched:
        crash(patched, "W-1", Conflict("somebody was first"))
        world.process()
    (duty,) = world.inbound_duties()
    assert (duty.state, duty.answer_code, duty.crashes) == (DutyState.PENDING, "CONFLICT", 0)
    world.after(timedelta(minutes=1)).process()
    assert world.record("W-1").state is RecordState.APPLIED


def test_a_refusal_of_the_rules_rolls_back_what_had_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_receiving()
    crash(monkeypatch, "W-1", InvalidValue("不可以。"))
    done(world, a_warning())
    assert not world.state.alerts
    assert world.record("W-1").sentence == "不可以。"


def test_a_worker_whose_lease_has_gone_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_receiving()
    world.send(a_warning())
    state = processing.state_warning

    def slow(work: Any, stated: Any, **detail: Any) -> Any:
        # The lease runs out meanwhile, and another worker does it.
        monkeypatch.setattr(processing, "state_warning", state)
        world.after(timedelta(minutes=10)).process()
        return state(work, stated, **detail)

    monkeypatch.setattr(processing, "state_warning", slow)
    world.system.app.inbound.take_due()
    assert (len(world.state.alerts), len(world.alert().timeline)) == (1, 1)
    assert [duty.state for duty in world.inbound_duties()] == [DutyState.DONE]


def test_while_a_restore_is_open_messages_are_kept_and_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_receiving()
    monkeypatch.setattr(world.system.ministry, "receipts", lambda kind, day: [])
    restores = world.system.app.restores
    restores.begin(by="值班员", reason="磁盘损坏")
    world.send(a_warning())
    assert world.process() == 0
    assert world.record("W-1").state is RecordState.PENDING
    restores.finish(by="值班员")
    assert world.process() == 1
    assert world.record("W-1").state is RecordState.APPLIED


def test_after_a_restore_the_ministry_repeats_and_one_alert_is_the_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The backup is older than the message; the ministry sends it again."""
    world = a_receiving()
    monkeypatch.setattr(world.system.ministry, "receipts", lambda kind, day: [])
    backup = world.state
    done(world, a_warning())
    lost = world.alert()
    world.system.storage.landed = backup.fork()  # type: ignore[attr-defined]
    world.after(timedelta(hours=1))
    world.system.app.restores.begin(by="值班员", reason="磁盘损坏")
    world.system.app.restores.finish(by="值班员")
    done(world, a_warning())
    assert list(world.state.alerts) == [lost.id]
    assert [one.state for one in world.records()] == [RecordState.APPLIED]


def test_what_is_not_waiting_any_more_is_settled_without_effect() -> None:
    world = done(a_receiving(), a_warning())
    with world.system.storage.work(SYSTEM) as work:
        work.outbox.requeue_lost([world.record("W-1").id], due_at=NOW)
        work.commit()
    assert world.process() == 1
    (duty,) = world.inbound_duties()
    assert (duty.state, duty.answer_code) == (DutyState.DONE, "SETTLED_BEFORE")
    assert len(world.alert().timeline) == 1
