"""The settings in force are kept for a second, and what was resolved from them as long as they are the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta

import pytest

from yanbao.application import policies
from yanbao.application.access import SYSTEM
from yanbao.application.policies import FRESH, PolicyBook
from yanbao.domain.directory.organisation import Level
from yanbao.domain.policy import Policy, Setting, policy_in_force
from yanbao.domain.values import RegionId

from ..support.builders import DAY, LINTONG, NOW, WEINAN, a_region, a_setting
from ..support.settling import settle_in
from ..support.world import World, a_world

NINE, EIGHT = time(9, 0), time(8, 0)


class Asking:
    """One book, asked over and over, the clock of the caller going on by as much as it says."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = NOW
        self._book = PolicyBook()

    def after(self, passed: timedelta, region: RegionId = LINTONG, day: date = DAY) -> Policy:
        self.now += passed
        with self.world.system.storage.work(SYSTEM) as work:
            return self._book.policy(work, region, day, now=self.now)


@pytest.fixture
def asking() -> Asking:
    return Asking(a_world())


def test_a_changed_setting_is_in_force_after_a_second_and_not_before(asking: Asking) -> None:
    before = asking.after(timedelta()).commitment_deadline
    settle_in(asking.world.system.storage, SYSTEM, a_setting(region=LINTONG, value="09:00"))
    assert asking.after(FRESH / 2).commitment_deadline == before
    assert asking.after(FRESH / 2).commitment_deadline == NINE


def test_a_region_that_moves_follows_its_new_parent_after_a_second(asking: Asking) -> None:
    settle_in(asking.world.system.storage, SYSTEM, a_setting(region=WEINAN, value="08:00"))
    assert asking.after(timedelta()).commitment_deadline != EIGHT
    settle_in(asking.world.system.storage, SYSTEM, a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN))
    assert asking.after(FRESH).commitment_deadline == EIGHT


def test_it_is_resolved_again_only_when_something_has_changed_or_on_another_day(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved: list[date] = []

    def counted(settings: Iterable[Setting], lineage: Sequence[RegionId], day: date) -> Policy:
        resolved.append(day)
        return policy_in_force(settings, lineage, day)

    monkeypatch.setattr(policies, "policy_in_force", counted)
    for passed in (timedelta(), FRESH, FRESH * 5):
        asking.after(passed)
    assert resolved == [DAY]
    asking.after(timedelta(days=1))
    assert resolved == [DAY, DAY]
