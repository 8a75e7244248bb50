"""Logging in: one refusal and one cost for every failure, and a lock that strangers cannot use as a weapon."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from ...domain.identity.account import Account, LogInRefused, Session, check_address, could_be_password
from ...domain.identity.events import AccessChanged, LogInFailed
from ...domain.identity.known_address import MOST_KNOWN, KnownAddress, network_of, stray_slot
from ...domain.identity.lock import AccountLocked, check_lock, count_failure
from ...domain.refusals import Forbidden, Refused
from ...domain.values import AccountId, Client
from ..access import EVERYTHING, SYSTEM, Actor
from ..ports.identity import PasswordHasher, Tokens
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork

LONGEST_USERNAME: Final = 64
LONGEST_PASSWORD: Final = 256
_NOBODY: Final = AccountId(UUID(int=0))
"""Stands for the account of an unknown name, so that its known addresses are looked up, too."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """User name, password, client, and network address (None: unknown)."""

    username: str
    password: str
    client: Client
    address: str | None = None

    @property
    def plausible(self) -> bool:
        """Whether such a user name and password can exist. If not, nothing is looked up or hashed."""
        within = len(self.username) <= LONGEST_USERNAME and len(self.password) <= LONGEST_PASSWORD
        return within and "\0" not in self.username


@dataclass(frozen=True, slots=True)
class LoggedInSession:
    """A new session. The token is shown only once and never stored."""

    token: str
    actor: Actor


class LogIns:
    """Opens sessions. Each attempt passes one lock: of the known address, else of the account.

    A second factor would be another way past the account's lock: see `_known`.
    """

    def __init__(
        self,
        storage: Storage,
        readers: Readers,
        clock: Clock,
        hasher: PasswordHasher,
        tokens: Tokens,
        address_failures: int,
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._hasher = hasher
        self._tokens = tokens
        self._address_failures = address_failures

    def log_in(self, command: LogIn) -> LoggedInSession:
        """Open a session. Every failure but TooManyAttempts is written to the audit trail, with its reason.

        Raises LogInRefused, the same for an unknown user name, a wrong password and a locked account;
        Forbidden for the right password of a disabled account; TooManyAttempts while too many log-ins have
        failed from the same network. Each attempt with a possible name and password costs one password hash
        and the same statements, whether the name is known or not. See decision 0012.
        """
        if command.address is not None:
            network = network_of(command.address)
            failures = self._readers.access.failed_log_ins(network, self._address_failures)
            check_address(failures, most=self._address_failures, now=self._clock.now())
        try:
            return self._open_session(command)
        except (LogInRefused, AccountLocked, Forbidden) as refusal:
            self._failed(command, refusal)
            raise LogInRefused if isinstance(refusal, AccountLocked) else refusal from None

    def _open_session(self, command: LogIn) -> LoggedInSession:
        if not command.plausible:
            raise LogInRefused
        with self._storage.work(SYSTEM) as work:
            account = work.accounts.by_username(command.username.strip())
            known = self._known(work, account, command.address)
        # Hash before looking at the lock: an account that is locked must not answer sooner.
        fits = self._hasher.matches(command.password, None if account is None else account.password_digest)
        now = self._clock.now()
        if account is None:
            raise LogInRefused
        check_lock(known or account, now)
        if not fits:
            raise LogInRefused
        actor = self._readers.access.actor(account.person_id)
        if actor is None or account.disabled:
            raise Forbidden("账号已停用，请联系系统管理员。")
        token = self._tokens.new()
        session = Session(
            id=uuid4(),
            token_digest=self._tokens.digest(token),
            account_id=account.id,
            client=command.client,
            created_at=now,
            last_seen_at=now,
            known_address=self._digest(account.id, command.address),
        )
        actor = replace(
            actor,
            account_id=account.id,
            session_id=session.id,
            client=command.client,
            must_change_password=account.password_is_due(now),
        )
        with self._storage.work(actor) as work:
            current = work.accounts.get(account.id, within=EVERYTHING, hold=True)
            known = self._known(work, current, command.address)
            check_lock(known or current, now)
            assert actor.person_id is not None, "an account belongs to a person"
            person = work.people.get(actor.person_id, within=EVERYTHING)
            current.logged_in(person, command.client, now, known=known)
            work.accounts.save(current)
            if session.known_address is not None:
                work.known_addresses.save(KnownAddress(current.id, session.known_address, now))
                if known is None:
                    work.known_addresses.keep_newest(current.id, MOST_KNOWN)
            work.sessions.add(session)
            work.commit()
        return LoggedInSession(token, actor)

    def _failed(self, command: LogIn, refusal: Refused) -> None:
        """Record the failure with its reason, and count a wrong password towards the lock that it met.

        Of many attempts at the same time, those after the fifth are recorded as ACCOUNT_LOCKED. What counts
        towards no lock is counted as a stray attempt, so that each attempt costs the same.
        """
        typed = "".join(filter(str.isprintable, command.username))[:LONGEST_USERNAME]
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            account = None
            if command.plausible:
                account = work.accounts.by_username(command.username.strip(), hold=True)
                known = self._known(work, account, command.address)
                if account is None or not isinstance(refusal, LogInRefused):
                    work.stray_attempts.count(stray_slot(command.username), now)
                else:
                    refusal = self._counted(work, command, account, known) or refusal
            work.note(
                LogInFailed(
                    username="" if account is None and could_be_password(typed) else typed,
                    account_id=None if account is None else account.id,
                    address=command.address,
                    client=command.client,
                    refusal=refusal.code,
                    at=now,
                )
            )
            work.commit()

    def _counted(
        self, work: UnitOfWork, command: LogIn, account: Account, known: KnownAddress | None
    ) -> AccountLocked | None:
        """Count a wrong password; return the refusal if others locked it during the password check."""
        now = self._clock.now()
        try:
            check_lock(known or account, now)
        except AccountLocked as locked:
            work.stray_attempts.count(stray_slot(command.username), now)
            return locked
        count_wrong_password(work, account, known, now)
        return None

    def _known(self, work: UnitOfWork, account: Account | None, address: str | None) -> KnownAddress | None:
        """The address as one from which the account has logged in; its lock counts instead of the account's.

        An unknown name and an unknown address are looked up in the same way.
        """
        id = _NOBODY if account is None else account.id
        digest = self._digest(id, address)
        return None if digest is None else work.known_addresses.find(id, digest, at=self._clock.now())

    def _digest(self, id: AccountId, address: str | None) -> str | None:
        return None if address is None else self._tokens.digest(f"{id}|{network_of(address)}")


def count_wrong_password(
    work: UnitOfWork, account: Account, known: KnownAddress | None, now: datetime
) -> None:
    """Count it towards the lock of the known address, else of the account, which the caller holds."""
    if known is None:
        account.log_in_failed(now)
        work.accounts.save(account)
        return
    if count_failure(known, now):
        summary = f"{known.failures} failures from a known address"
        work.note(AccessChanged("locked", account.id, summary, now))
    work.known_addresses.save(known)
