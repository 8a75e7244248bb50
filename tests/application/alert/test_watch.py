"""The certificate watch over the days: one reminder per due date and window, merged, ended by a renewal."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.alert import watch
from yanbao.application.handling import reminding
from yanbao.application.handling.reminding import RemindersMissing
from yanbao.domain.alert.form import AlertKind, AlertLevel, AlertOrigin, CertificateDue, DueKind
from yanbao.domain.alert.workflow import AlertAction, AlertState
from yanbao.domain.directory.certificate import Certificate, CertificateKind, Trade
from yanbao.domain.directory.events import DirectoryChanged
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.values import CertificateId

from ...support.alerting import Alerting, an_alerting, of_the_ministry
from ...support.builders import DAY, NOW, a_permit, an_id
from ...support.certificates import a_card
from ...support.world import COUNTY_DUTY, DONGFENG, HEAD, HONGXING, MANAGER, PROVINCE_HEAD

EXPIRES = DAY + timedelta(days=100)
PERMIT = a_permit(DONGFENG, expires=EXPIRES)


def before(days: int) -> date:
    """The day so many days before the expiry."""
    return EXPIRES - timedelta(days=days)


def watching(*certificates: Certificate) -> Alerting:
    world = an_alerting()
    world.settle(*certificates)
    return world


def windows_told(world: Alerting) -> list[str]:
    return [m.title for m in world.messages(HEAD) if m.kind is MessageKind.CERTIFICATE_EXPIRING]


def test_each_window_is_told_once_to_head_county_and_province_and_the_level_rises() -> None:
    world = watching(PERMIT)
    levels = []
    told = 0
    for left in range(100, -22, -1):
        if world.look(before(left)):
            told += 1
            (alert,) = world.alerts()
            levels.append((left, alert.level))
    blue, yellow, orange, red = AlertLevel.BLUE, AlertLevel.YELLOW, AlertLevel.ORANGE, AlertLevel.RED
    assert levels == [
        *[(100, blue), (90, blue), (60, yellow), (30, orange), (15, orange), (7, orange), (1, orange)],
        *[(0, red), (-7, red), (-14, red), (-21, red)],
    ]
    assert len(windows_told(world)) == told == 11
    (alert,) = world.alerts()
    assert (alert.origin, alert.reviewer.name) == (AlertOrigin.WATCH, "临潼区应急管理局")
    assert {world.state.people[m.receiver_id].name for m in world.state.messages.values()} == {
        *(HEAD.name, COUNTY_DUTY.name, PROVINCE_HEAD.name)
    }


def test_after_downtime_only_the_newest_window_is_told() -> None:
    world = watching(PERMIT)
    assert world.look(before(100)) == 1
    assert world.look(before(29)) == 1
    assert len(windows_told(world)) == 2
    assert world.look(before(29)) == 0
    assert windows_told(world)[-1].endswith("（剩29天）") or windows_told(world)[0].endswith("（剩29天）")


def test_what_is_due_for_one_person_is_one_sms() -> None:
    other = replace(
        PERMIT, id=CertificateId(an_id("second")), kind=CertificateKind.WHOLESALE_PERMIT, number="二号"
    )
    world = watching(PERMIT, other)
    assert world.look(before(30)) == 2
    texts = [text for who, text in world.send() if who == HEAD.name]
    assert texts == ["2项证书即将到期或已到期，请登录系统办理：东风烟花厂。"]


def a_day_of(world: Alerting, day: date) -> list[tuple[str, str]]:
    """All jobs of alerts and the sending of SMS, every five minutes of the day from half past eight."""
    sent = []
    world.look(day)
    for minutes in range(0, 15 * 60, 5):
        world.at("08:30", day)
        world.system.clock.moment += timedelta(minutes=minutes)
        world.system.app.alert_reminders.remind()
        sent += world.send()
    return sent


def test_the_first_look_ever_is_one_sms_to_each_person_on_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "CHUNK", 2)
    days_left = (-40, 0, 5, 20, 45)  # Every level, and more certificates than one batch takes.
    cards = [
        a_card(MANAGER, trade, expires=DAY + timedelta(days=days))
        for trade, days in zip(Trade, days_left, strict=True)
    ]
    world = watching(*cards, a_permit(DONGFENG, expires=DAY + timedelta(days=100)))
    told = Counter(who for who, _ in a_day_of(world, DAY))
    assert told == {HEAD.name: 1, COUNTY_DUTY.name: 1, PROVINCE_HEAD.name: 1}
    again = Counter(who for who, _ in a_day_of(world, DAY + timedelta(days=1)))
    assert again[HEAD.name] <= 2, "on the next day: what is overdue, and new windows"


def test_certificates_that_cannot_be_looked_at_do_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reminding, "CHUNK", 2)
    cards = [a_card(MANAGER, trade, expires=EXPIRES) for trade in Trade]
    world = watching(*cards)
    bad = {card.id for card in cards[:4]}

    def fails(certificate: Certificate, *rest: Any) -> str:
        if certificate.id in bad:
            raise ValueError("broken")
        return "证书到期。"

    monkeypatch.setattr(watch, "statement_of", fails)
    with pytest.raises(RemindersMissing, match="4 certificates"):
        world.look(before(30))
    assert len(world.alerts()) == 1
    monkeypatch.undo()
    assert world.look(before(29)) == 4


def test_a_special_operation_card_is_watched_for_its_review_and_its_expiry() -> None:
    card = Certificate(
        id=CertificateId(an_id("card")),
        kind=CertificateKind.SPECIAL_OPERATION_CARD,
        number="T610115",
        enterprise_id=DONGFENG.id,
        person_id=MANAGER.id,
        issued_on=DAY - timedelta(days=1000),
        expires_on=EXPIRES,
        review_due_on=before(60),
    )
    world = watching(card)
    assert world.look(before(90)) == 2
    assert len(world.alerts()) == 2
    bodies = {m.body for m in world.messages(HEAD)}
    assert any("复审到期" in body for body in bodies)
    assert any("有效期届满" in body for body in bodies)
    assert all(MANAGER.name in alert.statement.description for alert in world.alerts())
    assert all(MANAGER.name not in text for _, text in world.send())


def test_two_cards_of_different_trades_are_both_told_and_a_renewal_is_of_the_same_trade() -> None:
    powder = a_card(MANAGER, Trade.PYROTECHNIC_COMPOSITION, expires=EXPIRES)
    fuse = a_card(MANAGER, Trade.FUSE, expires=EXPIRES + timedelta(days=400))
    world = watching(powder, fuse)
    assert world.look(before(30)) == 1
    (alert,) = world.alerts()
    assert alert.statement.due is not None and alert.statement.due.certificate_id == powder.id
    assert "烟火药制造作业" in alert.statement.description
    world.settle(a_card(MANAGER, Trade.PYROTECHNIC_COMPOSITION, "T2", expires=EXPIRES + timedelta(days=900)))
    assert world.look(before(15)) == 0
    assert [alert.state for alert in world.alerts()] == [AlertState.ENDED]


def test_a_card_without_a_trade_is_told_until_its_own_number_lasts_longer() -> None:
    old = a_card(MANAGER, None, expires=EXPIRES)
    world = watching(old, a_card(MANAGER, None, "T2", expires=EXPIRES + timedelta(days=900)))
    assert world.look(before(30)) == 1
    assert "未登记作业类别" in world.alerts()[0].statement.description
    world.settle(replace(old, id=CertificateId(an_id("renewal")), expires_on=EXPIRES + timedelta(days=800)))
    assert world.look(before(15)) == 0


def test_a_certificate_whose_renewal_turns_out_to_be_of_another_trade_is_told_again() -> None:
    old = a_card(MANAGER, Trade.FUSE, expires=EXPIRES)
    mistaken = a_card(MANAGER, Trade.FUSE, "T2", expires=EXPIRES + timedelta(days=900))
    world = watching(old, mistaken)
    assert world.look(before(30)) == 0
    world.settle(replace(mistaken, trade=Trade.STORAGE))
    assert world.look(before(29)) == 1


def test_what_the_ministry_says_of_a_certificate_is_not_ended_by_our_watch() -> None:
    world = watching(PERMIT)
    due = CertificateDue(PERMIT.id, DueKind.EXPIRY, EXPIRES)
    theirs = of_the_ministry(kind=AlertKind.CERTIFICATE, risk_type=None, due=due)
    world.keep(theirs)
    world.look(before(30))
    saved = a_permit(DONGFENG, number="(陕)YH安许证字〔2026〕000999", expires=EXPIRES + timedelta(days=900))
    world.settle(saved)
    with world.system.storage.work(SYSTEM) as work:
        work.note(DirectoryChanged(what="Certificate", subject=str(saved.id), summary="", at=NOW))
        work.commit()
    world.look(before(29))
    states = {alert.origin: alert.state for alert in world.alerts()}
    assert states == {AlertOrigin.WATCH: AlertState.ENDED, AlertOrigin.MINISTRY: AlertState.OPEN}


def test_a_renewal_ends_the_alert_at_once_and_its_reminders_too() -> None:
    world = watching(PERMIT)
    world.look(before(30))
    world.settle(
        a_permit(DONGFENG, number="(陕)YH安许证字〔2026〕000999", expires=EXPIRES + timedelta(days=900))
    )
    world.look(before(29))
    (alert,) = world.alerts()
    assert (alert.state, alert.timeline[-1].note) == (AlertState.ENDED, "证书已延期换证或已更新")
    assert world.look(before(0)) == 0
    assert world.send() == []


def test_a_closed_alert_comes_back_when_the_certificate_is_still_not_renewed() -> None:
    world = watching(PERMIT)
    world.look(before(100))
    (alert,) = world.alerts()
    for action in (AlertAction.ACKNOWLEDGE, AlertAction.HANDLE, AlertAction.FEED_BACK):
        world.do(action, HEAD, alert.id)
    with world.system.storage.work(SYSTEM) as work:
        closed = work.alerts.find(alert.id)
        assert closed is not None
        closed.close(by=closed.opened)
        work.alerts.save(closed)
        work.commit()
    world.look(before(60))
    (alert,) = world.alerts()
    assert (alert.state, alert.level) == (AlertState.OPEN, AlertLevel.YELLOW)


def test_certificates_of_enterprises_that_have_closed_are_left_alone() -> None:
    world = watching(replace(PERMIT, enterprise_id=HONGXING.id))
    world.settle(replace(HONGXING, active=False))
    assert world.look(before(10)) == 0
    assert world.alerts() == []
