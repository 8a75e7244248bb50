"""An automatic stop report says only what the system knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.commitment.report import Report
from yanbao.domain.directory.enterprise import Enterprise, StopReason
from yanbao.domain.directory.shutdown import PeriodSource, ShutdownFact

from ...support.builders import DAY, NOW, a_wholesaler, an_enterprise
from ...support.commitments import facts_in_shutdown, owed

FIRST, LAST = date(2026, 2, 1), date(2026, 2, 10)
REGISTERED = ShutdownFact(FIRST, LAST, PeriodSource.DEPARTMENT, "临潼区应急管理局", date(2026, 1, 28))
DECLARED = ShutdownFact(FIRST, LAST, PeriodSource.ENTERPRISE, "李永红", FIRST)


def automatic(period: ShutdownFact | None, of: Enterprise | None = None) -> Report:
    enterprise = of or an_enterprise()
    commitment: Commitment = owed(enterprise)
    known = replace(facts_in_shutdown(enterprise), shutdown=StopReason.HOLIDAY, shutdown_period=period)
    commitment.report_automatically(facts=known, at=NOW)
    assert commitment.report is not None
    return commitment.report


def test_the_automatic_report_says_from_when_to_when_and_who_registered_it() -> None:
    text = automatic(REGISTERED).text
    assert "停产期内（2026年2月1日至2026年2月10日）" in text
    assert "由临潼区应急管理局于2026年1月28日登记" in text
    assert "停产原因：节假日" in text
    assert "未经企业当日确认" in text


def test_a_stop_that_the_enterprise_declared_is_called_so() -> None:
    assert "由企业于2026年2月1日自行申报（申报人：李永红）" in automatic(DECLARED).text


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (replace(REGISTERED, registrar="", registered_on=None), "该停产期由应急管理部门登记，"),
        (None, "在登记的停产期内，"),
    ],
    ids=["registered before names were kept", "nothing known but the reason"],
)
def test_what_was_not_recorded_is_not_made_up(period: ShutdownFact | None, said: str) -> None:
    assert said in automatic(period).text


def test_nothing_is_said_of_locks_guards_or_promises_that_nobody_made() -> None:
    for of in (an_enterprise(), a_wholesaler()):
        for period in (REGISTERED, DECLARED):
            text = automatic(period, of).text
            assert [word for word in ("落锁", "看护", "承诺不", "值守", "可控") if word in text] == []


def test_a_producer_and_a_wholesaler_are_spoken_of_each_in_their_own_words() -> None:
    producer, wholesaler = automatic(REGISTERED).text, automatic(REGISTERED, a_wholesaler()).text
    assert "（生产企业）" in producer and "工房使用、涉药作业、在岗人员、现存药量、危险作业" in producer
    assert "（批发企业）" in wholesaler and "仓库使用、库存和出入库、在岗人员、危险作业" in wholesaler
    assert "涉药" not in wholesaler and "仓库" not in producer


def test_it_is_made_in_the_name_of_the_enterprise() -> None:
    enterprise = an_enterprise()
    report = automatic(REGISTERED, enterprise)
    assert report.promiser.name == enterprise.name
    assert report.text.startswith(f"{enterprise.name}（生产企业）{DAY.year}年{DAY.month}月{DAY.day}日")


def test_a_long_name_is_shortened_to_what_the_ministry_takes_as_promiser() -> None:
    assert len(automatic(REGISTERED, replace(an_enterprise(), name="烟" * 80)).promiser.name) == 50


def test_what_nobody_looked_at_is_left_empty_and_risk_and_hazard_are_called_unstated() -> None:
    report = automatic(REGISTERED)
    form = report.form
    assert (form.duty_leader, form.duty_phone, form.top_temperature, form.storm_warning) == (
        "",
        None,
        None,
        None,
    )
    assert (form.production, form.wholesale) == (None, None)
    assert "重大隐患和风险等级均未填报、未研判" in report.text
