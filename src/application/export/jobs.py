"""The scheduled jobs of exports: remove files after a day, and what is left over."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from ..operations.schedule import Job, JobResult, at_times, every
from .clearing import ExportClearing

EXPIRE_EXPORTS: Final = "expire-exports"
CLEAN_UP_EXPORTS: Final = "clean-up-exports"


def export_jobs(clearing: ExportClearing) -> tuple[Job, ...]:
    """Two jobs: files are removed every hour, left-overs at night."""

    def expire(slot_at: datetime) -> JobResult:
        return JobResult(f"删除到期的导出文件{clearing.expire()}个")

    def clean_up(slot_at: datetime) -> JobResult:
        files, rows, unfinished = clearing.clean_up()
        return JobResult(f"清理无主导出文件{files}个，导出记录{rows}条，未完成的导出{unfinished}份")

    return (
        Job(EXPIRE_EXPORTS, "删除到期的导出文件", every(60), expire),
        Job(CLEAN_UP_EXPORTS, "清理导出记录", at_times(time(3, 50)), clean_up),
    )
