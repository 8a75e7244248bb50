"""MinistryPlatform over HTTP: sends signed messages with a deadline and reads a verdict for every record."""

from __future__ import annotations

import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from uuid import uuid5

import httpx

from ...application.ports.exchange import OutboundRecord, PushAnswer, PushFailed, Receipt, RecordKind
from ...application.ports.inbound import UnreadableMessage
from ..outgoing import NoAnswer, RawAnswer, new_client, post
from .answers import read_push_answer, read_receipts, shortened
from .messages import MESSAGES, digest, enquiry, envelope, prepare, translate
from .profile import Profile
from .shipped import DEFAULT_PROFILE
from .wire import Wire, WireKeys

ANSWER_LIMIT: Final = 1024 * 1024
PAGES_LIMIT: Final = 1_000
_NOT_SENT: Final = "NOT_SENT"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    code: str
    sentence: str
    data: object


class HttpMinistry:
    """MinistryPlatform over the ministry's HTTP interface. Threads may share it. Close it at the end.

    `base_url` is the platform's address, with a path prefix if it has one. `keys` are those that the
    profile's signer and cipher need. `seconds` limits one push, `receipts_seconds` one enquiry with all its
    pages. `tls` is for a private certificate authority.

    `wall_clock` (Unix time) gives the timestamps of signature and message. It is the machine's clock, not the
    business clock: the ministry compares the timestamp with its own clock. A demo whose business clock is in
    another week would have every message refused.
    """

    def __init__(
        self,
        base_url: str,
        *,
        keys: WireKeys,
        profile: Profile = DEFAULT_PROFILE,
        seconds: float = 20.0,
        receipts_seconds: float = 60.0,
        wall_clock: Callable[[], float] = time.time,
        tls: ssl.SSLContext | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        address = httpx.URL(base_url)
        if address.scheme not in ("http", "https") or not address.host or address.query or address.userinfo:
            raise ValueError("the ministry's address must be http(s)://host[:port][/prefix]")
        self.batch_size = profile.outbound.batch_size
        self._base = str(address).rstrip("/")
        self._profile = profile
        self._wire = Wire(profile, keys, wall_clock)
        self._seconds = seconds
        self._receipts_seconds = receipts_seconds
        self._wall_clock = wall_clock
        self._client = new_client(transport=transport, tls=True if tls is None else tls)

    def push(self, kind: RecordKind, records: Sequence[OutboundRecord]) -> PushAnswer:
        """See the port. A record that does not fit the format is not sent, but refused with UNTRANSLATABLE.

        If no record is left, nothing is sent and the answer's `http_status` is 0. Raises ValueError for a
        batch that is empty, too large, or has an id twice.
        """
        batch = prepare(kind, records, self._profile)
        if not batch.records:
            return PushAnswer(
                batch.message_id, frozenset(), batch.refused, 0, _NOT_SENT, "没有可以发送的记录。"
            )
        message = envelope(
            kind, batch.message_id, list(batch.records.values()), self._wall_time(), self._profile
        )
        answer = self._ask(self._profile.path(kind), message, batch.message_id, self._seconds)
        sent = frozenset(batch.records)
        verdict = read_push_answer(
            answer.data,
            sent,
            msg_id=batch.message_id,
            status=answer.status,
            code=answer.code,
            sentence=answer.sentence,
            profile=self._profile,
        )
        if verdict is None:
            raise PushFailed(
                "the answer names no records", message_id=batch.message_id, answered=answer.status
            )
        _log.info(
            "ministry.pushed",
            extra={
                "kind": kind.value,
                "message_id": batch.message_id,
                "accepted": len(verdict.accepted),
                "refused": len(verdict.refused) + len(batch.refused),
            },
        )
        return PushAnswer(
            message_id=verdict.message_id,
            accepted=verdict.accepted,
            refused=batch.refused + verdict.refused,
            http_status=verdict.http_status,
            code=verdict.code,
            sentence=verdict.sentence,
        )

    def receipts(self, kind: RecordKind, business_date: date) -> Sequence[Receipt]:
        """See the port: one receipt for every record id held, earlier versions too, in order of id.

        Also raises PushFailed if the pages do not add up to the ministry's total. The set may then have
        changed during the reading.
        """
        enquiry_id = str(uuid5(MESSAGES, f"receipts|{kind.value}|{business_date}"))
        path = self._profile.receipts_path
        until = time.monotonic() + self._receipts_seconds
        held: dict[str, Receipt] = {}
        rows = 0
        for page in range(1, PAGES_LIMIT + 1):
            left = until - time.monotonic()
            if left <= 0:
                raise PushFailed(
                    f"not all receipts within {self._receipts_seconds:g} s", message_id=enquiry_id
                )
            question = enquiry(kind, business_date, page, self._profile)
            answer = self._ask(path, question, enquiry_id, min(left, self._seconds))
            found = read_receipts(answer.data, self._profile)
            if found is None:
                raise PushFailed(
                    "the answer is no page of receipts", message_id=enquiry_id, answered=answer.status
                )
            rows += found.rows
            held |= {str(receipt.id): receipt for receipt in found.receipts}
            if rows == found.total:
                return [held[key] for key in sorted(held)]
            if found.rows == 0 or rows > found.total:
                break
        raise PushFailed(
            f"{rows} receipts read on {page} pages, another total announced", message_id=enquiry_id
        )

    def digest(self, kind: RecordKind, record: OutboundRecord) -> str:
        """See the port: SM3 over canonical JSON of the translated record. Raises Untranslatable."""
        return digest(translate(kind, record, self._profile))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, path: str, message: Mapping[str, Any], message_id: str, seconds: float) -> _Answer:
        body = self._wire.sealed(message)
        url = self._base + path
        headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
        path = httpx.URL(url).raw_path.decode("ascii")
        headers |= self._wire.headers(method="POST", path=path, body=body)
        try:
            raw = post(self._client, url, body, headers, seconds=seconds, limit=ANSWER_LIMIT)
        except NoAnswer as none:
            raise PushFailed(none.reason, message_id=message_id, answered=none.answered) from none
        return self._read(raw, message_id)

    def _read(self, raw: RawAnswer, message_id: str) -> _Answer:
        def failed(reason: str) -> PushFailed:
            wish = self._seconds_of(raw.retry_after)
            return PushFailed(reason, message_id=message_id, answered=raw.status, retry_after=wish)

        keys = self._profile.envelope
        try:
            answer = json.loads(raw.body)
        except (ValueError, RecursionError) as broken:
            # HTML, a cut answer or JSON nested too deep: there is no envelope to read.
            said = f"HTTP {raw.status}, and " if raw.status != 200 else ""
            raise failed(f"{said}the answer is not JSON") from broken
        if keys.seals_answers and isinstance(answer, Mapping) and isinstance(answer.get(keys.sealed), str):
            try:
                answer = self._wire.opened(raw.body)
            except UnreadableMessage as broken:
                raise failed(f"the answer is {broken.reason}") from broken
        if not isinstance(answer, Mapping) or not isinstance(answer.get(keys.code), str | int):
            said = f"HTTP {raw.status}, and " if raw.status != 200 else ""
            raise failed(f"{said}the answer has no envelope")
        code, sentence = shortened(answer[keys.code]), shortened(answer.get(keys.sentence))
        if raw.status != 200:
            raise failed(f"HTTP {raw.status}, code {code}: {sentence}")
        if code not in self._profile.outbound.success_codes:
            raise failed(f"the whole message was refused with code {code}: {sentence}")
        return _Answer(raw.status, code, sentence, answer.get(keys.data))

    def _seconds_of(self, retry_after: str | None) -> float | None:
        """Retry-After in seconds from now: a number of seconds or an HTTP date (RFC 9110 §10.2.3)."""
        if retry_after is None:
            return None
        if re.fullmatch(r"[0-9]{1,9}", retry_after.strip()):
            return float(retry_after)
        try:
            moment = parsedate_to_datetime(retry_after)
        except ValueError:
            # The header cannot be read; the retry then follows our own intervals.
            _log.warning("ministry.odd_retry_after", extra={"value": shortened(retry_after)})
            return None
        # A date without a zone is GMT.
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max(0.0, aware.timestamp() - self._wall_clock())

    def _wall_time(self) -> datetime:
        return datetime.fromtimestamp(self._wall_clock(), UTC)
