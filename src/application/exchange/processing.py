"""Processes one record of the ministry: reads it, finds its addressee, and opens or changes what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ...domain.exchange.inbound import InboundKind, InboxRecord, RecordFault, RecordState
from ...domain.handling.updates import UpdateOutcome
from ..alert.from_ministry import state_warning
from ..handling.places import Places
from ..policies import PolicyBook
from ..ports.inbound import MinistryReader, MinistryWarning
from ..ports.work import UnitOfWork
from ..problem.from_ministry import state_problem
from .reading import statement_of
from .routing import enterprise_of, fault_sentence, known_already, region_of


def processed(
    work: UnitOfWork,
    reader: MinistryReader,
    record: InboxRecord,
    *,
    at: datetime,
    policies: PolicyBook,
    places: Places,
) -> InboxRecord:
    """Do what the record states; returns the record with its new state, not stored yet.

    What is known already keeps its addressee. What is new goes to whom a person has assigned it, else by its
    code; without an addressee the record is QUARANTINED. Raises UnfitRecord, and the refusals of the
    aggregates.
    """
    stated = statement_of(reader, record.kind, record.content)
    patrol = record.kind is InboundKind.PATROL_PROBLEM
    region_id = region_of(work, record, stated) if patrol else None
    enterprise = None if patrol else enterprise_of(work, record, stated)
    nobody = region_id is None and enterprise is None
    if nobody and not known_already(work, [(record.kind, record.external_id)]):
        fault = RecordFault.UNKNOWN_AREA if patrol else RecordFault.UNKNOWN_ENTERPRISE
        return quarantined(record, fault, fault_sentence(fault, stated))
    if isinstance(stated, MinistryWarning):
        outcome, alert_id = state_warning(
            work, stated, enterprise=enterprise, at=at, policies=policies, places=places
        )
        subject = f"Alert:{alert_id}"
    else:
        outcome, problem_id = state_problem(
            work,
            stated,
            record.kind,
            enterprise=enterprise,
            region_id=region_id,
            at=at,
            policies=policies,
            places=places,
        )
        subject = f"Problem:{problem_id}"
    state = RecordState.IGNORED if outcome is UpdateOutcome.OLDER else RecordState.APPLIED
    return replace(record, state=state, fault=None, sentence="", subject=subject, settled_at=at)


def quarantined(record: InboxRecord, fault: RecordFault, sentence: str) -> InboxRecord:
    """The record as it waits for a person."""
    return replace(record, state=RecordState.QUARANTINED, fault=fault, sentence=sentence, settled_at=None)
