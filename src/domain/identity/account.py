"""Accounts and sessions: who may log in, when an account locks, and how long a session lasts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ..directory.organisation import Person
from ..refusals import InvalidValue, Refused, TooManyAttempts
from ..values import SHANGHAI, AccountId, Client, PersonId
from .events import AccessChanged, IdentityEvent, LoggedIn
from .known_address import KnownAddress
from .lock import LOCK, MOST_FAILURES, check_lock, count_failure, reset

MOST_ADDRESS_FAILURES: Final = 20
ADDRESS_WINDOW: Final = timedelta(minutes=15)
ADDRESS_LOCK: Final = timedelta(minutes=15)
IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
SHORTEST_PASSWORD: Final = 10
PASSWORD_LASTS: Final = timedelta(days=90)
REMEMBERED_PASSWORDS: Final = 5


class WeakPassword(InvalidValue):
    """A new password that does not meet the rules of 等保2.0."""

    code = "WEAK_PASSWORD"


class LogInRefused(Refused):
    """An unknown user name, a wrong password or a locked account: always the same code and sentence.

    So nobody learns which user names exist, or that a password guessed during a lock was right.
    """

    code = "LOG_IN_REFUSED"

    def __init__(self) -> None:
        super().__init__(
            f"用户名或密码不正确，或账号已被锁定。连续输错{MOST_FAILURES}次密码，账号锁定"
            f"{LOCK // timedelta(minutes=1)}分钟；如需解锁，请联系安全管理员。"
        )


def check_password(password: str, *, username: str) -> None:
    """Raise WeakPassword unless the password follows the rules; its sentence names all that it breaks.

    It has 10 to 128 characters of at least three of four classes, and does not contain the user name. Spaces
    at its ends and repeated ones do not count.
    """
    wrong: list[str] = []
    counted = len(_dense(password))
    if counted < SHORTEST_PASSWORD:
        note = "" if counted == len(password) else "（首尾和连续的空格不计）"
        wrong.append(f"密码应为10至128个字符，现为{counted}个{note}。")
    elif len(password) > 128:
        wrong.append(f"密码应为10至128个字符，现为{len(password)}个。")
    if (classes := _classes(password)) < 3:
        wrong.append(f"密码应包含大写字母、小写字母、数字、符号中的至少三类，现有{classes}类。")
    if username and username.lower() in password.lower():
        wrong.append("密码不得包含用户名。")
    if wrong:
        raise WeakPassword("".join(wrong), field="newPassword")


def could_be_password(text: str) -> bool:
    """Whether the text may be a password that somebody typed into another field."""
    return len(text) >= SHORTEST_PASSWORD and _classes(text) >= 3


def _classes(password: str) -> int:
    """Count the classes that occur: lower case, upper case, digits, symbols. A single space is a symbol."""
    password = _dense(password)
    return (
        any(c.islower() for c in password)
        + any(c.isupper() for c in password)
        + any(c.isdigit() for c in password)
        + any(not c.isalnum() for c in password)
    )


def _dense(password: str) -> str:
    """The password without blanks at its ends, and without repeated blanks, which nobody has to guess."""
    return re.sub(
        r" {2,}", "", "".join(c if c.isprintable() and not c.isspace() else " " for c in password).strip()
    )


def check_address(failures: Sequence[datetime], *, most: int, now: datetime) -> None:
    """Raise TooManyAttempts while an address is blocked.

    `failures` are its latest failed log-ins, newest first. `most` failures within 15 minutes block the
    address for 15 minutes after the last one. Attempts during the block do not count as failures, so they do
    not extend it.
    """
    if len(failures) < most:
        return
    until = failures[0] + ADDRESS_LOCK
    if failures[0] - failures[most - 1] < ADDRESS_WINDOW and now < until:
        raise TooManyAttempts(f"您的网络地址登录失败次数过多，请在{until.astimezone(SHANGHAI):%H:%M}后再试。")


def password_is_due(must_change: bool, set_at: datetime, now: datetime) -> bool:
    """Whether a new password must be set before anything else: at first log-in, then every 90 days."""
    return must_change or now >= set_at + PASSWORD_LASTS


def session_is_alive(
    *, created_at: datetime, last_seen_at: datetime, revoked_at: datetime | None, now: datetime
) -> bool:
    """Whether it is not revoked, was used within 30 minutes and is less than 12 hours old."""
    return revoked_at is None and now < last_seen_at + IDLE and now < created_at + ABSOLUTE


@dataclass(slots=True)
class Account:
    """The log-in of a person. `former` are the digests of earlier passwords, newest first, at most five."""

    id: AccountId
    username: str
    person_id: PersonId
    password_digest: str
    password_set_at: datetime
    must_change_password: bool = True
    former: tuple[str, ...] = ()
    failures: int = 0
    locked_until: datetime | None = None
    disabled: bool = False
    version: int = 0
    events: list[IdentityEvent] = field(default_factory=list, compare=False, repr=False)

    def check_lock(self, now: datetime) -> None:
        """Raise AccountLocked while the account is locked, even for the right password."""
        check_lock(self, now)

    def log_in_failed(self, now: datetime) -> None:
        """Count a wrong password; the fifth in a row locks the account for half an hour."""
        if count_failure(self, now):
            self._note("locked", f"{self.failures} failures", now)

    def logged_in(
        self, person: Person, client: Client, now: datetime, *, known: KnownAddress | None = None
    ) -> None:
        """Start the count again that the log-in has passed: of the known address, or of the account.

        A log-in from a known address leaves the account's own lock and count alone: they concern strangers.
        """
        reset(self if known is None else known)
        self.events.append(
            LoggedIn(
                account_id=self.id,
                person_id=person.id,
                department_id=person.department_id,
                enterprise_id=person.enterprise_id,
                client=client,
                at=now,
            )
        )

    def password_is_due(self, now: datetime) -> bool:
        """Whether a new password must be set before anything else: at first log-in, then every 90 days."""
        return password_is_due(self.must_change_password, self.password_set_at, now)

    def set_password(self, digest: str, now: datetime) -> None:
        """Store the digest of a new password that has been checked."""
        self.former = (self.password_digest, *self.former)[:REMEMBERED_PASSWORDS]
        self.password_digest, self.password_set_at, self.must_change_password = digest, now, False
        self._note("password changed", "", now)

    def unlock(self, now: datetime) -> None:
        reset(self)
        self._note("unlocked", "", now)

    def disable(self, disabled: bool, now: datetime) -> None:
        self.disabled = disabled
        self._note("disabled" if disabled else "enabled", "", now)

    def _note(self, what: str, summary: str, now: datetime) -> None:
        self.events.append(AccessChanged(what=what, account_id=self.id, summary=summary, at=now))


@dataclass(frozen=True, slots=True)
class Session:
    """A server-side session; the token itself is never stored, only its digest.

    `known_address` is the digest of the address that it was opened from, None where that was not known.
    """

    id: UUID
    token_digest: str
    account_id: AccountId
    client: Client
    created_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None = None
    known_address: str | None = None

    def alive(self, now: datetime) -> bool:
        return session_is_alive(
            created_at=self.created_at, last_seen_at=self.last_seen_at, revoked_at=self.revoked_at, now=now
        )
