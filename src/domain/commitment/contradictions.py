"""The ways in which a commitment contradicts itself: each is refused with the figures that cannot both be true."""

from __future__ import annotations

from collections.abc import Iterator

from ..directory.enterprise import EnterpriseKind
from ..refusals import Refused
from ..values import plain
from .form import (
    POWDER_PROCESS_NAMES,
    CommitmentForm,
    Facts,
    PowderProcess,
    ProductionFigures,
    ProductionStatus,
    WholesaleFigures,
)


class Contradiction(Refused):
    """Two statements of the form cannot both be true."""

    code = "CONTRADICTION"


def contradictions(form: CommitmentForm, facts: Facts) -> Iterator[Contradiction]:
    """Yield every contradiction in the form, of the sections of the enterprise's own kind only."""
    if form.major_hazard and form.risk_grade is not None and 1 < form.risk_grade <= 4:
        yield Contradiction(
            f"存在重大隐患，风险等级应为1级，现为{form.risk_grade}级。",
            field="riskGrade",
        )
    working = form.status is ProductionStatus.IN_PRODUCTION
    if form.production is not None and facts.kind is EnterpriseKind.PRODUCTION:
        yield from _producing(form.production, facts) if working else _not_producing(form.production)
    if form.wholesale is not None and facts.kind is EnterpriseKind.WHOLESALE:
        yield from _trading(form.wholesale, facts) if working else _not_trading(form.wholesale)


def _producing(figures: ProductionFigures, facts: Facts) -> Iterator[Contradiction]:
    if figures.workshops_in_use == 0:
        yield Contradiction(
            f"已承诺在产，使用工房数却为0（档案登记{facts.workshops_total}间）；未生产的请按停产上报。",
            field="production.workshopsInUse",
        )
    yield from _nobody(figures.present_persons, facts, "production.presentPersons")
    processes, powder = figures.powder_processes, figures.powder_workshops_in_use
    if powder > 0 and not processes:
        yield Contradiction(
            f"使用涉药工房{powder}间，却没有填写今日涉药工序。", field="production.powderProcesses"
        )
    if powder == 0 and processes:
        yield Contradiction(
            f"今日涉药工序为{_named(processes)}，使用涉药工房数却为0。", field="production.powderProcesses"
        )
    if powder == 0 and figures.present_powder_kg > 0:
        yield Contradiction(
            f"现存药量{plain(figures.present_powder_kg)}千克，使用涉药工房数却为0。",
            field="production.presentPowderKg",
        )


def _not_producing(figures: ProductionFigures) -> Iterator[Contradiction]:
    if figures.workshops_in_use > 0:
        yield Contradiction(
            f"已承诺停产，使用工房数应为0，现为{figures.workshops_in_use}。",
            field="production.workshopsInUse",
        )
    if figures.powder_processes:
        yield Contradiction(
            f"已承诺停产，却填写了今日涉药工序{_named(figures.powder_processes)}。",
            field="production.powderProcesses",
        )


def _trading(figures: WholesaleFigures, facts: Facts) -> Iterator[Contradiction]:
    if figures.warehouses_in_use == 0:
        yield Contradiction(
            f"已承诺在产，使用仓库数却为0（档案登记{facts.warehouses_total}栋）；未经营的请按停产上报。",
            field="wholesale.warehousesInUse",
        )
    yield from _nobody(figures.present_persons, facts, "wholesale.presentPersons")
    yield from _stock(figures)


def _not_trading(figures: WholesaleFigures) -> Iterator[Contradiction]:
    for what, boxes, path in (
        ("今日入库", figures.boxes_in, "wholesale.boxesIn"),
        ("今日出库", figures.boxes_out, "wholesale.boxesOut"),
    ):
        if boxes > 0:
            yield Contradiction(f"已承诺停产，{what}应为0，现为{plain(boxes)}箱。", field=path)
    yield from _stock(figures)


def _stock(figures: WholesaleFigures) -> Iterator[Contradiction]:
    """Boxes without weight, or weight without boxes."""
    boxes, kg = figures.stock_boxes, figures.stock_kg
    if boxes > 0 and kg == 0:
        yield Contradiction(f"库存箱数{plain(boxes)}箱，库存量却为0千克。", field="wholesale.stockKg")
    if kg > 0 and boxes == 0:
        yield Contradiction(f"库存量{plain(kg)}千克，库存箱数却为0箱。", field="wholesale.stockBoxes")


def _nobody(persons: int, facts: Facts, path: str) -> Iterator[Contradiction]:
    if persons == 0:
        yield Contradiction(
            f"已承诺在产，在岗人数却为0（核定{facts.approved_persons}人）；未作业的请按停产上报。", field=path
        )


def _named(processes: tuple[PowderProcess, ...]) -> str:
    return "、".join(POWDER_PROCESS_NAMES[process] for process in processes)
