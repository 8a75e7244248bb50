"""The kinds of recipients of a notice; the application finds the people."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Told(Enum):
    """Somebody who is told; the application knows the people.

    RESPONSIBLE: who is named in the problem, or the inspected party's heads when nobody is. SUPERIOR: the department
    one level above the addressee, for an enterprise its county's. REVIEWER: the department that reviews.
    """

    RESPONSIBLE = "RESPONSIBLE"
    ENTERPRISE_HEAD = "ENTERPRISE_HEAD"
    PROVINCE_HEADS = "PROVINCE_HEADS"
    SUPERIOR = "SUPERIOR"
    REVIEWER = "REVIEWER"


TOLD_NAMES: Final = {
    Told.RESPONSIBLE: "被检查单位责任人",
    Told.ENTERPRISE_HEAD: "企业主要负责人",
    Told.PROVINCE_HEADS: "省级负责人",
    Told.SUPERIOR: "上一级部门",
    Told.REVIEWER: "下发部门",
}
