"""Processes records of the ministry: reads them, finds their addressees, and opens or changes what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ...domain.exchange.inbound import InboundKind, InboxRecord, RecordFault, RecordState
from ...domain.handling.updates import UpdateOutcome
from ..alert.from_ministry import state_warning
from ..handling.places import Places
from ..policies import PolicyBook
from ..ports.inbound import MinistryReader, MinistryWarning
from ..ports.work import UnitOfWork
from ..problem.from_ministry import state_problem
from .reading import Statement, statement_of
from .routing import Addressees, fault_sentence, known_already


def processed(
    work: UnitOfWork,
    reader: MinistryReader,
    records: Sequence[InboxRecord],
    *,
    at: datetime,
    policies: PolicyBook,
) -> Sequence[InboxRecord]:
    """Do what the records state; returns them with their new states, not stored yet.

    What is known already keeps its addressee. What is new goes to whom a person has assigned it, else by its
    code; without an addressee the record is QUARANTINED. Look-ups are made once for all. Raises UnfitRecord,
    and the refusals of the aggregates: then nothing may be committed.
    """
    read = [(record, statement_of(reader, record.kind, record.content)) for record in records]
    step = _Step(work, Addressees(work, read), Places(work), at, policies)
    return [step.take(record, stated) for record, stated in read]


@dataclass(frozen=True, slots=True)
class _Step:
    """Takes one record after the other, with what they share."""

    work: UnitOfWork
    addressees: Addressees
    places: Places
    at: datetime
    policies: PolicyBook

    def take(self, record: InboxRecord, stated: Statement) -> InboxRecord:
        patrol = record.kind is InboundKind.PATROL_PROBLEM
        region_id = self.addressees.region(record, stated) if patrol else None
        enterprise = None if patrol else self.addressees.enterprise(record, stated)
        nobody = region_id is None and enterprise is None
        if nobody and not known_already(self.work, [(record.kind, record.external_id)]):
            fault = RecordFault.UNKNOWN_AREA if patrol else RecordFault.UNKNOWN_ENTERPRISE
            return quarantined(record, fault, fault_sentence(fault, stated))
        if isinstance(stated, MinistryWarning):
            outcome, alert_id = state_warning(
                self.work,
                stated,
                enterprise=enterprise,
                at=self.at,
                policies=self.policies,
                places=self.places,
            )
            subject = f"Alert:{alert_id}"
        else:
            outcome, problem_id = state_problem(
                self.work,
                stated,
                record.kind,
                enterprise=enterprise,
                region_id=region_id,
                at=self.at,
                policies=self.policies,
                places=self.places,
            )
            subject = f"Problem:{problem_id}"
        state = RecordState.IGNORED if outcome is UpdateOutcome.OLDER else RecordState.APPLIED
        return replace(record, state=state, fault=None, sentence="", subject=subject, settled_at=self.at)


def quarantined(record: InboxRecord, fault: RecordFault, sentence: str) -> InboxRecord:
    """The record as it waits for a person."""
    return replace(record, state=RecordState.QUARANTINED, fault=fault, sentence=sentence, settled_at=None)
