"""The in-memory twin of the ministry: translates, checks and keeps records, and fails on order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from ...application.ports.exchange import (
    OutboundRecord,
    PushAnswer,
    PushFailed,
    Receipt,
    RecordKind,
    RecordRefusal,
)
from .answers import may_succeed_later
from .messages import MESSAGES, digest, prepare, translate
from .profile import DEFAULT_PROFILE, Profile
from .simulator.rules import RULES, Verdict


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    answered: int | None
    retry_after: float | None
    stores: bool


@dataclass(slots=True)
class _Refusal:
    verdict: Verdict
    left: int | None


class TwinMinistry:
    """MinistryPlatform without a network. Threads may share it.

    A record whose id is already held replaces the old one. The current record of an enterprise and day has
    the highest version. The simulator checks records by the same rules. Ordered failures happen in their
    order, one per call; a failure ordered for pushes also hits enquiries.
    """

    def __init__(self, profile: Profile = DEFAULT_PROFILE) -> None:
        self.batch_size = profile.batch_size
        self.pushes: list[tuple[str, tuple[UUID, ...]]] = []
        """Every push that was tried: its message id and the ids of its records, in order."""
        self._profile = profile
        self._lock = threading.Lock()
        self._held: dict[UUID, tuple[RecordKind, dict[str, Any]]] = {}
        self._failures: deque[_Failure] = deque()
        self._refusals: dict[str, _Refusal] = {}
        self._to_lose = 0

    def fail_next(
        self,
        times: int = 1,
        *,
        reason: str = "HTTP 503",
        answered: int | None = 503,
        retry_after: float | None = None,
    ) -> None:
        """Make the next calls raise PushFailed and store nothing."""
        self._failures.extend([_Failure(reason, answered, retry_after, stores=False)] * times)

    def lose_answers(self, times: int = 1) -> None:
        """Store the next pushes, but lose their answers: raise PushFailed."""
        self._failures.extend([_Failure("the connection ended", None, None, stores=True)] * times)

    def lose_next(self, times: int = 1) -> None:
        """Answer the next pushes with success, but keep none of their records."""
        self._to_lose += times

    def refuse(
        self, company_codes: Iterable[str], *, code: str, sentence: str = "拒收", times: int | None = None
    ) -> None:
        """Refuse records of these enterprises, or rows of these regions, `times` each (None: always)."""
        for company in company_codes:
            self._refusals[company] = _Refusal(Verdict(code, sentence), times)

    def alter(self, record_id: UUID) -> None:
        """Change the record held under an id, as a broken store would."""
        with self._lock:
            kind, held = self._held[record_id]
            self._held[record_id] = kind, RULES[kind].spoilt(held)

    def current(self, business_date: date) -> list[dict[str, Any]]:
        """The current record of every enterprise for the day, by company code."""
        newest: dict[str, dict[str, Any]] = {}
        for record in self._of_day(RecordKind.COMMITMENT, business_date):
            known = newest.get(record["companyCode"])
            if known is None or (known["version"], known["id"]) < (record["version"], record["id"]):
                newest[record["companyCode"]] = record
        return [newest[company] for company in sorted(newest)]

    def weekly(self, kind: RecordKind, closes_on: date) -> list[dict[str, Any]]:
        """The rows held of the weekly push of one kind and week, by local area code."""
        rules = RULES[kind]
        return sorted(self._of_day(kind, closes_on), key=lambda record: str(record[rules.key]))

    def push(self, kind: RecordKind, records: Sequence[OutboundRecord]) -> PushAnswer:
        """See the port and HttpMinistry.push."""
        batch = prepare(kind, records, self._profile)
        if not batch.records:
            return PushAnswer(
                batch.message_id, frozenset(), batch.refused, 0, "NOT_SENT", "没有可以发送的记录。"
            )
        with self._lock:
            self.pushes.append((batch.message_id, tuple(batch.records)))
            failure = self._failures.popleft() if self._failures else None
            if failure is not None and not failure.stores:
                raise _failed(failure, batch.message_id)
            refused = {one: no for one, record in batch.records.items() if (no := self._no(kind, record))}
            taken = {one: record for one, record in batch.records.items() if one not in refused}
            if self._to_lose:
                self._to_lose -= 1
            else:
                self._held |= {one: (kind, record) for one, record in taken.items()}
            if failure is not None:
                raise _failed(failure, batch.message_id)
        theirs = tuple(
            RecordRefusal(one, no.code, no.sentence, may_succeed_later(no.code, self._profile))
            for one, no in refused.items()
        )
        return PushAnswer(
            batch.message_id,
            frozenset(taken),
            batch.refused + theirs,
            http_status=200,
            code="0",
            sentence="成功",
        )

    def receipts(self, kind: RecordKind, business_date: date) -> Sequence[Receipt]:
        """See the port and HttpMinistry.receipts."""
        with self._lock:
            failure = self._failures.popleft() if self._failures else None
        if failure is not None:
            raise _failed(failure, str(uuid5(MESSAGES, f"receipts|{kind.value}|{business_date}")))
        records = sorted(self._of_day(kind, business_date), key=lambda record: str(record["id"]))
        return [Receipt(UUID(record["id"]), digest(record)) for record in records]

    def digest(self, kind: RecordKind, record: OutboundRecord) -> str:
        """See the port and HttpMinistry.digest."""
        return digest(translate(kind, record, self._profile))

    def _of_day(self, kind: RecordKind, business_date: date) -> list[dict[str, Any]]:
        day, field = business_date.strftime(self._profile.day_format), RULES[kind].day
        with self._lock:
            return [record for of, record in self._held.values() if of is kind and record[field] == day]

    def _no(self, kind: RecordKind, record: dict[str, Any]) -> Verdict | None:
        rules = RULES[kind]
        wrong = rules.verdict(record)
        if wrong is not None:
            return wrong
        refusal = self._refusals.get(record[rules.key])
        if refusal is None:
            return None
        if refusal.left is not None:
            refusal.left -= 1
            if refusal.left == 0:
                del self._refusals[record[rules.key]]
        return refusal.verdict


def _failed(failure: _Failure, message_id: str) -> PushFailed:
    return PushFailed(
        failure.reason,
        message_id=message_id,
        answered=failure.answered,
        retry_after=failure.retry_after,
    )
