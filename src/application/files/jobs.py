"""The scheduled job of the files: remove files that belong to nothing."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from ..operations.schedule import Job, JobResult, at_times
from .files import Files

CLEAN_UP_FILES: Final = "clean-up-files"


def file_jobs(files: Files) -> tuple[Job, ...]:
    """One job, at night."""

    def clean_up(slot_at: datetime) -> JobResult:
        loose, orphans = files.clean_up()
        return JobResult(f"清理无主附件{loose}个，无记录的文件{orphans}个")

    return (Job(CLEAN_UP_FILES, "清理无主附件", at_times(time(3, 30)), clean_up),)
