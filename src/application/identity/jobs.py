"""The scheduled job of identity: forget addresses that nobody logs in from any more."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from ..operations.schedule import Job, JobResult, at_times
from .identity import Identity

FORGET_ADDRESSES: Final = "forget-addresses"


def identity_jobs(identity: Identity) -> tuple[Job, ...]:
    """One job, at night."""

    def forget(slot_at: datetime) -> JobResult:
        return JobResult(f"清理过期的常用登录地址{identity.forget_addresses()}个")

    return (Job(FORGET_ADDRESSES, "清理过期的常用登录地址", at_times(time(3, 40)), forget),)
