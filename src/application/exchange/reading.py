"""Reads deliveries of the ministry before anything is stored, and never fails, whatever they hold."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NoReturn
from uuid import UUID

from ...domain.exchange.inbound import (
    LONGEST_EXTERNAL_ID,
    InboundKind,
    RecordFault,
    inbox_message_id,
)
from ..ports.inbound import (
    Delivery,
    MinistryProblem,
    MinistryReader,
    MinistryWarning,
    UnfitRecord,
    UnreadableMessage,
)

log = logging.getLogger(__name__)

LONGEST_MESSAGE_ID: Final = 200
NOT_UNDERSTOOD: Final = "记录不能识别"
_NOT_STORED: Final = re.compile("[\0\ud800-\udfff]")

Statement = MinistryProblem | MinistryWarning


class NoReader:
    """Reads nothing: no edition of the ministry's format is set up. What comes is kept until one is."""

    def message(self, kind: InboundKind, raw: bytes) -> NoReturn:
        raise UnreadableMessage("no reader of the ministry's format is set up")

    def identity(self, kind: InboundKind, content: Mapping[str, Any]) -> NoReturn:
        raise UnfitRecord(RecordFault.MALFORMED, NOT_UNDERSTOOD)

    def problem(self, kind: InboundKind, content: Mapping[str, Any]) -> NoReturn:
        raise UnfitRecord(RecordFault.MALFORMED, NOT_UNDERSTOOD)

    def warning(self, content: Mapping[str, Any]) -> NoReturn:
        raise UnfitRecord(RecordFault.MALFORMED, NOT_UNDERSTOOD)


@dataclass(frozen=True, slots=True)
class RecordRead:
    """One record as it was read. `stated` is None if it is unfit; then `unfit` says why."""

    content: Mapping[str, Any]
    digest: str
    external_id: str = ""
    version: int = 0
    stated: Statement | None = None
    unfit: UnfitRecord | None = None


@dataclass(frozen=True, slots=True)
class MessageRead:
    """One delivery as it was read. `unreadable` is why it could not be (English); then it has no records."""

    id: UUID
    delivery: Delivery
    digest: str
    content_digest: str
    message_id: str | None
    records: Sequence[RecordRead] = ()
    unreadable: str | None = None

    @property
    def nonce(self) -> str | None:
        nonce = self.delivery.nonce
        return None if nonce is None else clean(nonce, LONGEST_MESSAGE_ID)


def read_delivery(reader: MinistryReader, delivery: Delivery) -> MessageRead:
    """Read one delivery with everything in it."""
    digest = sha256(delivery.raw).hexdigest()
    id = inbox_message_id(delivery.kind, digest)
    try:
        read = reader.message(delivery.kind, delivery.raw)
        message_id = read.message_id
        if not is_clean(message_id) or not 1 <= len(message_id) <= LONGEST_MESSAGE_ID:
            raise UnreadableMessage("the message id is malformed")
        digests = [digest_of(content) for content in read.contents]
    except UnreadableMessage as failure:
        return MessageRead(id, delivery, digest, digest, None, unreadable=failure.reason)
    except Exception as failure:
        # The reader has a defect, or the message is built to find one: it is kept, and can be read again.
        log.exception("a message of the ministry made its reader fail")
        reason = f"the reader failed: {type(failure).__name__}"
        return MessageRead(id, delivery, digest, digest, None, unreadable=reason)
    records = [
        read_record(reader, delivery.kind, content, digest)
        for content, digest in zip(read.contents, digests, strict=True)
    ]
    content_digest = sha256("|".join(digests).encode()).hexdigest()
    return MessageRead(id, delivery, digest, content_digest, message_id, records)


def read_record(
    reader: MinistryReader, kind: InboundKind, content: Mapping[str, Any], digest: str
) -> RecordRead:
    """Read one record; what is wrong with it is in the result."""
    external_id, version = "", 0
    try:
        named, numbered = reader.identity(kind, content)
        if not is_clean(named) or not named:
            raise UnfitRecord(RecordFault.MALFORMED, "编号为空或含有不可用的字符")
        if len(named) > LONGEST_EXTERNAL_ID:
            raise UnfitRecord(RecordFault.TOO_LONG, f"编号最多{LONGEST_EXTERNAL_ID}个字符")
        if not 1 <= numbered < 2**63:
            raise UnfitRecord(RecordFault.MALFORMED, "版本号超出范围")
        external_id, version = named, numbered
        stated = statement_of(reader, kind, content)
    except UnfitRecord as unfit:
        named = external_id or clean(unfit.external_id, LONGEST_EXTERNAL_ID)
        return RecordRead(content, digest, named, version, unfit=unfit)
    except Exception:
        # As with a message: one record that finds a defect must not keep the others from being taken.
        log.exception("a record of the ministry made its reader fail")
        broken = UnfitRecord(RecordFault.MALFORMED, NOT_UNDERSTOOD)
        return RecordRead(content, digest, external_id, version, unfit=broken)
    return RecordRead(content, digest, external_id, version, stated=stated)


def statement_of(reader: MinistryReader, kind: InboundKind, content: Mapping[str, Any]) -> Statement:
    """What the record states. Raises UnfitRecord."""
    if kind is InboundKind.WARNING:
        return reader.warning(content)
    return reader.problem(kind, content)


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the record, whatever the order of its keys."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def is_clean(text: str) -> bool:
    """Whether every database can store the text: it has no NUL and no half of a surrogate pair."""
    return _NOT_STORED.search(text) is None


def clean(text: str, longest: int) -> str:
    """The text with what no database can store replaced, and cut."""
    return _NOT_STORED.sub("\ufffd", text[:longest])
