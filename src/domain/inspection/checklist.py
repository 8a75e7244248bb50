"""The checklist of spot checks (抽查检查项): what to check on site, for which enterprises, by which rule.

It is our own, made from the published rules, because no published checklist prescribes one. A province with
its own checklist replaces this table. The table is code: changing it takes a release, and records keep the
codes they were made with.

`basis` names a document, never an article: most full texts were not available to check the wording. Have the
items reviewed before anybody enforces rules with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..directory.enterprise import EnterpriseKind

_P: Final = frozenset({EnterpriseKind.PRODUCTION})
_W: Final = frozenset({EnterpriseKind.WHOLESALE})
_BOTH: Final = _P | _W

_HAZARDS: Final = "烟花爆竹生产经营单位重大生产安全事故隐患判定标准（试行）（安监总管三〔2017〕121号）"
_OPERATION: Final = "GB 11652 烟花爆竹作业安全技术规程"
_DESIGN: Final = "GB 50161 烟花爆竹工程设计安全标准"
_REGULATION: Final = "烟花爆竹安全管理条例（国务院令第455号）"
_RULES: Final = "烟花爆竹生产经营安全规定（总局令第93号）"
_LAW: Final = "中华人民共和国安全生产法"
_LEADERS: Final = "国务院关于进一步加强企业安全生产工作的通知（国发〔2010〕23号）"
_EMERGENCIES: Final = "生产安全事故应急条例（国务院令第708号）"
_MONITORING: Final = "AQ 4101 烟花爆竹企业安全监控系统通用技术条件"
_TRACING: Final = "AQ 4102 烟花爆竹流向登记通用规范"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One item to check. `code` never changes: an item with a new meaning gets a new code.

    `basis` names the main source of the item. Standards are named without their year, so that the name stays
    true.
    """

    code: str
    name: str
    kinds: frozenset[EnterpriseKind]
    basis: str


def _items() -> tuple[ChecklistItem, ...]:
    rows = (
        # Exceeded limits and changed use (三超一改), and who works under whose permit.
        ("SCOPE", "未超许可范围生产经营（产品种类、危险等级），无违禁药物", _BOTH, _HAZARDS),
        ("PERSONS", "工（库）房实际作业人员不超过核定人数", _BOTH, _HAZARDS),
        ("POWDER", "工房药量不超过核定药量，领取和滞留药量有登记", _P, _HAZARDS),
        ("STOCK", "库房存储量不超过核定存量", _BOTH, _HAZARDS),
        ("PURPOSE", "未擅自改变工（库）房用途，无违规私搭乱建", _BOTH, _HAZARDS),
        ("SUBCONTRACTING", "未分包转包生产线、工房、库房，未出租、出借、转让许可证", _BOTH, _HAZARDS),
        ("ONE_OPERATOR", "无一证多厂，无多股东各自独立组织生产经营", _BOTH, _HAZARDS),
        ("PERMIT", "许可证在有效期内，停产停业期间未组织生产经营", _BOTH, _HAZARDS),
        # Who works.
        ("HEAD_ON_SITE", "主要负责人在岗，领导带班并有记录", _BOTH, _LEADERS),
        (
            "QUALIFICATIONS",
            "主要负责人、安全管理人员经考核合格，特种作业人员持证，其他人员经培训",
            _BOTH,
            _HAZARDS,
        ),
        ("CLOTHING", "涉药人员穿着防静电服，未携带火种、手机进入危险区", _P, _OPERATION),
        # The premises.
        ("DISTANCE", "工（库）房内外部安全距离符合要求，周边无新增建筑", _BOTH, _DESIGN),
        ("BARRIERS", "防护屏障完好，围墙完整，生产区、库区、生活区分区清楚", _BOTH, _DESIGN),
        ("LIGHTNING", "防雷设施完好，检测报告在有效期内", _BOTH, _DESIGN),
        ("STATIC", "防静电设施完好有效，接地电阻检测合格", _P, _DESIGN),
        ("STATIC_DISCHARGE", "库区入口和库房门口人体静电释放装置完好有效", _W, _DESIGN),
        ("FIRE_WATER", "消防水源、灭火器材充足有效，库区周围防火隔离带清理到位", _BOTH, _DESIGN),
        ("ELECTRICAL", "危险场所电气设备防爆等级符合要求，无临时用电接线", _P, _DESIGN),
        ("TEMPERATURE", "温湿度计完好并有记录，超过规定温度时停止作业", _P, _OPERATION),
        ("STORE_CLIMATE", "库房温湿度计完好，每日记录，通风降温措施有效", _W, _OPERATION),
        ("STORE_CAPACITY", "中转库、药物总库、成品总库的存储能力与设计产能匹配", _P, _HAZARDS),
        # How the work is done.
        ("MACHINES", "涉药机械设备经安全性论证，未擅自改装，未带药检维修", _P, _HAZARDS),
        ("OWN_TOOLS", "无职工自行携带工器具、设备进厂涉药作业", _P, _HAZARDS),
        ("OXIDISERS", "氧化剂、还原剂分库存放、分工房粉碎称量", _P, _HAZARDS),
        ("MIXING", "混药、装药等高危工序人机隔离，单人单间作业", _P, _OPERATION),
        ("DRYING", "晾晒、烘干场所符合要求，药物未超温、未混放", _P, _OPERATION),
        ("WASTE", "余废药每日清理并按规定销毁，有记录", _P, _OPERATION),
        ("STACKING", "成箱成品堆垛高度不超过2.5米，垛距不小于0.7米，距墙不小于0.45米", _BOTH, _OPERATION),
        (
            "MIXED_STORAGE",
            "库内未存放其他爆炸物等危险物品，无违禁超标产品，退货和不合格品单独存放",
            _W,
            _HAZARDS,
        ),
        ("LOADING", "装卸轻拿轻放，未在库内开箱作业，车辆熄火并戴防火罩", _W, _OPERATION),
        ("TRANSPORT", "运输车辆、人员有资质，持道路运输许可证", _W, _REGULATION),
        ("BUYERS", "只向持证零售点供货，购销合同和台账齐全", _W, _REGULATION),
        # Guards, monitoring and management.
        ("GUARDS", "专人24小时值守，守护人员在岗，出入登记齐全", _BOTH, _RULES),
        ("VIDEO", "视频监控覆盖危险场所并在线，录像保存符合要求", _BOTH, _MONITORING),
        ("TRACING", "流向信息登记如实完整，产品流向标签齐全", _BOTH, _TRACING),
        ("RESPONSIBILITY", "全员安全生产责任制与岗位匹配，隐患排查治理制度已制定并实施", _BOTH, _HAZARDS),
        ("HAZARD_RECORDS", "隐患排查治理台账齐全，上次问题已整改", _BOTH, _LAW),
        ("EMERGENCY", "应急预案备案，应急器材齐备，按期演练", _BOTH, _EMERGENCIES),
    )
    return tuple(ChecklistItem(*row) for row in rows)


CHECKLIST: Final = {item.code: item for item in _items()}
"""The items by code, in the order of a walk through the premises."""


def checklist_for(kind: EnterpriseKind) -> tuple[ChecklistItem, ...]:
    """The items that apply to enterprises of a kind."""
    return tuple(item for item in CHECKLIST.values() if kind in item.kinds)
