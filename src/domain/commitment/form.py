"""The form of the daily commitment (每日承诺), and the facts that it is checked against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final

from ..alert.form import AlertLevel
from ..directory.certificate import PermitFact
from ..directory.enterprise import EnterpriseKind, StopReason
from ..directory.shutdown import ShutdownFact
from ..values import PersonId, Phone, RegionId, plain


class ProductionStatus(Enum):
    """在产 or 停产, as the enterprise reports it. 未上报 means that there is no report."""

    IN_PRODUCTION = "IN_PRODUCTION"
    STOPPED = "STOPPED"


PRODUCTION_STATUS_NAMES: Final = {ProductionStatus.IN_PRODUCTION: "在产", ProductionStatus.STOPPED: "停产"}


class PowderProcess(Enum):
    """The processes that handle powder (涉药工序)."""

    WEIGHING_CRUSHING = "WEIGHING_CRUSHING"
    MIXING = "MIXING"
    GRANULATING = "GRANULATING"
    FUSE_MAKING = "FUSE_MAKING"
    CHARGING = "CHARGING"
    PRESSING = "PRESSING"
    SEALING = "SEALING"
    FUSE_INSERTING = "FUSE_INSERTING"
    ASSEMBLING = "ASSEMBLING"
    DRYING = "DRYING"
    PACKING = "PACKING"
    TEST_FIRING = "TEST_FIRING"
    WASTE_DESTRUCTION = "WASTE_DESTRUCTION"


POWDER_PROCESS_NAMES: Final = {
    PowderProcess.WEIGHING_CRUSHING: "称量粉碎",
    PowderProcess.MIXING: "混药",
    PowderProcess.GRANULATING: "造粒",
    PowderProcess.FUSE_MAKING: "引线制作",
    PowderProcess.CHARGING: "装药",
    PowderProcess.PRESSING: "筑压药",
    PowderProcess.SEALING: "封口结鞭",
    PowderProcess.FUSE_INSERTING: "插引",
    PowderProcess.ASSEMBLING: "组装",
    PowderProcess.DRYING: "干燥晾晒",
    PowderProcess.PACKING: "包装",
    PowderProcess.TEST_FIRING: "试放",
    PowderProcess.WASTE_DESTRUCTION: "余废药销毁",
}


@dataclass(frozen=True, slots=True)
class Stoppage:
    """Why an enterprise has stopped, and when it expects to resume (None: not known)."""

    reason: StopReason
    note: str = ""
    expected_resumption: date | None = None


@dataclass(frozen=True, slots=True)
class ProductionFigures:
    """What a production enterprise has in use today; powder in kilograms."""

    workshops_in_use: int
    powder_workshops_in_use: int
    powder_processes: tuple[PowderProcess, ...]
    present_persons: int
    present_powder_kg: Decimal


@dataclass(frozen=True, slots=True)
class WholesaleFigures:
    """What a wholesale enterprise has in store today; stock and movements in boxes (箱) and kilograms."""

    warehouses_in_use: int
    stock_boxes: Decimal
    stock_kg: Decimal
    boxes_in: Decimal
    boxes_out: Decimal
    present_persons: int


@dataclass(frozen=True, slots=True)
class HazardousWork:
    """How many hazardous jobs are planned today, by class; the names map one to one to the national data set."""

    hot_work_special: int = 0
    hot_work_first: int = 0
    hot_work_second: int = 0
    temporary_electricity: int = 0
    work_at_height: int = 0
    confined_space: int = 0
    maintenance: int = 0
    powder_disposal: int = 0
    contractor_work: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """The number of jobs of each class, by its name here."""
        return {name: getattr(self, name) for name in HAZARDOUS_WORK_NAMES}


HAZARDOUS_WORK_NAMES: Final = {
    "hot_work_special": "特级动火",
    "hot_work_first": "一级动火",
    "hot_work_second": "二级动火",
    "temporary_electricity": "临时用电",
    "work_at_height": "高处作业",
    "confined_space": "受限空间",
    "maintenance": "检维修",
    "powder_disposal": "余废药处置",
    "contractor_work": "承包商作业",
}


@dataclass(frozen=True, slots=True)
class Substitute:
    """授权代承诺: the person of the enterprise who promises instead of its head, and why.

    `person_id` is None if the input was no id of a person; such a form is refused.
    """

    person_id: PersonId | None
    reason: str


@dataclass(frozen=True, slots=True)
class CommitmentForm:
    """What the enterprise states. `risk_grade` is 1 (high) to 4 (low); an excess needs an `explanation`.

    The enterprise does not write the text of the commitment; it may add a `supplement` (补充说明). The head
    promises unless there is a `substitute`.

    `hazardous_work`, `duty_phone`, `top_temperature` (°C), `storm_warning`, `major_hazard` and `risk_grade`
    are None only in an automatic report, because nobody looked. A person must fill them in.
    """

    status: ProductionStatus
    stoppage: Stoppage | None
    production: ProductionFigures | None
    wholesale: WholesaleFigures | None
    hazardous_work: HazardousWork | None
    duty_leader: str
    duty_phone: Phone | None
    top_temperature: int | None
    storm_warning: bool | None
    major_hazard: bool | None
    risk_grade: int | None
    explanation: str = ""
    supplement: str = ""
    substitute: Substitute | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The automatic figures of one enterprise and day, as the directory had them at `taken_at`.

    `directory_as_of` is the time of the last change of the enterprise's directory entry. `open_problems` and
    `open_alerts` are None in reports of earlier releases, where no source was connected. `gravest_alert` is the
    level of the gravest open alert. `shutdown` is the reason if a shutdown period covers the
    day. `head_id` and `head_name` are the active head's, of several the first by id; None without one.
    day, and `shutdown_period` says more about it; reports of earlier releases lack it.
    """

    credit_code: str
    enterprise_name: str
    kind: EnterpriseKind
    region_id: RegionId
    region_name: str
    business_date: date
    workshops_total: int
    powder_workshops_total: int
    warehouses_total: int
    approved_persons: int
    approved_powder_kg: Decimal
    approved_boxes: Decimal
    approved_stock_kg: Decimal
    permit: PermitFact
    shutdown: StopReason | None
    shutdown_until: date | None
    open_problems: int | None
    open_alerts: int | None
    directory_as_of: datetime
    taken_at: datetime
    head_id: PersonId | None = None
    head_name: str | None = None
    shutdown_period: ShutdownFact | None = None
    gravest_alert: AlertLevel | None = None


