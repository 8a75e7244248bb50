"""Renders the part of docs/workflow.md about exports."""

from __future__ import annotations

from ...domain.export.job import ExportJob
from ...domain.export.workflow import (
    BY_THE_OWNER,
    EXPORT_ACTION_NAMES,
    EXPORT_STATE_NAMES,
    EXPORT_TRANSITIONS,
    ExportAction,
)
from .markdown import HOW_TO_READ, cell, method_doc, named, section, state_table, table


def export_section() -> str:
    """States and actions of an export, and who carries each action."""
    actions = [
        [
            named(action, EXPORT_ACTION_NAMES),
            "申请人" if action in BY_THE_OWNER else "系统",
            cell(method_doc(ExportJob, action)),
        ]
        for action in ExportAction
    ]
    return section(
        "## 导出 · Export",
        f"Source: `EXPORT_TRANSITIONS` in `src/domain/export/workflow.py`. {HOW_TO_READ} START in RUNNING: the "
        "process that made the file has died, and another one begins from the first row.",
        state_table(EXPORT_TRANSITIONS, EXPORT_STATE_NAMES, EXPORT_ACTION_NAMES, "申请"),
        table(["操作 Action", "谁 Who", "说明 Rule"], actions),
    )
