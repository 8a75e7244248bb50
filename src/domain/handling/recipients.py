"""The kinds of recipients of a notice; the application finds the people."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Recipient(Enum):
    """A kind of recipient.

    RESPONSIBLE: the people named in the problem, or the inspected party's heads if none is named. SUPERIOR:
    the department one level above the addressee; for an enterprise, its county's department. REVIEWER: who
    issued it, in the department that reviews, or else that department's heads. REVIEWER_DUTY: the duty
    persons of that department.
    """

    RESPONSIBLE = "RESPONSIBLE"
    ENTERPRISE_HEAD = "ENTERPRISE_HEAD"
    PROVINCE_HEADS = "PROVINCE_HEADS"
    SUPERIOR = "SUPERIOR"
    REVIEWER = "REVIEWER"
    REVIEWER_DUTY = "REVIEWER_DUTY"


RECIPIENT_NAMES: Final = {
    Recipient.RESPONSIBLE: "被检查单位责任人",
    Recipient.ENTERPRISE_HEAD: "企业主要负责人",
    Recipient.PROVINCE_HEADS: "省级负责人",
    Recipient.SUPERIOR: "上一级部门",
    Recipient.REVIEWER: "下发部门",
    Recipient.REVIEWER_DUTY: "下发部门值班人员",
}
