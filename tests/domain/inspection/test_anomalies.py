"""Automatic is not verified: what a sheet shows is listed as facts, and nothing is said to be in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from yanbao.domain.inspection.anomalies import anomalies, permit_anomaly
from yanbao.domain.inspection.form import Figure, InspectionForm, InspectionKind, Sheet, figure
from yanbao.domain.inspection.inspection import Inspection

from ...support.builders import DAY, NOW
from ...support.inspections import (
    CITY_BUREAU,
    a_check_target,
    a_draft,
    a_patrol_target,
    a_permit_fact,
    a_sheet,
    a_visit,
)

PATROL, SPOT_CHECK = InspectionKind.PATROL, InspectionKind.SPOT_CHECK
YESTERDAY = DAY - timedelta(days=1)
EXPIRED = replace(a_permit_fact(valid=False), expires_on=YESTERDAY)


def of(kind: InspectionKind, **values: Any) -> tuple[Figure, ...]:
    return tuple(figure(kind, key, value, source="", as_of=None) for key, value in values.items())


def recorded(target: Any, sheet: Sheet) -> str:
    return Inspection.record_automatically(
        department=CITY_BUREAU, target=target, day=DAY, sheet=sheet, at=NOW
    ).conclusion_text


def test_an_automatic_spot_check_lists_the_anomalies_as_facts_and_finds_nothing_in_order() -> None:
    figures = of(
        SPOT_CHECK, commitmentStatus="未上报", openProblems=3, unfedBackProblems=2, overdueProblems=1
    )
    words = recorded(a_check_target(), a_sheet(*figures, permits=(EXPIRED,)))
    assert words == (
        "系统根据查看情况自动生成，未经人工核查。系统数据显示："
        f"安全生产许可证已过期（有效期至{YESTERDAY}）；当日承诺未上报；未反馈问题2个；逾期问题1个。"
    )
    assert "未发现问题" not in words


def test_an_automatic_patrol_lists_figures_and_what_was_seen_of_enterprises() -> None:
    figures = of(
        PATROL,
        commitmentsUnreported=3,
        commitmentsLate=1,
        dueProblems=4,
        overdueProblems=2,
        unfedBackAlerts=None,
    )
    visits = (a_visit("东风", seen="当日承诺未上报"), replace(a_visit("红星"), seen=()))
    words = recorded(a_patrol_target(), a_sheet(*figures, visits=visits))
    assert words == (
        "系统根据登录情况自动生成，未经人工核查。系统数据显示："
        "未上报承诺3家；逾期上报承诺1家；未反馈问题4个；逾期问题2个；东风：当日承诺未上报。"
    )


@pytest.mark.parametrize("target", [a_patrol_target(), a_check_target()])
def test_without_anomalies_it_says_only_that_nobody_verified_it(target: Any) -> None:
    quiet = a_sheet(*of(SPOT_CHECK, commitmentStatus="在产", overdueProblems=0), permits=(a_permit_fact(),))
    assert recorded(target, quiet).endswith("情况自动生成，未经人工核查。")


def test_many_visits_are_named_up_to_ten_and_the_rest_counted() -> None:
    found = anomalies(a_sheet(visits=tuple(a_visit(f"企业{n}", seen="未办结问题1个") for n in range(13))))
    assert len(found) == 11 and found[-1] == "另有3家企业有异常"


def test_a_permit_is_missing_expired_or_not_yet_valid() -> None:
    assert permit_anomaly(a_permit_fact(), DAY) is None
    none = replace(EXPIRED, number=None, expires_on=None)
    assert permit_anomaly(none, DAY) == "没有安全生产许可证"
    assert permit_anomaly(EXPIRED, DAY) == f"安全生产许可证已过期（有效期至{YESTERDAY}）"
    assert permit_anomaly(replace(EXPIRED, expires_on=DAY), DAY) == f"安全生产许可证尚未生效（有效期至{DAY}）"


def test_a_record_of_before_reads_as_it_was_written() -> None:
    draft = a_draft(form=InspectionForm(former_conclusion="总体情况良好。"))
    assert draft.conclusion_text == "总体情况良好。"
