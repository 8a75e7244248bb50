"""Keeps the addresses from which accounts have logged in, and counts of attempts that concern no account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ...domain.identity.known_address import KnownAddress
from ...domain.refusals import NotFound
from ...domain.values import AccountId
from .tables import StrayAttempt, kept, utc
from .unit import Unit


class MemoryKnownAddresses:
    """Known addresses, by account and digest. Hands out copies."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def find(self, account_id: AccountId, digest: str, *, at: datetime) -> KnownAddress | None:
        known = self._unit.reading().known_addresses.get((account_id, digest))
        return replace(known) if known is not None and known.is_known(at) else None

    def save(self, known: KnownAddress) -> None:
        state = self._unit.to_write()
        if known.account_id not in state.accounts:
            raise NotFound("账号")
        state.known_addresses.put((known.account_id, known.digest), replace(kept(known)))

    def keep_newest(self, account_id: AccountId, most: int) -> None:
        own = self._of(account_id)
        own.sort(key=lambda known: known.digest)
        own.sort(key=lambda known: known.logged_in_at, reverse=True)
        kept_digests = {known.digest for known in own[:most]}
        self._remove(lambda known: known.account_id == account_id and known.digest not in kept_digests)

    def unlock(self, account_id: AccountId) -> None:
        for known in self._of(account_id):
            self.save(replace(known, failures=0, locked_until=None))

    def forget(self, account_id: AccountId, *, but: str | None = None) -> None:
        self._remove(lambda known: known.account_id == account_id and known.digest != but)

    def forget_before(self, before: datetime) -> int:
        return self._remove(lambda known: known.logged_in_at <= before)

    def _of(self, account_id: AccountId) -> list[KnownAddress]:
        known = self._unit.to_write().known_addresses.values()
        return [each for each in known if each.account_id == account_id]

    def _remove(self, wanted: Callable[[KnownAddress], bool]) -> int:
        table = self._unit.to_write().known_addresses
        removed = [known for known in table.values() if wanted(known)]
        for known in removed:
            table.remove((known.account_id, known.digest))
        return len(removed)


class MemoryStrayAttempts:
    """Counts of attempts, by slot."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def count(self, slot: int, at: datetime) -> None:
        table = self._unit.to_write().stray_attempts
        before = table.get(slot)
        table.put(slot, StrayAttempt(1 if before is None else before.attempts + 1, utc(at)))

    def attempts(self, slot: int) -> int:
        found = self._unit.reading().stray_attempts.get(slot)
        return 0 if found is None else found.attempts
