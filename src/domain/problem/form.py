"""The statement of a problem (问题), with its category, severity and origin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from ..values import (
    AttachmentId,
    InspectionId,
    PersonId,
    ProblemId,
    fact_id,
)


def problem_id(inspection_id: InspectionId, number: int) -> ProblemId:
    """Make the id of the n-th problem (from 1) of an inspection; submitted twice, the id is the same."""
    return ProblemId(fact_id("problem", inspection_id, number))


def ministry_problem_id(external_id: str) -> ProblemId:
    """Make the id from the ministry's id; received twice, the id is the same."""
    return ProblemId(fact_id("problem", "MINISTRY", external_id))


class ProblemCategory(Enum):
    """What kind of shortcoming a problem is."""

    SYSTEM_OFFLINE = "SYSTEM_OFFLINE"
    VIDEO_OFFLINE = "VIDEO_OFFLINE"
    SENSOR_OFFLINE = "SENSOR_OFFLINE"
    COMMITMENT_MISSING_OR_FALSE = "COMMITMENT_MISSING_OR_FALSE"
    ALARM_NOT_CLEARED = "ALARM_NOT_CLEARED"
    WARNING_WITHOUT_FEEDBACK = "WARNING_WITHOUT_FEEDBACK"
    SYSTEM_NOT_USED = "SYSTEM_NOT_USED"
    DUTY_ABSENCE = "DUTY_ABSENCE"
    CERTIFICATE = "CERTIFICATE"
    ON_SITE_VIOLATION = "ON_SITE_VIOLATION"
    OTHER = "OTHER"


CATEGORY_NAMES: Final = {
    ProblemCategory.SYSTEM_OFFLINE: "系统离线",
    ProblemCategory.VIDEO_OFFLINE: "视频离线",
    ProblemCategory.SENSOR_OFFLINE: "传感器离线",
    ProblemCategory.COMMITMENT_MISSING_OR_FALSE: "未承诺或承诺不实",
    ProblemCategory.ALARM_NOT_CLEARED: "报警未消除",
    ProblemCategory.WARNING_WITHOUT_FEEDBACK: "预警未反馈",
    ProblemCategory.SYSTEM_NOT_USED: "未使用系统",
    ProblemCategory.DUTY_ABSENCE: "值班脱岗",
    ProblemCategory.CERTIFICATE: "证书问题",
    ProblemCategory.ON_SITE_VIOLATION: "现场违规（超员、超量、违规作业）",
    ProblemCategory.OTHER: "其他",
}


class Severity(Enum):
    """How serious a problem is; the deadlines depend on it."""

    GENERAL = "GENERAL"
    MAJOR = "MAJOR"


TOLD_AT_ONCE: Final = frozenset({Severity.MAJOR})
"""Problems of these severities are told by SMS at once, in quiet hours too; their terms run from the issue."""

SEVERITY_NAMES: Final = {Severity.GENERAL: "一般", Severity.MAJOR: "重大"}


class ProblemOrigin(Enum):
    """Who found it: a department of this system, or the ministry (with its external id)."""

    DEPARTMENT = "DEPARTMENT"
    MINISTRY = "MINISTRY"


PROBLEM_ORIGIN_NAMES: Final = {ProblemOrigin.DEPARTMENT: "本系统部门", ProblemOrigin.MINISTRY: "部级平台"}


@dataclass(frozen=True, slots=True)
class ProblemStatement:
    """A problem as an inspector writes it down; a draft may still leave the category open.

    `rectify_on` is the last day for rectification, included; None means that the settings decide.
    `responsible` are people of the inspected party; if none is named, its heads are.
    """

    category: ProblemCategory | None = None
    severity: Severity = Severity.GENERAL
    description: str = ""
    rectify_on: date | None = None
    responsible: tuple[PersonId, ...] = ()
    attachments: tuple[AttachmentId, ...] = ()


def changes_between(before: ProblemStatement, after: ProblemStatement) -> str:
    """What a newer statement has changed, in Chinese, for the timeline; empty if nothing that it names."""
    changes = []
    if after.severity is not before.severity:
        changes.append(f"由{SEVERITY_NAMES[before.severity]}变为{SEVERITY_NAMES[after.severity]}")
    if after.rectify_on != before.rectify_on:
        changes.append(f"整改期限改为{after.rectify_on}" if after.rectify_on else "不再指定整改期限")
    if after.description != before.description:
        changes.append("问题描述已更新")
    if (after.category or ProblemCategory.OTHER) is not (before.category or ProblemCategory.OTHER):
        changes.append("问题类别已更新")
    return "，".join(changes)
