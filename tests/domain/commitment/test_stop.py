"""What a report by a person means for the stops that the enterprise has declared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.commitment.form import Stoppage
from yanbao.domain.commitment.stop import concerns_stops, periods_after
from yanbao.domain.directory.enterprise import StopReason
from yanbao.domain.directory.shutdown import (
    PeriodSigned,
    PeriodSource,
    ShutdownPeriod,
    StopAnnulled,
    StopTooLong,
)
from yanbao.domain.refusals import InvalidForm

from ...support.builders import (
    DAY,
    LINTONG,
    NOW,
    a_form_in_production,
    a_form_of_stopped,
    a_shutdown,
    an_enterprise,
)
from ...support.commitments import facts, facts_in_shutdown, owed, signed

OF = an_enterprise()


def in_days(days: int) -> date:
    return DAY + timedelta(days=days)


def stopped_until(resumption: date | None, **changes: Any) -> Commitment:
    """Reported as stopped on DAY with this expected resumption."""
    commitment = owed(OF)
    form = a_form_of_stopped(stoppage=Stoppage(StopReason.OWN_DECISION, "设备检修", resumption), **changes)
    commitment.submit(form, facts=facts(OF), by=signed())
    return commitment


def producing() -> Commitment:
    commitment = owed(OF)
    commitment.submit(a_form_in_production(), facts=facts_in_shutdown(OF), by=signed())
    return commitment


def declared(first: date, last: date, **changes: Any) -> ShutdownPeriod:
    period = a_shutdown(OF, first=first, last=last, reason=StopReason.OWN_DECISION)
    declared = {"source": PeriodSource.ENTERPRISE, "registered": PeriodSigned(signed()), "note": "设备检修"}
    return replace(period, **(declared | changes))


def annulled(first: date, last: date) -> ShutdownPeriod:
    by = PeriodSigned(signed(), "临潼区应急管理局")
    return declared(first, last).cancel("现场检查发现仍在生产", by=by, today=first)


def test_a_stopped_report_with_an_expected_resumption_declares_a_stop_until_the_day_before() -> None:
    (period,) = periods_after(stopped_until(in_days(5)), [])
    assert (period.first_day, period.last_day) == (DAY, in_days(4))
    assert (period.source, period.enterprise_id) == (PeriodSource.ENTERPRISE, OF.id)
    assert (period.reason, period.note) == (StopReason.OWN_DECISION, "设备检修")
    assert period.registrar == "李永红"


def test_a_stopped_report_without_an_expected_resumption_declares_nothing() -> None:
    commitment = stopped_until(None)
    assert commitment.report is not None and not concerns_stops(commitment.report)
    assert periods_after(commitment, []) == ()


def test_any_report_by_a_person_ends_the_declared_stop_the_day_before() -> None:
    running = declared(in_days(-3), in_days(6))
    for commitment in (producing(), stopped_until(None)):
        (ended,) = periods_after(commitment, [running])
        assert ended == replace(running, last_day=in_days(-1))


def test_a_stop_that_is_declared_again_ends_the_first_and_begins_anew() -> None:
    running = declared(in_days(-3), in_days(6))
    ended, anew = periods_after(stopped_until(in_days(20)), [running])
    assert ended == replace(running, last_day=in_days(-1))
    assert (anew.first_day, anew.last_day) == (DAY, in_days(19))


def test_a_correction_on_the_same_day_takes_the_place_of_what_was_declared() -> None:
    standing = declared(DAY, in_days(6))
    withdrawn, anew = periods_after(stopped_until(in_days(3)), [standing])
    assert withdrawn.cancelled and not withdrawn.annulled
    assert anew.last_day == in_days(2)
    (taken_back,) = periods_after(producing(), [standing])
    assert taken_back.cancelled and not taken_back.annulled


def test_a_correction_that_says_the_same_of_the_stop_leaves_it_alone() -> None:
    assert periods_after(stopped_until(in_days(7)), [declared(DAY, in_days(6))]) == ()


def test_a_departments_period_is_neither_ended_nor_declared_once_more() -> None:
    of_region = a_shutdown(LINTONG, last=in_days(6))
    assert periods_after(producing(), [of_region]) == ()
    assert periods_after(stopped_until(in_days(7)), [of_region]) == ()
    (longer,) = periods_after(stopped_until(in_days(8)), [of_region])
    assert longer.last_day == in_days(7)
    (alone,) = periods_after(stopped_until(in_days(7)), [replace(of_region, cancelled=True)])
    assert alone.last_day == in_days(6)


def test_what_the_county_has_annulled_cannot_be_declared_again_for_the_same_days() -> None:
    with pytest.raises(StopAnnulled, match="临潼区应急管理局取消，原因：现场检查发现仍在生产") as refusal:
        periods_after(stopped_until(in_days(5)), [annulled(in_days(-1), in_days(6))])
    assert refusal.value.field == "stoppage.expectedResumption"
    assert periods_after(stopped_until(None), [annulled(in_days(-1), in_days(6))]) == ()


def test_what_the_enterprise_itself_took_back_can_be_declared_again() -> None:
    taken_back = declared(DAY, in_days(6)).withdraw(signed())
    (anew,) = periods_after(stopped_until(in_days(5)), [taken_back])
    assert anew.last_day == in_days(4)


@pytest.mark.parametrize(
    ("resumption", "last_day"),
    [(None, 1), (in_days(1), 1), (in_days(3), 2), (in_days(7), 6), (in_days(30), 6)],
    ids=["no longer known", "long ago", "tomorrow", "the same", "later"],
)
def test_a_correction_of_an_earlier_day_shortens_a_stop_from_today_on_and_never_lengthens_it(
    resumption: date | None, last_day: int
) -> None:
    commitment = stopped_until(resumption)
    assert commitment.report is not None
    two_days_on = replace(signed(), at=NOW + timedelta(days=2))
    commitment.report = replace(commitment.report, signed=two_days_on)
    changed = periods_after(commitment, [declared(DAY, in_days(6))])
    assert [period.last_day for period in changed] == ([] if last_day == 6 else [in_days(last_day)])


def test_nobody_declares_a_stop_for_longer_than_ninety_days() -> None:
    (longest,) = periods_after(stopped_until(in_days(90)), [])
    assert (longest.last_day - longest.first_day).days + 1 == 90
    with pytest.raises(
        StopTooLong, match=f"最多申报停产90天，预计复产日期不得晚于{in_days(90)}，现为{in_days(366)}"
    ):
        stopped_until(in_days(366))


def test_a_stop_that_is_too_long_is_refused_together_with_everything_else() -> None:
    with pytest.raises(InvalidForm) as refusal:
        stopped_until(in_days(91), duty_leader="")
    assert {item.field for item in refusal.value.items} == {"stoppage.expectedResumption", "dutyLeader"}


def test_inside_a_long_registered_period_its_own_end_may_be_stated() -> None:
    commitment = owed(OF)
    known = replace(facts_in_shutdown(OF), shutdown_until=in_days(200))
    form = a_form_of_stopped(stoppage=Stoppage(StopReason.HOLIDAY, "", in_days(200)))
    commitment.submit(form, facts=known, by=signed())
    assert commitment.report is not None
