"""Logging in and out, sessions, passwords, and the administration of accounts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ...domain.faults import Faults
from ...domain.identity.account import (
    Account,
    WeakPassword,
    check_password,
    password_is_due,
    session_is_alive,
)
from ...domain.identity.events import AccessChanged
from ...domain.identity.known_address import REMEMBERED, KnownAddress
from ...domain.identity.lock import check_lock
from ...domain.refusals import Conflict, InvalidValue, NotFound, Unauthenticated
from ...domain.values import AccountId, PersonId, fact_id, parse_text
from ..access import EVERYTHING, SYSTEM, Actor, Permission, check
from ..once import OTHER_INPUT, once
from ..ports.identity import AccountFilter, AccountOrder, AccountRow, PasswordHasher, SessionFacts, Tokens
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.unavailable import WritesRefused
from ..ports.work import Storage, UnitOfWork
from ..postponed import PostponedTouches
from ..within import check_person
from .log_in import LoggedInSession, LogIn, LogIns, count_wrong_password
from .memory import SessionMemory

TOUCH_EVERY: Final = timedelta(seconds=60)

SESSION_ENDED: Final = "登录已失效，请重新登录。"


class Identity:
    """Use cases of log-in, sessions and accounts.

    A session is an opaque token. Its digest is kept in the database, so that the session can be revoked.
    """

    def __init__(
        self,
        storage: Storage,
        readers: Readers,
        clock: Clock,
        hasher: PasswordHasher,
        tokens: Tokens,
        address_failures: int,
        memory: SessionMemory,
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self.hasher = hasher
        self._tokens = tokens
        self._log_ins = LogIns(storage, readers, clock, hasher, tokens, address_failures)
        self._touches = PostponedTouches()
        self._memory = memory

    def log_in(self, command: LogIn) -> LoggedInSession:
        """Open a session: see `LogIns.log_in`."""
        return self._log_ins.log_in(command)

    def authenticate(self, token: str) -> Actor:
        """The actor behind a token.

        Raises Unauthenticated when the session is unknown, revoked, idle or too old, or its account disabled.
        """
        digest, changes = self._tokens.digest(token), self._memory.changes
        found = self._readers.access.session(digest)
        now = self._clock.now()
        if found is None or not self._is_alive(found, now):
            raise Unauthenticated(SESSION_ENDED)
        if self._touch([found], now):
            found = replace(found, last_seen_at=now)
        self._memory.keep(digest, found, read_since=changes)
        return _actor_of(found, now)

    def remembered(self, token: str) -> Actor | None:
        """The actor behind a token that was asked for a moment ago; None: ask `authenticate`. It reads nothing."""
        found, now = self._memory.find(self._tokens.digest(token)), self._clock.now()
        if found is None or self._is_old(found, now) or not self._is_alive(found, now):
            return None
        return _actor_of(found, now)

    def authenticate_all(self, tokens: Collection[str]) -> Mapping[str, Actor]:
        """The actors behind those of the tokens whose sessions are alive, in few statements."""
        digests = {self._tokens.digest(token): token for token in tokens}
        now = self._clock.now()
        found = {
            digests[digest]: facts
            for digest, facts in self._readers.access.sessions(list(digests)).items()
            if self._is_alive(facts, now)
        }
        self._touch(list(found.values()), now)
        return {token: _actor_of(facts, now) for token, facts in found.items()}

    def _is_alive(self, found: SessionFacts, now: datetime) -> bool:
        return not found.account_disabled and session_is_alive(
            created_at=found.created_at,
            last_seen_at=self._touches.last_seen(found.session_id, found.last_seen_at),
            revoked_at=found.revoked_at,
            now=now,
        )

    def _is_old(self, found: SessionFacts, now: datetime) -> bool:
        """Whether it was noted long ago that the session is in use."""
        return now - self._touches.last_seen(found.session_id, found.last_seen_at) >= TOUCH_EVERY

    def _touch(self, found: Sequence[SessionFacts], now: datetime) -> bool:
        """Store that the sessions are in use, if that was long ago; tells whether it was for one of them.

        While the database refuses writes, this process remembers it.
        """
        old = [facts.session_id for facts in found if self._is_old(facts, now)]
        if not old:
            return False
        try:
            with self._storage.work(found[0].actor if len(found) == 1 else SYSTEM) as work:
                work.sessions.touch(old, now)
                work.commit()
        except WritesRefused:
            for id in old:
                self._touches.keep(id, now)
        else:
            for id in old:
                self._touches.forget(id)
        return True

    def log_out(self, actor: Actor, *, key: str | None = None) -> None:
        check(actor, Permission.LOG_OUT)

        def act(work: UnitOfWork, now: datetime) -> str:
            if actor.session_id is not None and actor.account_id is not None:
                work.sessions.revoke([actor.session_id], at=now)
                work.note(AccessChanged("logged out", actor.account_id, "", now))
            return ""

        self._run(actor, ("log_out", actor.session_id), key, act)

    def change_password(self, actor: Actor, old: str, new: str, *, key: str | None = None) -> None:
        """Set a new password and end every other session of the account.

        It also forgets the addresses from which the account has logged in, but not the session's own. Raises
        WeakPassword, InvalidValue for a wrong old password, or AccountLocked.
        Raises Conflict when the key was used for another new password. The passwords are compared by the slow
        digest, stored as the first call's answer: a fast fingerprint would make the password easy to guess.
        """
        check(actor, Permission.CHANGE_OWN_PASSWORD)
        now = self._clock.now()
        if actor.account_id is None:
            raise NotFound("账号")
        with self._storage.work(actor) as work:
            account = work.accounts.get(actor.account_id, within=EVERYTHING)
            known = self._own_address(work, actor, account)
            # Only look, commit nothing: after a first call the old password no longer fits.
            earlier = once(work, actor, key, "change_password", now=now, act=str)
        kept = earlier or self._set_password(actor, account, known, old, new, key, now)
        if not self.hasher.matches(new, kept):
            raise Conflict(OTHER_INPUT, field="clientMutationKey")

    def _own_address(self, work: UnitOfWork, actor: Actor, account: Account) -> KnownAddress | None:
        """The known address that the actor's session was opened from, None if there is none any more."""
        digest = None if actor.session_id is None else work.sessions.known_address(actor.session_id)
        return None if digest is None else work.known_addresses.find(account.id, digest, at=self._clock.now())

    def _set_password(
        self,
        actor: Actor,
        account: Account,
        known: KnownAddress | None,
        old: str,
        new: str,
        key: str | None,
        now: datetime,
    ) -> str:
        """Set it and return its digest, or the digest that a call with the same key has set meanwhile."""
        check_lock(known or account, now)
        if not self.hasher.matches(old, account.password_digest):
            self._count_failure(actor, account.id, now)
            raise InvalidValue("原密码不正确。", field="oldPassword")
        check_password(new, username=account.username)
        if any(self.hasher.matches(new, digest) for digest in (account.password_digest, *account.former[:4])):
            raise WeakPassword("新密码不得与最近5次用过的密码相同。", field="newPassword")
        digest = self.hasher.hash(new)
        with self._storage.work(actor) as work:

            def act() -> str:
                current = work.accounts.get(account.id, within=EVERYTHING)
                current.set_password(digest, now)
                work.accounts.save(current)
                work.sessions.revoke_all(current.id, at=now, but=actor.session_id)
                work.known_addresses.forget(current.id, but=None if known is None else known.digest)
                return digest

            kept = once(work, actor, key, "change_password", now=now, act=act)
            work.commit()
        return kept

    def _count_failure(self, actor: Actor, id: AccountId, now: datetime) -> None:
        with self._storage.work(SYSTEM) as work:
            account = work.accounts.get(id, within=EVERYTHING, hold=True)
            count_wrong_password(work, account, self._own_address(work, actor, account), now)
            work.commit()

    # ------------------------------------------------------------ administration

    def save_account(
        self, actor: Actor, *, username: str, person_id: PersonId, password: str, key: str | None = None
    ) -> AccountId:
        """Give a person an account with a first password, which must be changed at the first log-in."""
        check(actor, Permission.SAVE_ACCOUNT)
        now = self._clock.now()
        name, values = username.strip().lower(), Faults()
        with values:
            parse_text(username, what="用户名", field="username", longest=32, shortest=3, one_line=True)
        with values:
            try:
                check_password(password, username=name)
            except WeakPassword as weak:
                raise WeakPassword(weak.sentence, field="password") from None
        digest = "" if values.found else self.hasher.hash(password)
        with self._storage.work(actor) as work:

            def act() -> str:
                work.people.get(person_id, within=EVERYTHING)
                faults = Faults(values.found)
                with faults:
                    if work.accounts.of_person(person_id) is not None:
                        raise InvalidValue("此人已有账号。", field="personId")
                if not faults.at("username"):
                    with faults:
                        if work.accounts.by_username(name) is not None:
                            raise Conflict(f"用户名“{name}”已被使用。", field="username")
                faults.raise_together()
                account = Account(
                    id=AccountId(fact_id("account", name)),
                    username=name,
                    person_id=person_id,
                    password_digest=digest,
                    password_set_at=now,
                )
                account.events.append(AccessChanged("created", account.id, "", now))
                work.accounts.save(account)
                return str(account.id)

            once(work, actor, key, ("save_account", name, person_id), now=now, act=act)
            work.commit()
        return AccountId(fact_id("account", name))

    def unlock(self, actor: Actor, id: AccountId, *, key: str | None = None) -> None:
        """Open the lock of the account, and those of its known addresses."""
        check(actor, Permission.UNLOCK_ACCOUNT)

        def act(work: UnitOfWork, now: datetime) -> str:
            account = work.accounts.get(id, within=EVERYTHING, hold=True)
            account.unlock(now)
            work.accounts.save(account)
            work.known_addresses.unlock(id)
            return ""

        self._run(actor, ("unlock", id), key, act)

    def disable(self, actor: Actor, id: AccountId, disabled: bool, *, key: str | None = None) -> None:
        """Disable an account or enable it again; disabling ends its sessions and forgets its addresses."""
        check(actor, Permission.DISABLE_ACCOUNT)
        if id == actor.account_id:
            raise InvalidValue("不能停用自己的账号。", field="id")

        def act(work: UnitOfWork, now: datetime) -> str:
            account = work.accounts.get(id, within=EVERYTHING)
            account.disable(disabled, now)
            work.accounts.save(account)
            if disabled:
                work.sessions.revoke_all(id, at=now)
                work.known_addresses.forget(id)
            return ""

        self._run(actor, ("disable", id, disabled), key, act)

    def revoke_sessions(self, actor: Actor, id: AccountId, *, key: str | None = None) -> int:
        """End every session of an account, and forget its known addresses; returns how many sessions."""
        check(actor, Permission.REVOKE_SESSIONS)

        def act(work: UnitOfWork, now: datetime) -> str:
            account = work.accounts.get(id, within=EVERYTHING)
            ended = work.sessions.revoke_all(account.id, at=now)
            work.known_addresses.forget(account.id)
            work.note(AccessChanged("sessions revoked", account.id, f"{ended} sessions", now))
            return str(ended)

        return int(self._run(actor, ("revoke_sessions", id), key, act))

    def forget_addresses(self) -> int:
        """Forget the addresses that nobody has logged in from for 90 days; returns how many."""
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        with self._storage.work(SYSTEM) as work:
            forgotten = work.known_addresses.forget_before(self._clock.now() - REMEMBERED)
            work.commit()
        return forgotten

    def _run(
        self, actor: Actor, command: object, key: str | None, act: Callable[[UnitOfWork, datetime], str]
    ) -> str:
        now = self._clock.now()
        with self._storage.work(actor) as work:
            reference = once(work, actor, key, command, now=now, act=lambda: act(work, now))
            work.commit()
        return reference

    def accounts(
        self,
        actor: Actor,
        where: AccountFilter,
        page: Page,
        order: AccountOrder = AccountOrder.USERNAME,
    ) -> Slice[AccountRow]:
        """Raises NotFound for a person outside the scope; so does `account_count`."""
        check(actor, Permission.READ_ACCOUNTS)
        return self._readers.access.accounts(self._checked(actor, where), page, order)

    def account_count(self, actor: Actor, where: AccountFilter) -> int:
        check(actor, Permission.READ_ACCOUNTS)
        return self._readers.access.account_count(self._checked(actor, where))

    def _checked(self, actor: Actor, where: AccountFilter) -> AccountFilter:
        check_person(self._readers.directory, actor, where.person_id)
        if where.text is None:
            return where
        text = parse_text(where.text, what="查询文字", field="text", longest=50, shortest=0)
        return replace(where, text=text)

    def accounts_by_id(self, actor: Actor, ids: Sequence[AccountId]) -> Mapping[AccountId, AccountRow]:
        check(actor, Permission.READ_ACCOUNTS)
        return self._readers.access.accounts_by_id(ids)


def _actor_of(found: SessionFacts, now: datetime) -> Actor:
    due = password_is_due(found.must_change_password, found.password_set_at, now)
    return replace(found.actor, must_change_password=due)
