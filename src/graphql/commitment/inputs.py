"""Inputs for commitments, and their conversion to the domain's form; the domain checks the limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

import strawberry

from ...application.ports.commitment import CommitmentFilter
from ...domain.commitment import form as forms
from ...domain.commitment.form import PowderProcess, ProductionStatus
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.refusals import NotFound, Refused
from ...domain.signed import Origin
from ...domain.values import EnterpriseId, PersonId, Phone, parse_text, trimmed
from ..parts.ids import region_of, uuid_of


@strawberry.input(description="停产情况。")
class StoppageInput:
    reason: StopReason = strawberry.field(description="原因。")
    note: str = strawberry.field(default="", description="说明；原因为其他时必填。")
    expected_resumption: date | None = strawberry.field(default=None, description="预计复产日期。")


@strawberry.input(description="生产情况，生产企业填写。")
class ProductionFiguresInput:
    workshops_in_use: int = strawberry.field(description="使用工房数。")
    powder_workshops_in_use: int = strawberry.field(description="使用涉药工房数。")
    powder_processes: list[PowderProcess] = strawberry.field(
        default_factory=list, description="今日涉药工序。"
    )
    present_persons: int = strawberry.field(description="在岗人数。")
    present_powder_kg: Decimal = strawberry.field(description="现存药量（千克）。")


@strawberry.input(description="仓储情况，批发企业填写。")
class WholesaleFiguresInput:
    warehouses_in_use: int = strawberry.field(description="使用仓库数。")
    stock_boxes: Decimal = strawberry.field(description="库存箱数。")
    stock_kg: Decimal = strawberry.field(description="库存量（千克）。")
    boxes_in: Decimal = strawberry.field(description="今日入库（箱）。")
    boxes_out: Decimal = strawberry.field(description="今日出库（箱）。")
    present_persons: int = strawberry.field(description="在岗人数。")


@strawberry.input(description="危险作业数量，均为0至999。")
class HazardousWorkInput:
    hot_work_special: int = strawberry.field(default=0, description="特级动火。")
    hot_work_first: int = strawberry.field(default=0, description="一级动火。")
    hot_work_second: int = strawberry.field(default=0, description="二级动火。")
    temporary_electricity: int = strawberry.field(default=0, description="临时用电。")
    work_at_height: int = strawberry.field(default=0, description="高处作业。")
    confined_space: int = strawberry.field(default=0, description="受限空间。")
    maintenance: int = strawberry.field(default=0, description="检维修。")
    powder_disposal: int = strawberry.field(default=0, description="余废药处置。")
    contractor_work: int = strawberry.field(default=0, description="承包商作业。")


@strawberry.input(
    description="授权代承诺：由本企业其他人员代主要负责人承诺。A named substitute, with the reason."
)
class SubstituteInput:
    person_id: strawberry.ID = strawberry.field(description="代承诺人，须为本企业在岗人员。")
    reason: str = strawberry.field(description="代承诺的原因，2至200字。")


@strawberry.input(
    description="承诺表。The form of the day, as a person fills it in; the text is made from it by the server."
)
class CommitmentFormInput:
    status: ProductionStatus = strawberry.field(description="生产状态。")
    stoppage: StoppageInput | None = strawberry.field(default=None, description="停产情况，停产时必填。")
    production: ProductionFiguresInput | None = strawberry.field(default=None, description="生产情况。")
    wholesale: WholesaleFiguresInput | None = strawberry.field(default=None, description="仓储情况。")
    hazardous_work: HazardousWorkInput = strawberry.field(
        default_factory=HazardousWorkInput, description="危险作业。"
    )
    duty_leader: str = strawberry.field(description="带班领导。")
    duty_phone: str = strawberry.field(description="带班领导手机号码。")
    top_temperature: int = strawberry.field(description="最高气温（℃）,-50至60。")
    storm_warning: bool = strawberry.field(description="是否有雷电或暴雨预警。")
    major_hazard: bool = strawberry.field(description="是否存在重大隐患。")
    risk_grade: int = strawberry.field(description="风险等级，1高至4低。")
    explanation: str = strawberry.field(default="", description="情况说明；超出核定时必填，最多500字。")
    supplement: str = strawberry.field(
        default="", description="补充说明，最多500字；承诺内容由系统生成，不可修改。"
    )
    substitute: SubstituteInput | None = strawberry.field(
        default=None, description="授权代承诺；不填则由企业主要负责人承诺。"
    )


@dataclass(frozen=True, slots=True)
class ParsedForm:
    """The domain's form, and a refusal for each input that could not be parsed; its value is left out."""

    form: forms.CommitmentForm
    malformed: tuple[Refused, ...]


