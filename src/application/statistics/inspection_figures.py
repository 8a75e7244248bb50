"""The definitions of the figures of patrols and spot checks."""

from __future__ import annotations

from typing import Final

from ...domain.inspection.form import InspectionKind
from ...domain.signed import Origin
from .figures import FigureDefinition, FigureSection

_ABOUT: Final = "记录按业务日期、问题按下发日期（Asia/Shanghai）计算，区域按当时被检查单位所在区域计算并包括其下级；只计本部门及下级部门的记录和它们下发的问题，部级平台的问题不计。人工记录与自动记录始终分开计数，被人工记录取代的自动记录不计。"
_PROBLEMS: Final = "问题的数字（problemCounts）与“问题”一节的定义相同。"


def _section(
    kind: InspectionKind, title: str, query: str, target: str, unit: str, note: str
) -> FigureSection:
    manual, automatic = ({"kinds": (kind,), "origins": (origin,)} for origin in (Origin.MANUAL, Origin.AUTO))
    return FigureSection(
        title=title,
        about=_ABOUT + _PROBLEMS,
        query=query,
        row="RecordCounts",
        rows="inspections",
        figures=(
            FigureDefinition(
                "inspected",
                f"检查的{target}",
                f"统计日期内有人工记录的{target}，同一{target}只计一次；对应的记录用records(group: INSPECTED)查询。{note}",
                unit,
                None,
            ),
            FigureDefinition(
                "seen_automatically",
                f"有自动记录的{target}",
                f"统计日期内有自动记录（未经人工核查）的{target}，同一{target}只计一次，不论是否另有人工记录；对应的记录用records(group: SEEN_AUTOMATICALLY)查询。{note}",
                unit,
                None,
            ),
            FigureDefinition("manual", "人工记录", "统计日期内由人提交的记录。", "条", manual),
            FigureDefinition(
                "automatic", "自动记录", "统计日期内由系统自动生成、未被人工记录取代的记录。", "条", automatic
            ),
        ),
    )


PATROL_FIGURES: Final = _section(
    InspectionKind.PATROL,
    "巡查",
    "patrolStatistics",
    "区域",
    "个",
    "辖有区县的市本身不是被巡查区域，只有对市本级的巡查时不计，其记录仍计入记录数。",
)
SPOT_CHECK_FIGURES: Final = _section(
    InspectionKind.SPOT_CHECK, "抽查", "spotCheckStatistics", "企业", "家", ""
)
