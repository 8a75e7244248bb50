"""Alerts on the read side: rows, filters, orders and pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from yanbao.application.access import EVERYTHING, Scope
from yanbao.application.ports.alert import AlertFilter, AlertOrder, AlertRow
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import AlertKind, AlertLevel, AlertOrigin, RiskType, Verification
from yanbao.domain.alert.workflow import AlertAction, AlertState
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.handling.terms import Phase
from yanbao.domain.refusals import InvalidValue
from yanbao.domain.values import AlertId, EnterpriseId

from ...support.alerts import an_alert
from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    XIAN,
    an_enterprise,
    an_id,
    seen_by,
    seen_from,
)
from ...support.inspections import CITY_BUREAU, FACTORY, PROVINCE_BUREAU
from .alerts import keep, made, settle_parties, stored, take

ALL = Page(100)


@pytest.fixture
def storage(storage: Storage) -> Storage:
    settle_parties(storage)
    return storage


@pytest.fixture
def filled(storage: Storage) -> dict[str, Alert]:
    """An alert of every kind, by a name that says what is odd about it."""
    in_xian = Addressee(None, FACTORY, "东风烟花厂", XIAN, XIAN)
    usual = an_alert()
    alerts = {
        "usual": made("usual"),
        "red": made("red", level=AlertLevel.RED),
        "blue, acknowledged": made("blue", AlertState.ACKNOWLEDGED, level=AlertLevel.BLUE),
        "fed back": made("fed back", AlertState.FED_BACK),
        "closed": made("closed", AlertState.CLOSED),
        "ended": made("ended", AlertState.ENDED),
        "returned": made("returned", AlertState.RETURNED),
        "in the city": replace(made("city"), addressee=in_xian),
        "reviewed by the city": replace(made("reviewed"), reviewer=CITY_BUREAU),
        "yesterday, weather": replace(
            an_alert(external_id="W-9", at=NOW - timedelta(days=1), risk_type=RiskType.WEATHER),
            id=AlertId(an_id("weather")),
        ),
        "a certificate": replace(
            made("certificate"),
            origin=AlertOrigin.WATCH,
            external_id=None,
            statement=replace(
                usual.statement,
                kind=AlertKind.CERTIFICATE,
                risk_type=None,
                description="许可证30天后到期 A_1%",
            ),
        ),
    }
    keep(storage, *alerts.values())
    return alerts


def names(readers: Readers, alerts: dict[str, Alert], scope: Scope = EVERYTHING, **detail: Any) -> set[str]:
    where = AlertFilter(**detail)
    found = [row.id for row in readers.alerts.page(where, scope, ALL).rows]
    assert readers.alerts.count(where, scope) == len(found)
    return {name for name, alert in alerts.items() if alert.id in found}


def test_a_row_says_everything_that_lists_show(storage: Storage, readers: Readers) -> None:
    alert = an_alert()
    keep(storage, alert)
    assert readers.alerts.alerts([alert.id], EVERYTHING)[alert.id] == AlertRow(
        id=alert.id,
        kind=AlertKind.RISK,
        origin=AlertOrigin.MINISTRY,
        external_id="W-1",
        enterprise_id=FACTORY,
        enterprise_name="东风烟花厂",
        region_id=LINTONG,
        reviewer_id=PROVINCE_BUREAU.id,
        reviewer_name=PROVINCE_BUREAU.name,
        reviewer_level=PROVINCE_BUREAU.level,
        level=AlertLevel.ORANGE,
        risk_type=RiskType.OVER_PERSONS,
        description="3号工房现场12人，核定8人。",
        value="12人",
        due=None,
        occurred_at=NOW,
        opened_at=NOW,
        acknowledge_due=alert.term(Phase.ACKNOWLEDGE).due,
        feed_back_due=alert.term(Phase.FEED_BACK).due,
        state=AlertState.OPEN,
        verification=None,
        acknowledged_at=None,
        handled_at=None,
        fed_back_at=None,
        closed_at=None,
        escalated_at=None,
        ended_at=None,
        revision=1,
    )


@pytest.mark.parametrize("state", AlertState)
def test_a_row_and_a_history_follow_each_state(storage: Storage, readers: Readers, state: AlertState) -> None:
    alert = made("one", state)
    keep(storage, alert)
    row = readers.alerts.alerts([alert.id], EVERYTHING)[alert.id]
    for name, signed in (
        ("acknowledged_at", alert.acknowledged),
        ("handled_at", alert.handled),
        ("closed_at", alert.closed),
        ("ended_at", alert.ended),
    ):
        assert getattr(row, name) == (None if signed is None else signed.at)
    assert (row.state, row.verification, row.revision) == (alert.state, alert.verification, alert.revision)
    history = readers.alerts.histories([alert.id, AlertId(an_id("nothing"))])[alert.id]
    assert (tuple(history.feedbacks), tuple(history.timeline)) == (alert.feedbacks, alert.timeline)


EVERYBODY = {
    *("usual", "red", "blue, acknowledged", "fed back", "closed", "ended", "returned", "in the city"),
    *("reviewed by the city", "yesterday, weather", "a certificate"),
}
OWED = EVERYBODY - {"fed back", "closed", "ended"}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, EVERYBODY),
        ({"first_day": DAY}, EVERYBODY - {"yesterday, weather"}),
        ({"last_day": DAY - timedelta(days=1)}, {"yesterday, weather"}),
        ({"enterprise_id": FACTORY}, EVERYBODY),
        ({"enterprise_id": EnterpriseId(an_id("nobody"))}, set()),
        ({"reviewer_id": CITY_BUREAU.id}, {"reviewed by the city"}),
        ({"region_id": LINTONG}, EVERYBODY - {"in the city"}),
        ({"region_id": CHANGAN}, set()),
        ({"kinds": (AlertKind.CERTIFICATE,)}, {"a certificate"}),
        ({"levels": (AlertLevel.RED, AlertLevel.BLUE)}, {"red", "blue, acknowledged"}),
        ({"states": (AlertState.CLOSED, AlertState.ENDED)}, {"closed", "ended"}),
        ({"origins": (AlertOrigin.WATCH,)}, {"a certificate"}),
        ({"risk_types": (RiskType.WEATHER,)}, {"yesterday, weather"}),
        ({"verifications": (Verification.TRUE,)}, {"fed back", "closed", "returned"}),
        ({"unfed_back": True}, OWED),
        ({"unfed_back": False}, EVERYBODY - OWED),
        ({"overdue_at": NOW + timedelta(minutes=20)}, {"red", "yesterday, weather"}),
        ({"text": "a_1%"}, {"a certificate"}),
        ({"text": "东风", "states": (AlertState.ENDED,)}, {"ended"}),
    ],
    ids=lambda part: "-".join(part) if isinstance(part, dict) else "",
)
def test_each_filter_finds_what_it_says(
    readers: Readers, filled: dict[str, Alert], asked: dict[str, Any], wanted: set[str]
) -> None:
    assert names(readers, filled, **asked) == wanted


def test_lists_show_what_lies_below_and_the_own_party_in_every_region(
    readers: Readers, filled: dict[str, Alert]
) -> None:
    assert names(readers, filled, seen_from(PROVINCE)) == EVERYBODY
    assert names(readers, filled, seen_from(LINTONG)) == EVERYBODY - {"in the city"}
    assert names(readers, filled, seen_from(CHANGAN)) == set()
    assert names(readers, filled, seen_by(an_enterprise())) == EVERYBODY
    assert names(readers, filled, seen_by(an_enterprise("西风烟花厂"))) == set()


def _sorted(alerts: dict[str, Alert], order: AlertOrder) -> list[AlertId]:
    def newest(alert: Alert) -> tuple[Any, ...]:
        return (-alert.opened.at.timestamp(), alert.id)

    keys = {
        AlertOrder.NEWEST: newest,
        AlertOrder.GRAVEST: lambda alert: (alert.level.rank, *newest(alert)),
        AlertOrder.FEED_BACK_DUE: lambda alert: (alert.term(Phase.FEED_BACK).due, alert.id),
        AlertOrder.REGION: lambda alert: (alert.addressee.region_id, *newest(alert)),
    }
    return [alert.id for alert in sorted(alerts.values(), key=keys[order])]


@pytest.mark.parametrize("order", AlertOrder)
@pytest.mark.parametrize(
    "scope", [EVERYTHING, seen_from(XIAN), seen_by(an_enterprise())], ids=["all", "city", "enterprise"]
)
def test_pages_of_every_order_give_each_row_once(
    readers: Readers, filled: dict[str, Alert], order: AlertOrder, scope: Scope
) -> None:
    found: list[AlertId] = []
    after: tuple[str, ...] | None = None
    while True:
        page = readers.alerts.page(AlertFilter(), scope, Page(3, after), order)
        found += [row.id for row in page.rows]
        if not page.has_next:
            break
        after = page.keys[-1]
    assert found == _sorted(filled, order)


def test_a_position_of_another_order_is_refused(readers: Readers, filled: dict[str, Alert]) -> None:
    page = readers.alerts.page(AlertFilter(), EVERYTHING, Page(3), AlertOrder.GRAVEST)
    with pytest.raises(InvalidValue):
        readers.alerts.page(AlertFilter(), EVERYTHING, Page(3, page.keys[-1]), AlertOrder.NEWEST)


def test_the_marker_counts_what_is_owed_by_kind(
    storage: Storage, readers: Readers, filled: dict[str, Alert]
) -> None:
    assert readers.alerts.unfed_back(FACTORY) == {AlertKind.CERTIFICATE: 1, AlertKind.RISK: len(OWED) - 1}
    assert readers.alerts.unfed_back(EnterpriseId(an_id("nobody"))) == {
        AlertKind.CERTIFICATE: 0,
        AlertKind.RISK: 0,
    }
    alert = stored(storage, filled["usual"].id)
    take(AlertAction.END)(alert)
    keep(storage, alert)
    assert readers.alerts.unfed_back(FACTORY)[AlertKind.RISK] == len(OWED) - 2


def test_a_period_has_what_was_opened_in_it_and_what_may_have_been_open_at_its_end(
    storage: Storage, readers: Readers
) -> None:
    since, until = NOW, NOW + timedelta(days=1)
    early, late = since - timedelta(microseconds=1), until + timedelta(hours=1)

    def opened(name: str, at: datetime, ended: datetime | None = None) -> Alert:
        alert = replace(an_alert(external_id=name, at=at), id=AlertId(an_id(name)))
        if ended is not None:
            take(AlertAction.END, ended)(alert)
        return alert

    asked = [
        opened("before, open", early),
        opened("before, ended at the end", early, until),
        opened("before, ended later", early, late),
        opened("in it", since + timedelta(seconds=2)),
        opened("in it, over", since + timedelta(seconds=3), since + timedelta(seconds=4)),
        opened("at its last instant", until - timedelta(microseconds=1)),
    ]
    others = [
        opened("before, over", early - timedelta(days=1), until - timedelta(microseconds=1)),
        opened("at its end", until),
    ]
    keep(storage, *asked, *others)
    rows = readers.alerts.of_period(since, until)
    assert {row.external_id for row in rows} == {alert.external_id for alert in asked}
    assert [(row.opened_at, row.id) for row in rows] == sorted((row.opened_at, row.id) for row in rows)
    assert rows == [readers.alerts.alerts([row.id], EVERYTHING)[row.id] for row in rows]