def to_form(given: CommitmentFormInput) -> ParsedForm:
    """Convert to the domain's form; `Commitment` refuses malformed inputs together with all other faults."""
    try:
        phone = Phone.parse(given.duty_phone, field="dutyPhone")
    except Refused as refusal:
        # Collected, not swallowed: the commitment raises it together with the other faults.
        return ParsedForm(_form(given, None), (refusal,))
    return ParsedForm(_form(given, phone), ())


def _substitute(given: SubstituteInput) -> forms.Substitute:
    """Convert; an id that names no person is None, which the commitment refuses as it does a foreign one."""
    try:
        person_id = PersonId(uuid_of("Person", given.person_id))
    except NotFound:
        # Refused by the commitment, together with the other faults of the form.
        return forms.Substitute(None, trimmed(given.reason))
    return forms.Substitute(person_id, trimmed(given.reason))


def _form(given: CommitmentFormInput, phone: Phone | None) -> forms.CommitmentForm:
    stoppage, production, wholesale = given.stoppage, given.production, given.wholesale
    return forms.CommitmentForm(
        status=given.status,
        stoppage=None
        if stoppage is None
        else forms.Stoppage(
            reason=stoppage.reason,
            note=trimmed(stoppage.note),
            expected_resumption=stoppage.expected_resumption,
        ),
        production=None
        if production is None
        else forms.ProductionFigures(
            workshops_in_use=production.workshops_in_use,
            powder_workshops_in_use=production.powder_workshops_in_use,
            powder_processes=tuple(production.powder_processes),
            present_persons=production.present_persons,
            present_powder_kg=production.present_powder_kg,
        ),
        wholesale=None
        if wholesale is None
        else forms.WholesaleFigures(
            warehouses_in_use=wholesale.warehouses_in_use,
            stock_boxes=wholesale.stock_boxes,
            stock_kg=wholesale.stock_kg,
            boxes_in=wholesale.boxes_in,
            boxes_out=wholesale.boxes_out,
            present_persons=wholesale.present_persons,
        ),
        hazardous_work=forms.HazardousWork(**vars(given.hazardous_work)),
        duty_leader=trimmed(given.duty_leader),
        duty_phone=phone,
        top_temperature=given.top_temperature,
        storm_warning=given.storm_warning,
        major_hazard=given.major_hazard,
        risk_grade=given.risk_grade,
        explanation=trimmed(given.explanation),
        supplement=trimmed(given.supplement),
        substitute=None if given.substitute is None else _substitute(given.substitute),
    )


@strawberry.input(description="承诺查询条件。Both days included; what is left out does not restrict.")
class CommitmentFilterInput:
    first_day: date = strawberry.field(description="开始日期（含）。")
    last_day: date = strawberry.field(
        description="结束日期（含），最多366天；除日期、区域、类型外至多按一个统计数字的条件查询时，最多5年。"
    )
    region_id: strawberry.ID | None = strawberry.field(default=None, description="区域，包括其下级。")
    directly: bool = strawberry.field(default=False, description="true只查区域本级直属的企业，不含其下级。")
    enterprise_id: strawberry.ID | None = strawberry.field(default=None, description="企业。")
    kinds: list[EnterpriseKind] = strawberry.field(default_factory=list, description="企业类型。")
    statuses: list[ProductionStatus] = strawberry.field(default_factory=list, description="生产状态。")
    origins: list[Origin] = strawberry.field(default_factory=list, description="来源。")
    late: bool | None = strawberry.field(default=None, description="是否逾期。")
    reported: bool | None = strawberry.field(
        default=None, description="true仅已上报，false仅未上报，空为全部。"
    )
    excess: bool | None = strawberry.field(default=None, description="是否有超出核定的数据。")
    reasons: list[StopReason] = strawberry.field(default_factory=list, description="停产原因。")
    risk_grade: int | None = strawberry.field(default=None, description="风险等级，1高至4低。")
    text: str | None = strawberry.field(default=None, description="企业名称或信用代码中的文字。")


def to_filter(given: CommitmentFilterInput) -> CommitmentFilter:
    """Convert to the application's filter."""
    text = (
        None
        if given.text is None
        else parse_text(given.text, what="查询文字", field="text", longest=50, shortest=0)
    )
    return CommitmentFilter(
        first_day=given.first_day,
        last_day=given.last_day,
        region_id=None if given.region_id is None else region_of(given.region_id, field="regionId"),
        enterprise_id=None
        if given.enterprise_id is None
        else cast(EnterpriseId, uuid_of("Enterprise", given.enterprise_id, field="enterpriseId")),
        kinds=tuple(given.kinds),
        statuses=tuple(given.statuses),
        origins=tuple(given.origins),
        late=given.late,
        reported=given.reported,
        excess=given.excess,
        reasons=tuple(given.reasons),
        risk_grade=given.risk_grade,
        text=text or None,
        directly=given.directly,
    )
