"""A commitment must not contradict itself: every contradiction is refused, all together, with the figures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from yanbao.domain.commitment.contradictions import Contradiction
from yanbao.domain.commitment.form import CommitmentForm, Facts, PowderProcess, ProductionFigures

from ...support.builders import a_form_in_production, a_form_of_stopped, a_wholesale_form
from .forms import PRODUCER, STOCK, WHOLESALER, briefly, produced, refusals, stored

NOTHING = Decimal(0)
TWO = (PowderProcess.MIXING, PowderProcess.CHARGING)


@pytest.mark.parametrize("grade", [2, 3, 4])
def test_a_major_hazard_with_another_grade_than_1_is_refused(grade: int) -> None:
    for form, known in (
        (a_form_in_production(), PRODUCER),
        (a_wholesale_form(), WHOLESALER),
        (a_form_of_stopped(), PRODUCER),
    ):
        assert refusals(replace(form, major_hazard=True, risk_grade=grade), known) == [
            (Contradiction, "riskGrade", f"存在重大隐患，风险等级应为1级，现为{grade}级。")
        ]
        assert refusals(replace(form, major_hazard=True, risk_grade=1), known) == []
        assert refusals(replace(form, major_hazard=False, risk_grade=1), known) == []


@pytest.mark.parametrize(
    ("form", "known", "field", "sentence"),
    [
        (
            produced(
                workshops_in_use=0, powder_workshops_in_use=0, powder_processes=(), present_powder_kg=NOTHING
            ),
            PRODUCER,
            "production.workshopsInUse",
            "已承诺在产，使用工房数却为0（档案登记3间）；未生产的请按停产上报。",
        ),
        (
            produced(present_persons=0),
            PRODUCER,
            "production.presentPersons",
            "已承诺在产，在岗人数却为0（核定12人）；未作业的请按停产上报。",
        ),
        (
            produced(powder_processes=()),
            PRODUCER,
            "production.powderProcesses",
            "使用涉药工房2间，却没有填写今日涉药工序。",
        ),
        (
            produced(powder_workshops_in_use=0, powder_processes=()),
            PRODUCER,
            "production.presentPowderKg",
            "现存药量20.125千克，使用涉药工房数却为0。",
        ),
        (
            produced(powder_workshops_in_use=0, powder_processes=TWO, present_powder_kg=NOTHING),
            PRODUCER,
            "production.powderProcesses",
            "今日涉药工序为混药、装药，使用涉药工房数却为0。",
        ),
        (
            stored(warehouses_in_use=0),
            WHOLESALER,
            "wholesale.warehousesInUse",
            "已承诺在产，使用仓库数却为0（档案登记2栋）；未经营的请按停产上报。",
        ),
        (
            stored(present_persons=0),
            WHOLESALER,
            "wholesale.presentPersons",
            "已承诺在产，在岗人数却为0（核定6人）；未作业的请按停产上报。",
        ),
        (
            stored(stock_kg=NOTHING),
            WHOLESALER,
            "wholesale.stockKg",
            "库存箱数1200.5箱，库存量却为0千克。",
        ),
        (
            stored(stock_boxes=NOTHING),
            WHOLESALER,
            "wholesale.stockBoxes",
            "库存量15000千克，库存箱数却为0箱。",
        ),
    ],
    ids=briefly,
)
def test_in_production_figures_that_cannot_be_true_together_are_refused(
    form: CommitmentForm, known: Facts, field: str, sentence: str
) -> None:
    assert refusals(form, known) == [(Contradiction, field, sentence)]


@pytest.mark.parametrize(
    ("form", "known", "field", "sentence"),
    [
        (
            a_form_of_stopped(production=ProductionFigures(3, 0, (), 2, NOTHING)),
            PRODUCER,
            "production.workshopsInUse",
            "已承诺停产，使用工房数应为0，现为3。",
        ),
        (
            a_form_of_stopped(production=ProductionFigures(0, 0, TWO, 2, NOTHING)),
            PRODUCER,
            "production.powderProcesses",
            "已承诺停产，却填写了今日涉药工序混药、装药。",
        ),
        (
            a_form_of_stopped(wholesale=replace(STOCK, boxes_out=NOTHING)),
            WHOLESALER,
            "wholesale.boxesIn",
            "已承诺停产，今日入库应为0，现为30箱。",
        ),
        (
            a_form_of_stopped(wholesale=replace(STOCK, boxes_in=NOTHING)),
            WHOLESALER,
            "wholesale.boxesOut",
            "已承诺停产，今日出库应为0，现为12箱。",
        ),
    ],
    ids=briefly,
)
def test_who_stands_still_neither_makes_nor_moves_anything(
    form: CommitmentForm, known: Facts, field: str, sentence: str
) -> None:
    assert refusals(form, known) == [(Contradiction, field, sentence)]


def test_watchmen_and_stock_do_not_contradict_a_stop() -> None:
    watched = ProductionFigures(0, 0, (), 2, Decimal("12.5"))
    assert refusals(a_form_of_stopped(production=watched)) == []
    still = replace(STOCK, boxes_in=NOTHING, boxes_out=NOTHING)
    assert refusals(a_form_of_stopped(wholesale=still), WHOLESALER) == []


def test_all_contradictions_of_a_form_are_said_together() -> None:
    form = replace(
        produced(workshops_in_use=0, powder_workshops_in_use=0, present_persons=0, powder_processes=TWO),
        major_hazard=True,
        risk_grade=4,
    )
    assert [field for _, field, _ in refusals(form)] == [
        "riskGrade",
        "production.workshopsInUse",
        "production.presentPersons",
        "production.powderProcesses",
        "production.presentPowderKg",
    ]
