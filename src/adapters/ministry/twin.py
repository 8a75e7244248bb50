"""The in-memory twin of the ministry: translates, checks and keeps records, and fails on order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
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
from .profile import Profile
from .shipped import DEFAULT_PROFILE
from .simulator.rules import Verdict
from .simulator.store import Taken, day_of, object_of
from .simulator.wording import Wording


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
        self.batch_size = profile.outbound.batch_size
        self.pushes: list[tuple[str, tuple[UUID, ...]]] = []
        """Every push that was tried: its message id and the ids of its records, in order."""
        self._profile = profile
        self._lock = threading.Lock()
        self._wording = Wording(profile)
        self._held: dict[UUID, tuple[RecordKind, Taken]] = {}
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
            spoilt = self._wording.rules(kind).spoilt(held.record)
            self._held[record_id] = kind, Taken(spoilt, digest(spoilt))

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
        rules = self._wording.rules(kind)
        return sorted(self._of_day(kind, closes_on), key=lambda record: str(record[rules.key]))

    def results(self, of: str) -> list[dict[str, Any]]:
        """The changes held of a problem or alert, named as in `object_of`, in the order in which they came first."""
        with self._lock:
            held = list(self._held.values())
        wanted = (RecordKind.PROBLEM, RecordKind.ALERT)
        return [
            dict(taken.record)
            for kind, taken in held
            if kind in wanted and object_of(kind, taken.record) == of
        ]

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
            held = {
                one: Taken(self._wording.record(kind, record), digest(record))
                for one, record in batch.records.items()
            }
            refused = {one: no for one, taken in held.items() if (no := self._no(kind, taken.record))}
            taken = {one: record for one, record in held.items() if one not in refused}
            if self._to_lose:
                self._to_lose -= 1
            else:
                self._keep(kind, taken)
            if failure is not None:
                raise _failed(failure, batch.message_id)
        theirs = tuple(
            RecordRefusal(one, code, no.sentence, may_succeed_later(code, self._profile))
            for one, no in refused.items()
            for code in (self._wording.answer_code(no.code),)
        )
        return PushAnswer(
            batch.message_id,
            frozenset(taken),
            batch.refused + theirs,
            http_status=200,
            code=min(self._profile.outbound.success_codes),
            sentence="成功",
        )

    def receipts(self, kind: RecordKind, business_date: date) -> Sequence[Receipt]:
        """See the port and HttpMinistry.receipts."""
        with self._lock:
            failure = self._failures.popleft() if self._failures else None
        if failure is not None:
            raise _failed(failure, str(uuid5(MESSAGES, f"receipts|{kind.value}|{business_date}")))
        taken = self._taken_of_day(kind, business_date)
        return [Receipt(one, taken[one].digest) for one in sorted(taken, key=str)]

    def digest(self, kind: RecordKind, record: OutboundRecord) -> str:
        """See the port and HttpMinistry.digest."""
        return digest(translate(kind, record, self._profile))

    def _keep(self, kind: RecordKind, taken: Mapping[UUID, Taken]) -> None:
        self._held |= {one: (kind, record) for one, record in taken.items()}

    def _of_day(self, kind: RecordKind, business_date: date) -> list[dict[str, Any]]:
        return [dict(taken.record) for taken in self._taken_of_day(kind, business_date).values()]

    def _taken_of_day(self, kind: RecordKind, business_date: date) -> dict[UUID, Taken]:
        day = DEFAULT_PROFILE.write_day(business_date)
        with self._lock:
            held = dict(self._held)
        return {
            one: taken
            for one, (of, taken) in held.items()
            if of is kind and day_of(kind, taken.record) == day
        }

    def _no(self, kind: RecordKind, record: Mapping[str, Any]) -> Verdict | None:
        rules = self._wording.rules(kind)
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
