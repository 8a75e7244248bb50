"""A sheet and two forms in which every field is filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.inspection.form import (
    CheckMeans,
    Finding,
    FindingResult,
    OnSiteRectification,
    Rank,
)
from yanbao.domain.problem.form import ProblemCategory, Severity

from ...support.builders import (
    DAY,
    NOW,
)
from ...support.inspections import (
    a_check_form,
    a_duty_check,
    a_figure,
    a_patrol_form,
    a_permit_fact,
    a_sheet,
    a_statement,
    a_visit,
    all_findings,
    an_attachment,
)

FULL_SHEET = a_sheet(
    a_figure(rank=Rank(3, 107)),
    a_figure("videoOnlineRate", None),
    replace(a_figure("lastLogIn", "无"), as_of=None),
    visits=(a_visit(), a_visit("西风烟花厂", views=0, checked=True, seen="停产")),
    permits=(a_permit_fact(), replace(a_permit_fact(valid=False), number=None, expires_on=None)),
)
FULL_STATEMENT = a_statement(
    category=ProblemCategory.CERTIFICATE,
    severity=Severity.MAJOR,
    description="许可证过期；“待换证”。",
    rectify_on=DAY + timedelta(days=6),
    attachments=(an_attachment("证书"),),
)
FULL_PATROL = a_patrol_form(
    duty_check=a_duty_check(means=CheckMeans.VIDEO, on_duty=False, note="无人应答", problem=1),
    observations="夜间巡逻\n记录不全",
    attachments=(an_attachment("现场"), an_attachment("台账")),
    problems=(FULL_STATEMENT, a_statement()),
)
FULL_CHECK = a_check_form(
    findings=all_findings(
        EnterpriseKind.PRODUCTION,
        Finding("PERSONS", FindingResult.NOT_OK, "多1人", (an_attachment("照片"),), problem=1),
        Finding("PERMIT", FindingResult.NOT_OK, "已过期", rectified=OnSiteRectification("停工", NOW)),
        Finding("LIGHTNING", FindingResult.NOT_APPLICABLE),
    ),
    observations="工房整洁",
    problems=(FULL_STATEMENT,),
)
