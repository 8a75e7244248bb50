"""Alerts on the write side: every field comes back after every step, and of two who act at once one is first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM
from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import (
    AlertKind,
    AlertLevel,
    AlertOrigin,
    CertificateDue,
    DueKind,
    certificate_alert_id,
)
from yanbao.domain.alert.workflow import AlertAction, AlertState
from yanbao.domain.policy import Policy
from yanbao.domain.refusals import Conflict, NotFound
from yanbao.domain.values import SHANGHAI, AlertId, CertificateId

from ...support.alerts import an_alert, an_alert_statement
from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    WEINAN,
    XIAN,
    an_enterprise,
    an_id,
    seen_as,
    seen_by,
    seen_from,
)
from ...support.inspections import CITY_BUREAU, COUNTY_BUREAU, PROVINCE_BUREAU, TO_THE_FACTORY, by
from ..conftest import World
from .alerts import EVERY_STEP, change, keep, made, settle_parties, stored, take


@pytest.fixture
def world(world: World) -> World:
    settle_parties(world.storage)
    return world


@pytest.mark.parametrize(("state", "action"), EVERY_STEP, ids=lambda part: part.value)
def test_every_step_comes_back_as_it_was_taken(world: World, state: AlertState, action: AlertAction) -> None:
    alert = made("one", state)
    keep(world.storage, alert)
    assert stored(world.storage, alert.id) == alert
    changed = change(world.storage, alert.id, take(action))
    assert changed.version == 2
    assert changed.timeline[-1].action is action
    assert stored(world.storage, alert.id) == changed


LIFE = [
    *(AlertAction.ACKNOWLEDGE, AlertAction.HANDLE, AlertAction.REPORT_PROGRESS, AlertAction.FEED_BACK),
    *(AlertAction.RETURN, AlertAction.HANDLE, AlertAction.FEED_BACK, AlertAction.CLOSE, AlertAction.RAISE),
    *(AlertAction.ACKNOWLEDGE, AlertAction.LOWER, AlertAction.ESCALATE, AlertAction.RESTATE),
    *(AlertAction.END, AlertAction.REOPEN, AlertAction.ACKNOWLEDGE),
]


def test_a_long_life_with_two_new_rounds_comes_back_after_each_step(world: World) -> None:
    alert = an_alert()
    keep(world.storage, alert)
    for minutes, action in enumerate(LIFE, start=1):
        changed = change(world.storage, alert.id, take(action, NOW + timedelta(minutes=minutes)))
        assert stored(world.storage, alert.id) == changed
        assert changed.revision == minutes + 1
    assert [feedback.final for feedback in changed.feedbacks] == [False, True, True]
    assert (changed.verification, changed.closed, changed.ended) == (None, None, None)


def an_alert_of(certificate: str, kind: DueKind = DueKind.EXPIRY) -> Alert:
    due = CertificateDue(CertificateId(an_id(certificate)), kind, DAY + timedelta(days=30))
    return Alert.open(
        an_alert_statement(AlertLevel.ORANGE, kind=AlertKind.CERTIFICATE, risk_type=None, due=due, value=""),
        id=certificate_alert_id(due),
        origin=AlertOrigin.WATCH,
        external_id=None,
        addressee=TO_THE_FACTORY,
        reviewer=COUNTY_BUREAU,
        by=by(None, name="系统"),
        policy=Policy(),
    )


def test_the_alerts_of_certificates_are_found_until_they_have_ended(world: World) -> None:
    permit, review, expiry = an_alert_of("甲"), an_alert_of("乙", DueKind.REVIEW), an_alert_of("乙")
    keep(world.storage, permit, review, expiry, an_alert())
    ids = [CertificateId(an_id(name)) for name in ("甲", "乙", "丙")]
    with world.storage.work(SYSTEM) as work:
        found = work.alerts.of_certificates(ids)
    assert {id: {alert.id for alert in alerts} for id, alerts in found.items()} == {
        ids[0]: {permit.id},
        ids[1]: {review.id, expiry.id},
    }
    assert found[ids[0]] == [permit]
    change(world.storage, permit.id, take(AlertAction.END))
    with world.storage.work(SYSTEM) as work:
        assert work.alerts.of_certificates(ids[:1]) == {}


def test_many_are_saved_together_new_ones_and_changed_ones(world: World) -> None:
    first, second, new = an_alert(external_id="1"), an_alert(external_id="2"), an_alert(external_id="3")
    keep(world.storage, first, second)
    with world.storage.work(SYSTEM) as work:
        known = list(work.alerts.find_all([first.id, second.id]).values())
        for alert in known:
            take(AlertAction.ACKNOWLEDGE)(alert)
        work.alerts.save_all([*known, new])
        work.alerts.save_all([])
        work.commit()
    for alert in (*known, new):
        assert stored(world.storage, alert.id) == alert
    assert len(world.reacting.seen[-1]) == 3


def test_of_many_saved_together_one_changed_by_another_refuses_all(world: World) -> None:
    first, second = an_alert(external_id="1"), an_alert(external_id="2")
    keep(world.storage, first, second)
    mine = [stored(world.storage, first.id), stored(world.storage, second.id)]
    change(world.storage, second.id, take(AlertAction.ACKNOWLEDGE))
    for alert in mine:
        take(AlertAction.END)(alert)
    with pytest.raises(Conflict), world.storage.work(SYSTEM) as work:
        work.alerts.save_all(mine)
        work.commit()
    assert stored(world.storage, first.id).state is AlertState.OPEN


def test_of_two_who_change_an_alert_the_second_is_refused(world: World) -> None:
    keep(world.storage, an_alert())
    mine, theirs = stored(world.storage, an_alert().id), stored(world.storage, an_alert().id)
    take(AlertAction.ACKNOWLEDGE)(mine)
    keep(world.storage, mine)
    take(AlertAction.END)(theirs)
    with pytest.raises(Conflict):
        keep(world.storage, theirs)
    with pytest.raises(Conflict):
        keep(world.storage, an_alert())
    assert stored(world.storage, an_alert().id) == mine


def test_an_alert_is_seen_from_above_by_its_enterprise_and_by_its_reviewer(world: World) -> None:
    alert = an_alert(reviewer=CITY_BUREAU)
    keep(world.storage, alert)
    seen = [EVERYTHING, seen_from(PROVINCE), seen_from(XIAN), seen_from(LINTONG), seen_by(an_enterprise())]
    unseen = [NOTHING, seen_from(CHANGAN), seen_from(WEINAN), seen_by(an_enterprise("西风烟花厂"))]
    seen.append(seen_as(CITY_BUREAU.id, WEINAN))
    unseen.append(seen_as(PROVINCE_BUREAU.id, WEINAN))
    readers = world.storage.readers()
    with world.storage.work(SYSTEM) as work:
        for scope in seen:
            assert work.alerts.get(alert.id, within=scope) == alert
            assert alert.id in readers.alerts.alerts([alert.id], scope)
        for scope in unseen:
            with pytest.raises(NotFound):
                work.alerts.get(alert.id, within=scope)
            assert readers.alerts.alerts([alert.id], scope) == {}
        with pytest.raises(NotFound):
            work.alerts.get(AlertId(an_id("nothing")), within=EVERYTHING)


@pytest.mark.parametrize("state", AlertState)
def test_reminders_are_looked_at_while_the_final_feedback_is_owed(world: World, state: AlertState) -> None:
    alert = made("one", state)
    keep(world.storage, alert)
    with world.storage.work(SYSTEM) as work:
        assert list(work.alerts.to_remind(NOW, limit=5)) == [alert] * alert.is_unfed_back
        work.alerts.remind_again(alert.id, (NOW + timedelta(minutes=5)).astimezone(SHANGHAI))
        work.alerts.remind_again(AlertId(an_id("nothing")), NOW)
        work.commit()
    with world.storage.work(SYSTEM) as work:
        assert list(work.alerts.to_remind(NOW + timedelta(minutes=4), limit=5)) == []
        due = list(work.alerts.to_remind(NOW + timedelta(minutes=5), limit=5))
        assert due == [alert] * alert.is_unfed_back
    change(
        world.storage,
        alert.id,
        take(AlertAction.END if state is not AlertState.ENDED else AlertAction.REOPEN),
    )
    with world.storage.work(SYSTEM) as work:
        assert len(work.alerts.to_remind(NOW, limit=5)) == (state is AlertState.ENDED)


def test_a_review_is_checked_at_its_time_until_it_is_put_away(world: World) -> None:
    one, two = made("one", AlertState.FED_BACK), made("two", AlertState.FED_BACK)
    keep(world.storage, one, two)
    with world.storage.work(SYSTEM) as work:
        assert list(work.alerts.to_review(NOW + timedelta(days=9), limit=5)) == []
        work.alerts.check_review(one.id, NOW + timedelta(minutes=2))
        work.alerts.check_review(two.id, NOW + timedelta(minutes=1))
        work.alerts.check_review(AlertId(an_id("nothing")), NOW)
        work.commit()
    with world.storage.work(SYSTEM) as work:
        assert list(work.alerts.to_review(NOW, limit=5)) == []
        due = work.alerts.to_review(NOW + timedelta(minutes=2), limit=5)
        assert [alert.id for alert in due] == [two.id, one.id]
        work.alerts.check_review(two.id, None)
        work.commit()
    with world.storage.work(SYSTEM) as work:
        assert list(work.alerts.to_review(NOW + timedelta(minutes=2), limit=5)) == [one]
