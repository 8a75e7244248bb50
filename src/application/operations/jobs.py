"""Scheduled job of operations: sealing the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from .audit import AuditTrail
from .schedule import Job, JobResult, every

SEAL_AUDIT: Final = "seal-audit"


def operations_jobs(trail: AuditTrail) -> tuple[Job, ...]:
    """The job that seals the audit trail every hour."""

    def seal(slot_at: datetime) -> JobResult:
        sealed, number = trail.seal()
        return JobResult(f"封存{sealed}条，链首序号{number}")

    return (Job(SEAL_AUDIT, "封存审计记录", every(60), seal),)
