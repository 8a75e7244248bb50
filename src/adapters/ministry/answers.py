"""The ministry's answers read with suspicion: every record that was sent comes out accepted or refused, never neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog

from ...application.ports.exchange import PushAnswer, Receipt, RecordRefusal
from .profile import Profile

_log = structlog.get_logger(__name__)

NO_ANSWER: Final = "NO_ANSWER"
"""The code of our own refusal of a record that the ministry's answer does not mention."""

_SENTENCE_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """One page of receipts; `total` is how many the ministry says there are on all pages, `rows` how many this has."""

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
    """Their verdict on each record that was sent; None when `data` holds no verdicts at all.

    Refused wins over accepted, what is not mentioned is refused with NO_ANSWER, ids that are not ours are logged.
    """
    keys = profile.envelope
    if not isinstance(data, Mapping) or not (keys.success in data or keys.fail in data):
        return None
    # A null list is an empty one: many serialisers write it so.
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
        _log.warning("ministry.accepted_and_refused", message_id=msg_id, record_id=str(one))
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
    """One page of what the ministry holds; None when `data` is no such page. Rows with ids that are not ours are logged."""
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
            _log.warning("ministry.foreign_receipt", record_id=shortened(raw))
            continue
        receipts.append(Receipt(one, digest.lower()))
    return ReceiptPage(total, len(rows), receipts)


def may_succeed_later(code: str, profile: Profile) -> bool:
    """Whether a record refused with this code of theirs may be sent again."""
    if code in profile.permanent_record_codes:
        return False
    if code not in profile.transient_record_codes:
        _log.warning("ministry.unknown_record_code", code=code)
    return True


def shortened(text: object) -> str:
    """Foreign words as we keep them: text of a bounded length, empty for null."""
    return "" if text is None else str(text)[:_SENTENCE_LIMIT]


def _refusal(one: UUID, entry: Mapping[str, Any], profile: Profile) -> RecordRefusal:
    keys = profile.envelope
    code = shortened(entry.get(keys.code))
    return RecordRefusal(one, code, shortened(entry.get(keys.sentence)), may_succeed_later(code, profile))


def _ours(raw: object, sent: frozenset[UUID], msg_id: str) -> UUID | None:
    one = _uuid(raw)
    if one in sent:
        return one
    _log.warning("ministry.foreign_id_in_answer", message_id=msg_id, record_id=shortened(raw))
    return None


def _uuid(raw: object) -> UUID | None:
    try:
        return UUID(raw) if isinstance(raw, str) else None
    except ValueError:
        # Not a UUID, so none of ours; the callers say so.
        return None
