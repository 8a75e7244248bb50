"""The lock after wrong passwords: five in a row refuse every further one for half an hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Protocol

from ..refusals import TooManyAttempts
from ..values import SHANGHAI

MOST_FAILURES: Final = 5
LOCK: Final = timedelta(minutes=30)


class AccountLocked(TooManyAttempts):
    """Too many wrong passwords; the sentence says until when. Only a logged-in owner of the account sees it."""

    code = "ACCOUNT_LOCKED"


class Lockable(Protocol):
    """What counts wrong passwords by itself: an account, or one of its known addresses."""

    failures: int
    locked_until: datetime | None


def check_lock(of: Lockable, now: datetime) -> None:
    """Raise AccountLocked while it is locked, even for the right password."""
    if of.locked_until is not None and now < of.locked_until:
        until = of.locked_until.astimezone(SHANGHAI)
        raise AccountLocked(f"登录失败次数过多，账号已锁定至{until:%H:%M}，请稍后再试或联系安全管理员。")


def count_failure(of: Lockable, now: datetime) -> bool:
    """Count a wrong password; the fifth in a row locks for half an hour. Return whether this one did."""
    if of.locked_until is not None and now >= of.locked_until:
        reset(of)
    of.failures += 1
    if of.failures >= MOST_FAILURES:
        of.locked_until = now + LOCK
    return of.failures >= MOST_FAILURES


def reset(of: Lockable) -> None:
    """Start the count again and open the lock."""
    of.failures, of.locked_until = 0, None
