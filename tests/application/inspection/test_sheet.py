"""The pre-filled sheets: every figure of the forms with its source and time, and what is not connected never as 0."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from yanbao.application.inspection.sheet import patrol_sheet, spot_check_sheet
from yanbao.application.inspection.targets import Places
from yanbao.application.ports.commitment import Tally
from yanbao.application.ports.directory import RegionRow
from yanbao.application.ports.inspection import OnlineRates, PatrolFacts, SpotCheckFacts, VisitFact
from yanbao.domain.alert.form import AlertLevel
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.directory.organisation import Level
from yanbao.domain.inspection.form import PATROL_FIGURES, SPOT_CHECK_FIGURES, Figure, Rank, Sheet
from yanbao.domain.refusals import NotFound
from yanbao.domain.values import EnterpriseId, RegionId

from ...support.builders import (
    CHANGAN,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_region_tree,
    an_id,
)
from ...support.dates import TODAY
from ...support.inspections import a_permit_fact

TALLY = Tally(expected=8, in_production=5, stopped=2, unreported=1, on_time=6, late=1, automatic=1)
EXPIRED = replace(a_permit_fact(valid=False), expires_on=TODAY - timedelta(days=1))
FACTS = PatrolFacts(
    enterprises={EnterpriseKind.PRODUCTION: 6, EnterpriseKind.WHOLESALE: 2},
    tally=TALLY,
    peers={
        LINTONG: TALLY,
        CHANGAN: Tally(expected=4, in_production=4, on_time=4),
        PUCHENG: Tally(expected=2, unreported=2),
        YANGLING_COUNTY: Tally(),
    },
    log_ins=3,
    log_in_users=2,
    last_log_in=NOW,
    due_problems=4,
    fed_back_problems=2,
    overdue_problems=1,
    own_spot_checks=5,
    automatic_spot_checks=6,
    open_alerts=8,
    unfed_back_alerts=7,
    visits=(
        VisitFact(EnterpriseId(an_id("enterprise", "东风")), "东风", 2, NOW, True, True, 3, 2, EXPIRED),
        VisitFact(
            EnterpriseId(an_id("enterprise", "红星")), "红星", 1, NOW, False, False, 0, 0, a_permit_fact()
        ),
    ),
)


def by_key(sheet: Sheet) -> dict[str, Figure]:
    return {figure.key: figure for figure in sheet.figures}


def a_patrol(facts: PatrolFacts = FACTS, rates: OnlineRates | None = None) -> dict[str, Figure]:
    return by_key(patrol_sheet(facts, rates, LINTONG, NOW))


def test_a_patrol_has_every_figure_of_its_form_in_the_order_of_the_form() -> None:
    figures = patrol_sheet(FACTS, None, LINTONG, NOW).figures
    assert [figure.key for figure in figures] == list(PATROL_FIGURES)
    assert all(figure.source for figure in figures)


def test_every_figure_of_a_patrol_reads_as_the_facts_say() -> None:
    assert {key: figure.shown for key, figure in a_patrol().items()} == {
        "productionEnterprises": "6家",
        "wholesaleEnterprises": "2家",
        "commitmentsExpected": "8家",
        "commitmentsReported": "7家",
        "commitmentsLate": "1家",
        "commitmentsUnreported": "1家",
        "commitmentRate": "87.5%（第2名，共3个）",
        "inProduction": "5家",
        "stopped": "2家",
        "logIns": "3次",
        "logInUsers": "2人",
        "lastLogIn": f"{TODAY} 09:30",
        "openAlerts": "8条",
        "unfedBackAlerts": "7条",
        "dueProblems": "4个",
        "fedBackProblems": "2个",
        "overdueProblems": "1个",
        "ownSpotChecks": "5次",
        "ownAutomaticSpotChecks": "6条",
        "videoOnlineRate": "未接入",
        "sensorOnlineRate": "未接入",
    }


def test_every_figure_says_where_it_comes_from_and_when_and_what_is_not_connected_has_no_time() -> None:
    figures = a_patrol()
    assert {figure.source for figure in figures.values()} == {
        "企业档案",
        "安全承诺统计",
        "登录记录",
        "预警台账",
        "问题台账",
        "抽查记录",
        "视频监测平台",
        "传感器监测平台",
    }
    assert all(figure.as_of == (None if figure.value is None else NOW) for figure in figures.values())


def test_the_rate_is_ranked_among_the_regions_of_its_rank_in_which_anything_is_owed() -> None:
    assert a_patrol()["commitmentRate"].rank == Rank(place=2, among=3)


def test_a_region_that_has_reported_nothing_is_not_ranked() -> None:
    rate = a_patrol(replace(FACTS, tally=Tally(expected=8, unreported=8)))["commitmentRate"]
    assert (rate.shown, rate.rank) == ("0%", None)


def test_a_region_in_which_nothing_is_owed_has_no_rate_and_no_rank() -> None:
    rate = a_patrol(replace(FACTS, tally=Tally()))["commitmentRate"]
    assert (rate.shown, rate.rank) == ("无", None)


def test_a_department_that_never_logged_in_has_no_last_time() -> None:
    assert a_patrol(replace(FACTS, log_ins=0, log_in_users=0, last_log_in=None))["lastLogIn"].shown == "无"


@pytest.mark.parametrize(
    ("rates", "video", "sensors"),
    [
        (None, "未接入", "未接入"),
        (OnlineRates(Decimal("97.6"), None, NOW), "97.6%", "未接入"),
        (OnlineRates(None, Decimal("0.0"), NOW), "未接入", "0%"),
        (OnlineRates(Decimal("100.0"), Decimal("8.0"), NOW), "100%", "8%"),
    ],
)
def test_rates_of_video_and_sensors_are_not_connected_where_there_is_no_source_and_never_0(
    rates: OnlineRates | None, video: str, sensors: str
) -> None:
    figures = a_patrol(rates=rates)
    assert (figures["videoOnlineRate"].shown, figures["sensorOnlineRate"].shown) == (video, sensors)


def test_rates_are_as_of_the_platforms_own_time() -> None:
    before = NOW - timedelta(minutes=3)
    figures = a_patrol(rates=OnlineRates(Decimal(97), None, before))
    assert (figures["videoOnlineRate"].as_of, figures["sensorOnlineRate"].as_of) == (before, None)


def test_visits_say_by_name_what_was_seen_an_expired_permit_first() -> None:
    visits = patrol_sheet(FACTS, None, LINTONG, NOW).visits
    assert [(visit.name, visit.shown) for visit in visits] == [
        (
            "东风",
            f"查看2次；已抽查；安全生产许可证已过期（有效期至{EXPIRED.expires_on}）；当日承诺未上报；未办结问题3个；未办结预警2条",
        ),
        ("红星", "查看1次"),
    ]


def test_a_spot_check_of_an_enterprise_that_owes_nothing_has_nothing_to_say() -> None:
    sheet = spot_check_sheet(SpotCheckFacts(None, (a_permit_fact(),), 2, 1, 0, 3, 2, AlertLevel.RED), NOW)
    assert [figure.key for figure in sheet.figures] == list(SPOT_CHECK_FIGURES)
    assert {key: figure.shown for key, figure in by_key(sheet).items()} == {
        "commitmentStatus": "无",
        "commitmentReportedAt": "无",
        "commitmentLate": "无",
        "openProblems": "2个",
        "unfedBackProblems": "1个",
        "overdueProblems": "0个",
        "openAlerts": "3条",
        "unfedBackAlerts": "2条",
        "highestAlertLevel": "红色（重大）",
    }
    assert sheet.permits == (a_permit_fact(),)


# ---------------------------------------------------------------- what counts a region


def the_places() -> Places:
    rows = [RegionRow(r.id, r.name, r.level, r.parent_id, r.local, r.gb_code) for r in a_region_tree()]
    governed = RegionRow(RegionId("610581"), "韩城市", Level.COUNTY, PROVINCE, False, "610581")
    return Places([*rows, governed])


@pytest.mark.parametrize(
    ("region", "city"),
    [
        (LINTONG, XIAN),
        (XIAN, XIAN),
        (YANGLING_COUNTY, YANGLING),
        (YANGLING, YANGLING),
        (RegionId("610581"), RegionId("610581")),
        (PROVINCE, PROVINCE),
    ],
)
def test_a_region_is_counted_by_its_city_and_one_below_the_province_by_itself(
    region: RegionId, city: RegionId
) -> None:
    assert the_places().city_of(region) == city


def test_a_region_that_is_none_is_not_found() -> None:
    with pytest.raises(NotFound):
        the_places().get(RegionId("999999"))