@dataclass(frozen=True, slots=True)
class Excess:
    """A figure above what is approved; `field` is the path of the input, `unit` is Chinese."""

    what: str
    field: str
    present: Decimal
    approved: Decimal
    unit: str

    @property
    def sentence(self) -> str:
        return f"{self.what}{plain(self.present)}{self.unit}，超过核定{plain(self.approved)}{self.unit}"


def excesses(form: CommitmentForm, facts: Facts) -> tuple[Excess, ...]:
    """List the figures above what is approved, in the section of the enterprise's own kind only."""
    found: list[tuple[str, str, Decimal, Decimal, str]] = []
    persons = Decimal(facts.approved_persons)
    if form.production is not None and facts.kind is EnterpriseKind.PRODUCTION:
        p = form.production
        found.append(("在岗人数", "production.presentPersons", Decimal(p.present_persons), persons, "人"))
        found.append(
            ("现存药量", "production.presentPowderKg", p.present_powder_kg, facts.approved_powder_kg, "千克")
        )
    if form.wholesale is not None and facts.kind is EnterpriseKind.WHOLESALE:
        w = form.wholesale
        found.append(("在岗人数", "wholesale.presentPersons", Decimal(w.present_persons), persons, "人"))
        found.append(("库存箱数", "wholesale.stockBoxes", w.stock_boxes, facts.approved_boxes, "箱"))
        found.append(("库存量", "wholesale.stockKg", w.stock_kg, facts.approved_stock_kg, "千克"))
    return tuple(Excess(*row) for row in found if row[2] > row[3])
