"""The checks of the form, field by field, each with its sentence and its figures."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from yanbao.domain.commitment.form import (
    HAZARDOUS_WORK_NAMES,
    POWDER_PROCESS_NAMES,
    CommitmentForm,
    Facts,
    HazardousWork,
    PowderProcess,
    ProductionFigures,
    Stoppage,
    Substitute,
    WholesaleFigures,
)
from yanbao.domain.directory.enterprise import StopReason
from yanbao.domain.refusals import InvalidValue

from ...support.builders import DAY, a_form_in_production, a_form_of_stopped, a_full_form, a_wholesale_form
from .forms import PRODUCER, WHOLESALER, briefly, produced, refusals, stored

NO_FIGURES = ProductionFigures(0, 0, (), 0, Decimal(0))
NO_STOCK = WholesaleFigures(0, Decimal(0), Decimal(0), Decimal(0), Decimal(0), 0)


@pytest.mark.parametrize(
    ("form", "known"),
    [
        (a_form_in_production(), PRODUCER),
        (a_full_form(), PRODUCER),
        (a_wholesale_form(), WHOLESALER),
        (a_form_of_stopped(), PRODUCER),
        (a_form_of_stopped(), WHOLESALER),
        (a_form_of_stopped(production=NO_FIGURES), PRODUCER),
        (produced(present_persons=12, present_powder_kg=Decimal(25)), PRODUCER),
    ],
)
def test_a_form_within_everything_is_accepted(form: CommitmentForm, known: Facts) -> None:
    assert refusals(form, known) == []


PRODUCTION_FAULTS = [
    (produced(workshops_in_use=4), "production.workshopsInUse", "使用工房数应在0至3之间，现为4。"),
    (
        produced(powder_workshops_in_use=3),
        "production.powderWorkshopsInUse",
        "使用涉药工房数应在0至2之间，现为3。",
    ),
    (
        produced(workshops_in_use=1),
        "production.powderWorkshopsInUse",
        "使用涉药工房数2不能多于使用工房数1。",
    ),
    (
        produced(powder_processes=(PowderProcess.MIXING, PowderProcess.MIXING)),
        "production.powderProcesses",
        "涉药工序重复。",
    ),
    (produced(present_persons=-1), "production.presentPersons", "在岗人数应在0至5000之间，现为-1。"),
    (
        produced(present_powder_kg=Decimal("1.2345")),
        "production.presentPowderKg",
        "现存药量最多保留三位小数。",
    ),
    (
        produced(present_powder_kg=Decimal("-1")),
        "production.presentPowderKg",
        "现存药量应在0至100000千克之间，现为-1千克。",
    ),
    (a_form_in_production(production=None), "production", "生产企业在产时必须填写生产情况。"),
    (a_form_in_production(wholesale=NO_STOCK), "wholesale", "生产企业不填写仓储情况。"),
]


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    PRODUCTION_FAULTS,
    ids=briefly,
)
def test_wrong_production_figures_are_refused_with_the_figures(
    form: CommitmentForm, field: str, sentence: str
) -> None:
    assert refusals(form) == [(InvalidValue, field, sentence)]


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        (stored(warehouses_in_use=3), "wholesale.warehousesInUse", "使用仓库数应在0至2之间，现为3。"),
        (
            stored(stock_boxes=Decimal(-1)),
            "wholesale.stockBoxes",
            "库存箱数应在0至10000000箱之间，现为-1箱。",
        ),
        (stored(stock_kg=Decimal("0.0001")), "wholesale.stockKg", "库存量最多保留三位小数。"),
        (stored(boxes_in=Decimal(-1)), "wholesale.boxesIn", "今日入库应在0至10000000箱之间，现为-1箱。"),
        (stored(boxes_out=Decimal(-2)), "wholesale.boxesOut", "今日出库应在0至10000000箱之间，现为-2箱。"),
        (stored(present_persons=-1), "wholesale.presentPersons", "在岗人数应在0至5000之间，现为-1。"),
        (a_wholesale_form(wholesale=None), "wholesale", "批发企业在产时必须填写仓储情况。"),
        (a_wholesale_form(production=NO_FIGURES), "production", "批发企业不填写生产情况。"),
    ],
    ids=briefly,
)
def test_wrong_stock_figures_are_refused_with_the_figures(
    form: CommitmentForm, field: str, sentence: str
) -> None:
    assert refusals(form, WHOLESALER) == [(InvalidValue, field, sentence)]


def stopped(**changes: Any) -> CommitmentForm:
    return a_form_of_stopped(stoppage=replace(Stoppage(StopReason.OWN_DECISION, "检修"), **changes))


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        (a_form_of_stopped(stoppage=None), "stoppage", "停产时必须填写停产原因。"),
        (
            a_form_in_production(stoppage=Stoppage(StopReason.OTHER, "搬迁")),
            "stoppage",
            "在产时不得填写停产原因。",
        ),
        (stopped(reason=StopReason.OTHER, note="搬"), "stoppage.note", "停产说明至少2个字，现有1个。"),
        (stopped(note="长" * 201), "stoppage.note", "停产说明最多200个字，现有201个。"),
        (
            stopped(expected_resumption=DAY),
            "stoppage.expectedResumption",
            f"预计复产日期{DAY}应晚于承诺日期{DAY}。",
        ),
    ],
    ids=briefly,
)
def test_a_wrong_stoppage_is_refused(form: CommitmentForm, field: str, sentence: str) -> None:
    assert refusals(form) == [(InvalidValue, field, sentence)]


def test_a_stoppage_may_leave_open_when_it_ends_and_end_tomorrow() -> None:
    assert refusals(stopped(expected_resumption=None)) == []
    assert refusals(stopped(expected_resumption=DAY + timedelta(days=1))) == []
    assert refusals(stopped(note="")) == []


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"duty_leader": " "}, "dutyLeader", "带班领导不能为空。"),
        ({"duty_leader": "长" * 31}, "dutyLeader", "带班领导最多30个字，现有31个。"),
        ({"duty_phone": None}, "dutyPhone", "必须填写带班领导的手机号码。"),
        ({"top_temperature": None}, "topTemperature", "必须填写当日天气：最高气温和雷电、暴雨预警。"),
        ({"storm_warning": None}, "topTemperature", "必须填写当日天气：最高气温和雷电、暴雨预警。"),
        ({"top_temperature": 61}, "topTemperature", "最高气温（℃）应在-50至60之间，现为61。"),
        ({"top_temperature": -51}, "topTemperature", "最高气温（℃）应在-50至60之间，现为-51。"),
        ({"hazardous_work": None}, "hazardousWork", "必须填写当日危险作业的数量。"),
        ({"major_hazard": None}, "majorHazard", "必须填写是否存在重大隐患。"),
        ({"risk_grade": None}, "riskGrade", "必须填写风险等级。"),
        ({"risk_grade": 0}, "riskGrade", "风险等级应在1至4之间，现为0。"),
        ({"risk_grade": 5}, "riskGrade", "风险等级应在1至4之间，现为5。"),
        ({"supplement": "长" * 501}, "supplement", "补充说明最多500个字，现有501个。"),
        (
            {"substitute": Substitute(None, "出")},
            "substitute.reason",
            "授权代承诺的原因至少2个字，现有1个。",
        ),
        ({"explanation": "长" * 501}, "explanation", "情况说明最多500个字，现有501个。"),
    ],
    ids=str,
)
def test_a_wrong_entry_is_refused_with_its_name(changes: dict[str, Any], field: str, sentence: str) -> None:
    assert refusals(a_form_in_production(**changes)) == [(InvalidValue, field, sentence)]


@pytest.mark.parametrize("name", [entry.name for entry in fields(HazardousWork)])
def test_hazardous_work_is_counted_up_to_999(name: str) -> None:
    head, *rest = name.split("_")
    path = f"hazardousWork.{head}{''.join(word.title() for word in rest)}"
    assert refusals(a_form_in_production(hazardous_work=HazardousWork(**{name: 999}))) == []
    assert refusals(a_form_in_production(hazardous_work=HazardousWork(**{name: 1000}))) == [
        (InvalidValue, path, f"{HAZARDOUS_WORK_NAMES[name]}应在0至999之间，现为1000。")
    ]


def test_every_hazardous_work_and_powder_process_has_a_name() -> None:
    assert set(HAZARDOUS_WORK_NAMES) == {entry.name for entry in fields(HazardousWork)}
    assert set(POWDER_PROCESS_NAMES) == set(PowderProcess)
