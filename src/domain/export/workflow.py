"""The workflow of an export (导出) as a table: states, actions, and what leads where."""

from __future__ import annotations

from enum import Enum
from typing import Final


class ExportState(Enum):
    """The state of an export; a file exists only while it is READY."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    READY = "READY"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


EXPORT_STATE_NAMES: Final = {
    ExportState.QUEUED: "排队中",
    ExportState.RUNNING: "生成中",
    ExportState.READY: "可下载",
    ExportState.FAILED: "生成失败",
    ExportState.CANCELLED: "已取消",
    ExportState.EXPIRED: "已过期",
}

EXPORT_OPEN: Final = frozenset({ExportState.QUEUED, ExportState.RUNNING})
"""The file is still to be made. An export in any other state has ended."""


class ExportAction(Enum):
    """What is done to an export once it is requested; its owner only cancels and downloads."""

    START = "START"
    ADVANCE = "ADVANCE"
    REQUEUE = "REQUEUE"
    FINISH = "FINISH"
    FAIL = "FAIL"
    CANCEL = "CANCEL"
    DOWNLOAD = "DOWNLOAD"
    EXPIRE = "EXPIRE"


EXPORT_ACTION_NAMES: Final = {
    ExportAction.START: "开始生成",
    ExportAction.ADVANCE: "继续生成",
    ExportAction.REQUEUE: "重新排队",
    ExportAction.FINISH: "完成",
    ExportAction.FAIL: "终止",
    ExportAction.CANCEL: "取消",
    ExportAction.DOWNLOAD: "下载",
    ExportAction.EXPIRE: "删除文件",
}

EXPORT_TRANSITIONS: Final = {
    (ExportState.QUEUED, ExportAction.START): ExportState.RUNNING,
    (ExportState.RUNNING, ExportAction.START): ExportState.RUNNING,
    (ExportState.RUNNING, ExportAction.ADVANCE): ExportState.RUNNING,
    (ExportState.QUEUED, ExportAction.REQUEUE): ExportState.QUEUED,
    (ExportState.RUNNING, ExportAction.REQUEUE): ExportState.QUEUED,
    (ExportState.RUNNING, ExportAction.FINISH): ExportState.READY,
    **{(state, ExportAction.FAIL): ExportState.FAILED for state in ExportState if state in EXPORT_OPEN},
    **{(state, ExportAction.CANCEL): ExportState.CANCELLED for state in ExportState if state in EXPORT_OPEN},
    (ExportState.READY, ExportAction.DOWNLOAD): ExportState.READY,
    (ExportState.READY, ExportAction.EXPIRE): ExportState.EXPIRED,
}
"""The whole workflow; a move that is not listed is refused.

START in RUNNING: the process that ran it has died, and it begins again from the first row. REQUEUE: the process
ends in good order, or what it needs is away for a while, perhaps before it could start.
"""

BY_THE_OWNER: Final = frozenset({ExportAction.CANCEL, ExportAction.DOWNLOAD})
"""Actions of the person who asked for it; all others are the system's."""


def export_actions_allowed(state: ExportState) -> frozenset[ExportAction]:
    """What the owner may do now; also for the rows of lists, which have no aggregate."""
    return frozenset(action for origin, action in EXPORT_TRANSITIONS if origin is state) & BY_THE_OWNER
