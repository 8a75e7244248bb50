"""Reads the ministry's answers defensively: every record that was sent is either accepted or refused."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ...application.ports.exchange import PushAnswer, Receipt, RecordRefusal
from .profile import Profile

_log = logging.getLogger(__name__)

NO_ANSWER: Final = "NO_ANSWER"
"""The code of our own refusal of a record that the ministry's answer does not mention."""

_SENTENCE_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """One page of receipts; `total` is the ministry's count for all pages, `rows` that of this page."""

    total: int
    rows: int
    receipts: Sequence[Receipt]


def read_push_answer(
    data: object,
    sent: frozenset[UUID],
    *,
    msg_id: str,
    status: int,
    code: str,
    sentence: str,
    profile: Profile,
) -> PushAnswer | None:
    """The ministry's verdict on each record that was sent; None if `data` holds no verdicts.

    Refused wins over accepted. A missing record is refused with NO_ANSWER. Unknown ids are logged.
    """
    keys = profile.envelope
    if not isinstance(data, Mapping) or not (keys.success in data or keys.fail in data):
        return None
    # Treat null as an empty list: many serialisers write it so.
    success, fail = data.get(keys.success) or [], data.get(keys.fail) or []
    if not isinstance(success, list) or not isinstance(fail, list):
        return None

    refused: dict[UUID, RecordRefusal] = {}
    for entry in fail:
        one = _ours(entry.get(keys.record_id) if isinstance(entry, Mapping) else None, sent, msg_id)
        if one is not None and one not in refused:
            refused[one] = _refusal(one, entry, profile)
    held = {one for one in (_ours(raw, sent, msg_id) for raw in success) if one is not None}
    for one in sorted(held & refused.keys()):
        _log.warning("ministry.accepted_and_refused", extra={"message_id": msg_id, "record_id": str(one)})
    for one in sorted(sent - held - refused.keys()):
        refused[one] = RecordRefusal(one, NO_ANSWER, "部级平台的应答中没有该记录。", may_succeed_later=True)
    return PushAnswer(
        message_id=msg_id,
        accepted=frozenset(held - refused.keys()),
        refused=tuple(refused.values()),
        http_status=status,
        code=code,
        sentence=sentence,
    )


def read_receipts(data: object, profile: Profile) -> ReceiptPage | None:
    """One page of receipts; None if `data` is none. Rows without UUID or digest are logged and left out."""
    keys = profile.envelope
    if not isinstance(data, Mapping):
        return None
    total, rows = data.get(keys.total), data.get(keys.receipts)
    if not isinstance(total, int) or isinstance(total, bool) or not isinstance(rows, list):
        return None
    receipts = []
    for row in rows:
        raw = row.get(keys.record_id) if isinstance(row, Mapping) else None
        one, digest = _uuid(raw), row.get(keys.digest) if isinstance(row, Mapping) else None
        if one is None or not isinstance(digest, str):
            _log.warning("ministry.foreign_receipt", extra={"record_id": shortened(raw)})
            continue
        receipts.append(Receipt(one, digest.lower()))
    return ReceiptPage(total, len(rows), receipts)


def may_succeed_later(code: str, profile: Profile) -> bool:
    """Whether a record refused with this code of the ministry may be sent again."""
    if code in profile.outbound.permanent_record_codes:
        return False
    if code not in profile.outbound.transient_record_codes:
        _log.warning("ministry.unknown_record_code", extra={"code": code})
    return True


def shortened(text: object) -> str:
    """A value from the ministry as text, cut to a maximum length; empty for null."""
    return "" if text is None else str(text)[:_SENTENCE_LIMIT]


def _refusal(one: UUID, entry: Mapping[str, Any], profile: Profile) -> RecordRefusal:
    keys = profile.envelope
    code = shortened(entry.get(keys.code))
    return RecordRefusal(one, code, shortened(entry.get(keys.sentence)), may_succeed_later(code, profile))


def _ours(raw: object, sent: frozenset[UUID], msg_id: str) -> UUID | None:
    one = _uuid(raw)
    if one in sent:
        return one
    _log.warning("ministry.foreign_id_in_answer", extra={"message_id": msg_id, "record_id": shortened(raw)})
    return None


def _uuid(raw: object) -> UUID | None:
    try:
        return UUID(raw) if isinstance(raw, str) else None
    except ValueError:
        # Not a UUID, so not one of ours; the callers log it.
        return None
