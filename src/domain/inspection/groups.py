"""Groups of records that a statistic counts, each by one definition for the figure and for its list."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ..signed import Origin


class InspectionGroup(Enum):
    """Records that one figure counts, or whose distinct targets it counts.

    INSPECTED and SEEN_AUTOMATICALLY count the distinct areas (patrols) or enterprises (spot checks) of these
    records. A city with counties is no area of its own, so records of it belong to neither.
    """

    MANUAL = "MANUAL"
    AUTOMATIC = "AUTOMATIC"
    INSPECTED = "INSPECTED"
    SEEN_AUTOMATICALLY = "SEEN_AUTOMATICALLY"


INSPECTION_GROUP_NAMES: Final = {
    InspectionGroup.MANUAL: "人工记录",
    InspectionGroup.AUTOMATIC: "自动记录",
    InspectionGroup.INSPECTED: "人工检查的区域或企业的记录",
    InspectionGroup.SEEN_AUTOMATICALLY: "有自动记录的区域或企业的记录",
}

INSPECTION_GROUP_ORIGINS: Final = {
    InspectionGroup.MANUAL: Origin.MANUAL,
    InspectionGroup.AUTOMATIC: Origin.AUTO,
    InspectionGroup.INSPECTED: Origin.MANUAL,
    InspectionGroup.SEEN_AUTOMATICALLY: Origin.AUTO,
}

OF_TARGETS: Final = frozenset({InspectionGroup.INSPECTED, InspectionGroup.SEEN_AUTOMATICALLY})
"""Groups whose distinct targets are counted, without cities that have counties."""
