"""The pre-filled form proposes what the last report said, or nothing; it never contradicts itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.application.commitment.ministry_facts import commitment_facts
from yanbao.application.commitment.prefill import prefill
from yanbao.domain.commitment.contradictions import contradictions
from yanbao.domain.commitment.form import (
    CommitmentForm,
    Facts,
    PowderProcess,
    ProductionFigures,
    ProductionStatus,
    Substitute,
    WholesaleFigures,
)
from yanbao.domain.commitment.report import Report

from ...support.builders import a_form_in_production, a_form_of_stopped, a_wholesale_form, a_wholesaler
from ...support.commitments import facts, facts_in_shutdown, reported

PRODUCER, WHOLESALER = facts(), facts(a_wholesaler())


def a_report(form: CommitmentForm, known: Facts) -> Report:
    """A report as it may be stored: earlier releases accepted forms that contradict themselves."""
    report = reported().report
    assert report is not None
    return replace(report, form=form, facts=known)


def test_it_proposes_the_last_reports_figures() -> None:
    last = a_report(a_form_in_production(), PRODUCER)
    proposed = prefill(PRODUCER, last).form.production
    assert last.form.production is not None
    assert proposed == replace(last.form.production, powder_processes=())
    goods = a_report(a_wholesale_form(), WHOLESALER)
    assert prefill(WHOLESALER, goods).form.wholesale == goods.form.wholesale


@pytest.mark.parametrize("known", [PRODUCER, WHOLESALER], ids=["producer", "wholesaler"])
def test_without_a_last_report_it_proposes_no_figures_at_all(known: Facts) -> None:
    made = prefill(known, None)
    assert (made.form.production, made.form.wholesale) == (None, None)
    assert (made.promiser, made.carried_from) == ("李永红", None)


def test_it_never_proposes_workshops_in_use_and_0_persons() -> None:
    empty = ProductionFigures(3, 2, (), 0, Decimal(0))
    made = prefill(PRODUCER, a_report(a_form_in_production(production=empty), PRODUCER))
    assert made.form.production is None


def test_supplement_substitute_and_explanation_are_of_one_day_only() -> None:
    form = a_form_in_production(
        supplement="今日有消防演练", explanation="交接班", substitute=Substitute(None, "外出")
    )
    made = prefill(PRODUCER, a_report(form, PRODUCER)).form
    assert (made.supplement, made.explanation, made.substitute) == ("", "", None)


def test_in_a_shutdown_period_nothing_is_in_use_and_nothing_moves() -> None:
    made = prefill(facts_in_shutdown(), a_report(a_form_in_production(), PRODUCER)).form.production
    assert made is not None
    assert (made.workshops_in_use, made.powder_workshops_in_use) == (0, 0)
    standing = facts_in_shutdown(a_wholesaler())
    goods = prefill(standing, a_report(a_wholesale_form(), WHOLESALER)).form.wholesale
    assert goods is not None
    assert (goods.boxes_in, goods.boxes_out) == (0, 0) and goods.stock_boxes > 0


COUNT = st.integers(0, 5)
AMOUNT = st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(20)])
PRODUCTION = st.none() | st.builds(
    ProductionFigures,
    workshops_in_use=COUNT,
    powder_workshops_in_use=COUNT,
    powder_processes=st.sampled_from([(), (PowderProcess.MIXING,)]),
    present_persons=COUNT,
    present_powder_kg=AMOUNT,
)
WHOLESALE = st.none() | st.builds(
    WholesaleFigures,
    warehouses_in_use=COUNT,
    stock_boxes=AMOUNT,
    stock_kg=AMOUNT,
    boxes_in=AMOUNT,
    boxes_out=AMOUNT,
    present_persons=COUNT,
)


@given(
    production=PRODUCTION,
    wholesale=WHOLESALE,
    stopped=st.booleans(),
    hazard=st.booleans(),
    known=st.sampled_from([PRODUCER, WHOLESALER, facts_in_shutdown(), facts_in_shutdown(a_wholesaler())]),
    workshops=COUNT,
)
def test_whatever_was_reported_only_the_processes_of_the_day_are_left_to_name(
    production: ProductionFigures | None,
    wholesale: WholesaleFigures | None,
    stopped: bool,
    hazard: bool,
    known: Facts,
    workshops: int,
) -> None:
    form = a_form_of_stopped() if stopped else a_form_in_production()
    form = replace(form, production=production, wholesale=wholesale, major_hazard=hazard)
    today = replace(known, workshops_total=workshops, powder_workshops_total=min(workshops, 2))
    made = prefill(today, a_report(form, known)).form
    assert {refusal.field for refusal in contradictions(made, today)} <= {"production.powderProcesses"}
    if made.status is ProductionStatus.STOPPED:
        assert list(contradictions(made, today)) == []


def test_the_ministry_gets_the_text_with_the_supplement_and_the_promisers_name() -> None:
    report = a_report(a_form_in_production(supplement="今日有消防演练。"), PRODUCER)
    sent = commitment_facts(report)
    assert sent["text"] == f"{report.text}补充说明：今日有消防演练。"
    assert sent["promiser"] == "李永红"
    plain = a_report(a_form_in_production(), PRODUCER)
    assert commitment_facts(plain)["text"] == plain.text
