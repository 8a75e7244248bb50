"""Forms within everything that is approved, each with the one figure a test cares about, and their refusals."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from yanbao.domain.commitment.check import FormCheck
from yanbao.domain.commitment.form import (
    CommitmentForm,
    Facts,
    PowderProcess,
    ProductionFigures,
    WholesaleFigures,
)
from yanbao.domain.refusals import Refused

from ...support.builders import a_form_in_production, a_wholesale_form, a_wholesaler
from ...support.commitments import facts

PRODUCER, WHOLESALER = facts(), facts(a_wholesaler())
FIGURES = ProductionFigures(3, 2, (PowderProcess.MIXING,), 9, Decimal("20.125"))
STOCK = WholesaleFigures(2, Decimal("1200.5"), Decimal(15000), Decimal(30), Decimal(12), 5)


def briefly(value: object) -> str:
    """The part of a case that names it: the path of the field."""
    return value if isinstance(value, str) and value.isascii() else "-"


def refusals(form: CommitmentForm, known: Facts = PRODUCER) -> list[tuple[type[Refused], str | None, str]]:
    return [(type(r), r.field, r.sentence) for r in FormCheck(form, known).refusals()]


def produced(**changes: Any) -> CommitmentForm:
    return a_form_in_production(production=replace(FIGURES, **changes))


def stored(**changes: Any) -> CommitmentForm:
    return a_wholesale_form(wholesale=replace(STOCK, **changes))
