"""Which change nudges whom: also whoever had a matter before, who watches a region, and whoever is logged in."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.notice.nudges import NEW_DAY, SESSIONS, heard_by, nudged_by
from yanbao.domain.alert.events import AlertEscalated
from yanbao.domain.commitment.events import CommitmentsOwed
from yanbao.domain.directory.events import DirectoryChanged
from yanbao.domain.identity.events import AccessChanged
from yanbao.domain.problem.events import ProblemHandedOver
from yanbao.domain.values import AccountId, DepartmentId, RegionId

from ...support.alerts import an_alert
from ...support.builders import DAY, LINTONG, NOW, an_id
from ...support.commitments import reported
from ...support.inspections import issued
from ...support.rectification import a_rectification
from ...support.world import CITY_DUTY, HEAD, PROVINCE_DUTY

FORMER = DepartmentId(an_id("department", "the former"))


def fields_of(event: Any) -> dict[str, Any]:
    return {field.name: getattr(event, field.name) for field in fields(event)}


def test_who_had_a_matter_before_is_nudged_when_it_is_handed_on() -> None:
    (issue,), (opening,) = issued().events, an_alert().events
    for handed_on in (
        ProblemHandedOver(**fields_of(issue), former_id=FORMER),
        AlertEscalated(**fields_of(opening), former_id=FORMER),
    ):
        assert f"department:{FORMER}" in nudged_by(handed_on)
    assert nudged_by(issue) < nudged_by(ProblemHandedOver(**fields_of(issue), former_id=FORMER))


def test_a_report_nudges_its_enterprise_and_who_watches_its_region() -> None:
    (event,) = reported().events
    nudges = nudged_by(event)
    assert nudges == {f"enterprise:{event.enterprise_id}", f"region:{event.region_id}"}
    city = a_rectification().actor(CITY_DUTY)
    assert nudges & heard_by(city, [RegionId(event.region_id)])
    assert not nudges & heard_by(city, [RegionId("610116")] if event.region_id == LINTONG else [LINTONG])


def test_a_new_day_nudges_everybody_but_the_system() -> None:
    assert nudged_by(CommitmentsOwed(DAY, 3, NOW)) == {NEW_DAY}
    for person in (HEAD, CITY_DUTY, PROVINCE_DUTY):
        assert NEW_DAY in heard_by(a_rectification().actor(person))
    assert heard_by(SYSTEM, [LINTONG]) == frozenset()


@pytest.mark.parametrize(
    ("what", "moves"), [("Person", True), ("Department", True), ("Region", True), ("Certificate", False)]
)
def test_a_change_of_who_sees_what_has_the_sessions_checked(what: str, moves: bool) -> None:
    assert nudged_by(DirectoryChanged(what, "1", "changed", NOW)) == ({SESSIONS} if moves else frozenset())


def test_a_change_of_access_has_the_sessions_checked() -> None:
    changed = AccessChanged("sessions revoked", AccountId(an_id("account", "x")), "", NOW)
    assert nudged_by(changed) == {SESSIONS}
