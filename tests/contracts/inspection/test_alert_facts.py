"""What the forms of patrols and spot checks know of alerts: how many are open, and how grave they were."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.inspection import PatrolFacts
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.alert.form import AlertLevel
from yanbao.domain.directory.organisation import Level
from yanbao.domain.values import RegionId

from ...support.alerts import an_alert, every_alert, keep_alerts, restated
from ...support.builders import CHANGAN, DAY, NOW, WEINAN, XIAN, an_enterprise
from ...support.settling import settle_in
from .inspections import PROVINCE_BUREAU, XIAN_BUREAU, settle_inspectors

FACTORY, SECOND = an_enterprise(), an_enterprise("西风烟花厂", region=CHANGAN)


@pytest.fixture(autouse=True)
def a_directory(storage: Storage) -> None:
    settle_inspectors(storage)
    settle_in(storage, SYSTEM, SECOND)


def facts_of(readers: Readers, region: RegionId = XIAN) -> PatrolFacts:
    return readers.inspections.patrol_facts(
        region,
        Level.CITY,
        XIAN_BUREAU.id,
        person_id=None,
        inspecting_id=PROVINCE_BUREAU.id,
        day=DAY,
        at=NOW,
    )


def test_alerts_of_a_region_and_of_an_enterprise_are_counted_while_they_are_open(
    storage: Storage, readers: Readers
) -> None:
    keep_alerts(storage, *every_alert())
    found = facts_of(readers)
    assert (found.open_alerts, found.unfed_back_alerts) == (5, 4)
    elsewhere = facts_of(readers, WEINAN)
    assert (elsewhere.open_alerts, elsewhere.unfed_back_alerts) == (0, 0)
    facts = readers.inspections.spot_check_facts(FACTORY.id, DAY, at=NOW)
    assert (facts.open_alerts, facts.unfed_back_alerts) == (5, 4)
    assert readers.inspections.spot_check_facts(SECOND.id, DAY, at=NOW).open_alerts == 0


WEEK = timedelta(days=7)
RED_FOR_A_MINUTE: list[tuple[timedelta, AlertLevel | None, str | None]] = [
    (timedelta(minutes=1), AlertLevel.RED, None),
    (timedelta(minutes=2), AlertLevel.BLUE, None),
    (timedelta(minutes=3), None, "人员已撤离"),
]
"""Opened at ORANGE at NOW, then these steps: after so long, at this level, or ended."""


@pytest.mark.parametrize(
    ("after", "level"),
    [
        (timedelta(0), AlertLevel.ORANGE),
        (timedelta(minutes=1), AlertLevel.RED),
        (WEEK + timedelta(minutes=2) - timedelta(microseconds=1), AlertLevel.RED),
        (WEEK + timedelta(minutes=2), AlertLevel.BLUE),
        (WEEK + timedelta(minutes=3), None),
    ],
)
def test_the_highest_level_is_of_what_was_open_within_seven_days(
    storage: Storage, readers: Readers, after: timedelta, level: AlertLevel | None
) -> None:
    alert = an_alert(AlertLevel.ORANGE)
    for version, (wait, to, ended) in enumerate(RED_FOR_A_MINUTE, start=2):
        restated(alert, version=version, at=NOW + wait, level=to, ended=ended)
    keep_alerts(storage, alert)
    facts = readers.inspections.spot_check_facts(FACTORY.id, DAY, at=NOW + after)
    assert facts.highest_alert_level is level
    assert alert.gravest_since(NOW + after - WEEK, NOW + after) is level
