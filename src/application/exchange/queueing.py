"""Queues records of the ministry to be processed: at receipt, by hand, and when the directory has changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from ...domain.deadlines import business_date
from ...domain.directory.events import DirectoryChanged
from ...domain.exchange.duty import Duty, Topic
from ...domain.exchange.inbound import InboxRecord, RecordState
from ...domain.refusals import InvalidValue
from ...domain.values import EnterpriseId, parse_region_code
from ..policies import PolicyBook
from ..ports.work import UnitOfWork


def queue(work: UnitOfWork, records: Sequence[InboxRecord], now: datetime) -> None:
    """Owe the processing of these records. Versions of one object are processed one after the other."""
    in_order = sorted(records, key=lambda record: (record.kind.value, record.external_id, record.version))
    work.outbox.add([_duty(record, now, place) for place, record in enumerate(in_order)])


def requeue(work: UnitOfWork, quarantined: Sequence[InboxRecord], now: datetime) -> None:
    """Make quarantined records PENDING, with the assignment that they carry, and owe their processing again."""
    if not quarantined:
        return
    pending = [
        replace(one, state=RecordState.PENDING, fault=None, sentence="", settled_at=None)
        for one in quarantined
    ]
    work.inbox.save_records(pending, were=RecordState.QUARANTINED)
    queue(work, pending, now)
    ids = [record.id for record in pending]
    # Those that were processed before have a duty already: it is done, or a dead letter.
    work.outbox.requeue_lost(ids, due_at=now)
    work.outbox.revive(ids, due_at=now)


def queue_again(work: UnitOfWork, event: DirectoryChanged, policies: PolicyBook) -> Iterable[Topic]:
    """Process quarantined records again when the enterprise or region that they name was saved."""
    if event.what not in ("Enterprise", "Region"):
        return ()
    try:
        id = UUID(event.subject) if event.what == "Enterprise" else parse_region_code(event.subject)
    except (ValueError, InvalidValue):
        # A demo is being filled: its entries are noted many at a time, and it has received nothing yet.
        return ()
    if isinstance(id, UUID):
        found = work.inbox.quarantined_for(enterprise_id=EnterpriseId(id))
    else:
        found = work.inbox.quarantined_for(region_id=id)
    requeue(work, found, event.at)
    return (Topic.MINISTRY_INBOUND,) if found else ()


def _duty(record: InboxRecord, now: datetime, place: int) -> Duty:
    return Duty(
        id=record.id,
        topic=Topic.MINISTRY_INBOUND,
        object_key=f"{record.kind.value}|{record.external_id}",
        # Not the version: that may be larger than the outbox can order. Of several, the first made goes first.
        revision=1,
        business_date=business_date(now),
        facts={
            "kind": record.kind.value,
            "external_id": record.external_id,
            "version": record.version,
            "credit_code": record.company_code or None,
        },
        created_at=now + timedelta(microseconds=place),
        due_at=now,
    )
