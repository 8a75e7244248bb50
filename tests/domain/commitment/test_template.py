"""The text of a commitment is made from form and facts, per kind and status, with the figures in it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from yanbao.domain.commitment.commitment import Commitment, NobodyPromises
from yanbao.domain.commitment.form import (
    CommitmentForm,
    Facts,
    HazardousWork,
    PowderProcess,
    ProductionFigures,
    ProductionStatus,
    Stoppage,
    Substitute,
)
from yanbao.domain.commitment.report import Promiser
from yanbao.domain.commitment.template import PROMISES, STATES, commitment_text
from yanbao.domain.directory.enterprise import EnterpriseKind, StopReason
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.refusals import InvalidForm, InvalidValue, NotFound, Refused
from yanbao.domain.values import PersonId

from ...support.builders import (
    a_form_in_production,
    a_form_of_stopped,
    a_person,
    a_wholesale_form,
    an_enterprise,
    an_id,
)
from ...support.commitments import facts, owed, signed
from .forms import PRODUCER, WHOLESALER, produced, stored

DAY = date(2026, 11, 24)
MAKER, SELLER = replace(PRODUCER, business_date=DAY), replace(WHOLESALER, business_date=DAY)


def test_a_producer_at_work_says_what_is_in_use_today() -> None:
    assert commitment_text(produced(), MAKER) == (
        "今天是2026年11月24日，东风烟花厂处于生产状态，使用工房3间（共3间），其中涉药工房2间（共2间），今日涉药工序为混药，"
        "在岗9人（核定12人），现存药量20.125千克（核定25千克）。"
        "带班领导王建国，最高气温28℃，无雷电、暴雨预警。"
        "已开展安全风险研判，风险等级为3级（1级最高、4级最低）。"
        "我单位承诺不超员、不超量、不超许可范围生产、不改变工房用途，各项管控措施落实到位。"
    )


def test_a_wholesaler_at_work_says_what_is_in_store() -> None:
    text = commitment_text(stored(), SELLER)
    assert (
        "处于经营状态，使用仓库2栋（共2栋），库存1200.5箱（核定1600箱），计15000千克（核定19201千克）" in text
    )
    assert "今日入库30箱、出库12箱，在岗5人（核定6人）。" in text
    assert "不超许可范围经营、不改变仓库用途" in text and "工房" not in text


def test_who_stands_still_says_why_and_until_when() -> None:
    form = a_form_of_stopped(stoppage=Stoppage(StopReason.HOLIDAY, "", date(2026, 12, 1)))
    assert "处于停产状态（原因：节假日，预计2026年12月01日恢复）。" in commitment_text(form, MAKER)
    assert "处于停业状态（原因：节假日，预计2026年12月01日恢复）。" in commitment_text(form, SELLER)
    assert "停产期间不从事涉药作业、不擅自恢复生产" in commitment_text(form, MAKER)
    assert "停业期间不购销、不擅自恢复经营" in commitment_text(form, SELLER)


def test_hazardous_jobs_and_the_weather_are_named_with_their_numbers() -> None:
    form = a_form_in_production(
        hazardous_work=HazardousWork(hot_work_second=1, powder_disposal=2),
        storm_warning=True,
        top_temperature=-7,
    )
    text = commitment_text(form, MAKER)
    assert "今日危险作业：二级动火1项、余废药处置2项，" in text
    assert "最高气温-7℃，有雷电或暴雨预警。" in text


def test_a_major_hazard_and_open_problems_are_named_and_nothing_is_said_to_be_in_order() -> None:
    form = a_form_in_production(major_hazard=True, risk_grade=1)
    text = commitment_text(form, replace(MAKER, open_problems=3))
    assert "风险等级为1级（1级最高、4级最低），存在重大隐患，尚有3个问题未办结。" in text
    assert "立即整改重大隐患，整改完成前停止相关场所的作业，按期整改并反馈未办结的问题。" in text
    assert "落实到位" not in text


def test_nobody_promises_to_keep_within_the_figures_and_exceeds_them() -> None:
    text = commitment_text(replace(produced(present_persons=13), explanation="交接班"), MAKER)
    assert "在岗人数13人，超过核定12人。" in text and "尽快消除超出核定的情况。" in text
    assert "不超员" not in text and "落实到位" not in text


@pytest.mark.parametrize("open_problems", [None, 0])
def test_without_open_problems_none_are_named(open_problems: int | None) -> None:
    assert "问题" not in commitment_text(produced(), replace(MAKER, open_problems=open_problems))


def test_there_is_a_template_for_every_kind_and_status() -> None:
    every = set(product(EnterpriseKind, ProductionStatus))
    assert set(STATES) == every and set(PROMISES) == every


def test_what_nobody_has_filled_in_yet_is_not_mentioned() -> None:
    form = a_form_in_production(production=None, duty_leader="", top_temperature=None, storm_warning=None)
    text = commitment_text(form, MAKER)
    assert text.startswith("今天是2026年11月24日，东风烟花厂处于生产状态。已开展")
    assert "None" not in text


def test_the_longest_text_fits_into_what_the_ministry_takes() -> None:
    form = CommitmentForm(
        status=ProductionStatus.IN_PRODUCTION,
        stoppage=None,
        production=ProductionFigures(9999, 9999, tuple(PowderProcess), 5000, Decimal("99999.999")),
        wholesale=None,
        hazardous_work=HazardousWork(*[999] * len(fields(HazardousWork))),
        duty_leader="长" * 30,
        duty_phone=None,
        top_temperature=-50,
        storm_warning=True,
        major_hazard=True,
        risk_grade=1,
    )
    longest = replace(MAKER, enterprise_name="长" * 80, open_problems=9999)
    assert len(commitment_text(form, longest)) < 1_400  # 2,000 less the supplement of 500.


# ---------------------------------------------------------------- the promiser


def submitted(form: CommitmentForm, known: Facts, substitute: Person | None = None) -> Commitment:
    commitment = owed()
    commitment.submit(form, facts=known, by=signed(), substitute=substitute)
    return commitment


def test_the_promiser_is_the_head_in_the_directory() -> None:
    report = submitted(a_form_in_production(), facts()).report
    assert report is not None
    assert report.promiser == Promiser(PersonId(an_id("head", an_enterprise().name)), "李永红")
    assert report.text == commitment_text(report.form, report.facts)


def test_a_substitute_of_the_same_enterprise_promises_with_a_reason() -> None:
    manager = a_person("张三", Role.SAFETY_MANAGER, of=an_enterprise())
    form = a_form_in_production(substitute=Substitute(manager.id, "负责人外出开会"))
    for known in (facts(), facts(head_id=None, head_name=None)):
        report = submitted(form, known, manager).report
        assert report is not None
        assert report.promiser == Promiser(manager.id, "张三", standing_in="负责人外出开会")


def test_a_person_of_another_enterprise_is_not_found_like_an_unknown_one() -> None:
    other = a_person("张三", Role.SAFETY_MANAGER, of=an_enterprise("别家"))
    form = a_form_in_production(substitute=Substitute(other.id, "负责人外出开会"))
    said = []
    for person in (other, None):
        with pytest.raises(NotFound) as refused:
            submitted(form, facts(), person)
        said.append((refused.value.sentence, refused.value.field))
    assert said == [("没有找到代承诺人，或您无权查看。", "substitute.personId")] * 2


def test_who_has_left_the_enterprise_does_not_promise_for_it() -> None:
    left = replace(a_person("张三", Role.SAFETY_MANAGER, of=an_enterprise()), active=False)
    with pytest.raises(InvalidValue) as refused:
        submitted(a_form_in_production(substitute=Substitute(left.id, "负责人外出开会")), facts(), left)
    assert refused.value.sentence == "张三已离职，不能代主要负责人承诺。"


def test_without_a_head_in_the_directory_a_substitute_must_be_named() -> None:
    with pytest.raises(NobodyPromises) as refused:
        submitted(a_form_in_production(), facts(head_id=None, head_name=None))
    assert refused.value.field == "substitute"
    assert "没有本企业在岗的主要负责人" in refused.value.sentence


def test_an_input_that_could_not_be_parsed_is_refused_together_with_the_rest() -> None:
    malformed = (InvalidValue("手机号码应为11位数字，以13至19开头。", field="dutyPhone"),)
    form = a_form_in_production(duty_phone=None, risk_grade=7, substitute=Substitute(None, "出"))
    with pytest.raises(InvalidForm) as refused:
        owed().submit(form, facts=facts(), by=signed(), malformed=malformed)
    found: list[Refused] = list(refused.value.items)
    assert [item.field for item in found] == [
        "dutyPhone",
        "riskGrade",
        "substitute.reason",
        "substitute.personId",
    ]
    assert found[0].sentence.startswith("手机号码应为")


def test_the_text_of_a_wholesaler_has_no_section_of_a_producer() -> None:
    assert "涉药" not in commitment_text(a_wholesale_form(), SELLER)
