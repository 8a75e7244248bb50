"""The rules of the form as a whole, the suggested grade, and the rendered text."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from yanbao.domain.commitment.check import (
    ExcessUnexplained,
    PermitExpired,
    StoppedWithPowder,
    suggested_grade,
)
from yanbao.domain.commitment.form import (
    CommitmentForm,
    Facts,
    HazardousWork,
    ProductionFigures,
    Stoppage,
    excesses,
)
from yanbao.domain.directory.certificate import CERTIFICATE_NAMES, CertificateKind, PermitFact
from yanbao.domain.directory.enterprise import StopReason
from yanbao.domain.refusals import InvalidValue
from yanbao.domain.values import Phone, plain

from ...support.builders import a_form_in_production, a_form_of_stopped, a_wholesale_form
from ...support.commitments import facts_in_shutdown
from ...support.dates import TODAY
from .forms import FIGURES, PRODUCER, STOCK, WHOLESALER, briefly, produced, refusals, stored

# ---------------------------------------------------------------- rules


def test_production_without_a_valid_permit_is_refused_and_standing_still_is_not() -> None:
    expired = replace(PRODUCER.permit, valid=False)
    number, until = expired.number, expired.expires_on
    assert refusals(a_form_in_production(), replace(PRODUCER, permit=expired)) == [
        (
            PermitExpired,
            "status",
            f"安全生产许可证在{TODAY}无效（编号{number}，有效期至{until}），不得承诺在产；请办理延期后再报，或按停产上报。",
        )
    ]
    assert refusals(a_form_of_stopped(), replace(PRODUCER, permit=expired)) == []


def test_production_with_no_permit_at_all_is_refused() -> None:
    name = CERTIFICATE_NAMES[CertificateKind.WHOLESALE_PERMIT]
    none = PermitFact(name, None, None, valid=False)
    assert refusals(a_wholesale_form(), replace(WHOLESALER, permit=none)) == [
        (
            PermitExpired,
            "status",
            f"{name}在{TODAY}无效（档案中没有该证书），不得承诺在产；请办理延期后再报，或按停产上报。",
        )
    ]


def test_who_stands_still_uses_no_powder_workshop() -> None:
    form = a_form_of_stopped(production=ProductionFigures(1, 1, (), 2, Decimal(0)))
    assert refusals(form)[0] == (
        StoppedWithPowder,
        "production.powderWorkshopsInUse",
        "已承诺停产，使用涉药工房数应为0，现为1。",
    )


@pytest.mark.parametrize(
    ("form", "known", "field", "sentence"),
    [
        (
            produced(present_persons=13),
            PRODUCER,
            "production.presentPersons",
            "在岗人数13人，超过核定12人，必须填写情况说明。",
        ),
        (
            produced(present_powder_kg=Decimal("25.001")),
            PRODUCER,
            "production.presentPowderKg",
            "现存药量25.001千克，超过核定25千克，必须填写情况说明。",
        ),
        (
            stored(present_persons=7),
            WHOLESALER,
            "wholesale.presentPersons",
            "在岗人数7人，超过核定6人，必须填写情况说明。",
        ),
        (
            stored(stock_boxes=Decimal("1600.5")),
            WHOLESALER,
            "wholesale.stockBoxes",
            "库存箱数1600.5箱，超过核定1600箱，必须填写情况说明。",
        ),
        (
            stored(stock_kg=Decimal("19201.10")),
            WHOLESALER,
            "wholesale.stockKg",
            "库存量19201.1千克，超过核定19201千克，必须填写情况说明。",
        ),
    ],
    ids=briefly,
)
def test_more_than_approved_must_be_explained(
    form: CommitmentForm, known: Facts, field: str, sentence: str
) -> None:
    assert refusals(form, known) == [(ExcessUnexplained, field, sentence)]
    assert refusals(replace(form, explanation="  "), known) == [(ExcessUnexplained, field, sentence)]
    explained = replace(form, explanation="交接班")
    assert refusals(explained, known) == []
    assert [excess.field for excess in excesses(explained, known)] == [field]


@pytest.mark.parametrize(
    ("form", "known", "field", "sentence"),
    [
        (a_form_in_production(wholesale=STOCK), PRODUCER, "wholesale", "生产企业不填写仓储情况。"),
        (a_wholesale_form(production=FIGURES), WHOLESALER, "production", "批发企业不填写生产情况。"),
        (a_form_of_stopped(production=FIGURES), WHOLESALER, "production", "批发企业不填写生产情况。"),
    ],
    ids=briefly,
)
def test_of_a_section_of_the_wrong_kind_nothing_else_is_said(
    form: CommitmentForm, known: Facts, field: str, sentence: str
) -> None:
    assert refusals(form, known) == [(InvalidValue, field, sentence)]
    assert excesses(form, known) == ()


def test_every_fault_is_said_at_once_in_the_order_of_the_form() -> None:
    form = produced(workshops_in_use=9, present_persons=99)
    form = replace(form, stoppage=Stoppage(StopReason.OTHER), duty_phone=None, supplement="短" * 501)
    assert [field for _, field, _ in refusals(form)] == [
        "stoppage",
        "production.workshopsInUse",
        "dutyPhone",
        "supplement",
        "production.presentPersons",
    ]


@pytest.mark.parametrize(
    ("amount", "text"),
    [("12.500", "12.5"), ("100", "100"), ("0.000", "0"), ("1E+3", "1000"), ("0.001", "0.001"), ("10", "10")],
)
def test_a_decimal_is_written_plainly(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


# ---------------------------------------------------------------- the suggested grade


@pytest.mark.parametrize(
    ("form", "known", "grade", "reason"),
    [
        (
            a_form_in_production(),
            replace(PRODUCER, permit=replace(PRODUCER.permit, valid=False)),
            1,
            "安全生产许可证无效",
        ),
        (None, PRODUCER, 4, "无涉药作业（停产或尚未填报）"),
        (a_form_of_stopped(), facts_in_shutdown(), 4, "无涉药作业（高温）"),
        (a_form_in_production(major_hazard=True, storm_warning=True), PRODUCER, 1, "存在重大隐患"),
        (produced(present_persons=13), PRODUCER, 2, "在岗人数13人，超过核定12人"),
        (
            a_form_in_production(hazardous_work=HazardousWork(hot_work_special=1, hot_work_first=2)),
            PRODUCER,
            2,
            "特级、一级动火作业3项",
        ),
        (a_form_in_production(hazardous_work=HazardousWork(powder_disposal=2)), PRODUCER, 2, "余废药处置2项"),
        (a_form_in_production(storm_warning=True), PRODUCER, 2, "雷电或暴雨预警"),
        (
            replace(produced(powder_workshops_in_use=0), top_temperature=35),
            PRODUCER,
            3,
            "最高气温35℃",
        ),
        (a_form_in_production(top_temperature=34), PRODUCER, 3, "涉药工房使用2间"),
        (produced(powder_workshops_in_use=0), PRODUCER, 4, "无涉药作业和特殊作业"),
        (
            a_form_in_production(production=None),
            PRODUCER,
            3,
            "有涉药工房2间，今日使用情况尚未填报",
        ),
        (a_form_of_stopped(major_hazard=True), PRODUCER, 1, "存在重大隐患"),
        (a_form_of_stopped(), replace(PRODUCER, open_problems=2), 3, "未办结问题2个"),
        (a_wholesale_form(), replace(WHOLESALER, open_problems=1), 3, "未办结问题1个"),
        (a_wholesale_form(), replace(WHOLESALER, open_problems=0), 4, "无涉药作业和特殊作业"),
        (a_wholesale_form(top_temperature=None), WHOLESALER, 4, "无涉药作业和特殊作业"),
    ],
    ids=briefly,
)
def test_the_figures_suggest_a_grade_with_its_reason(
    form: CommitmentForm | None, known: Facts, grade: int, reason: str
) -> None:
    assert suggested_grade(form, known) == (grade, (reason,))


def test_several_reasons_for_the_second_grade_are_all_named() -> None:
    form = replace(produced(present_persons=13), storm_warning=True)
    assert suggested_grade(form, PRODUCER) == (2, ("在岗人数13人，超过核定12人", "雷电或暴雨预警"))


def test_open_problems_stand_beside_the_other_reasons_for_the_third_grade() -> None:
    known = replace(PRODUCER, open_problems=3)
    assert suggested_grade(produced(), known) == (3, ("涉药工房使用2间", "未办结问题3个"))


def test_no_text_shows_a_whole_phone_number() -> None:
    form = a_form_in_production()
    assert form.duty_phone == Phone("13900000001")
    assert "13900000001" not in f"{form.duty_phone}"
