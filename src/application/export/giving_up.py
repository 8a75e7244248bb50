"""Reaction: an export whose worker has crashed too often is given up, so that its owner sees it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from ...domain.exchange.duty import Topic
from ...domain.exchange.events import DutyGivenUp
from ...domain.export.workflow import EXPORT_OPEN
from ...domain.values import ExportId
from ..policies import PolicyBook
from ..ports.work import UnitOfWork
from .runs import WHY_CRASHED


def give_up_export(work: UnitOfWork, event: DutyGivenUp, policies: PolicyBook) -> Iterable[Topic]:
    """Fail the export of a duty that was parked."""
    if event.topic is not Topic.EXPORT:
        return ()
    job = work.exports.find(ExportId(UUID(event.outbox_id)))
    if job is not None and job.state in EXPORT_OPEN:
        job.fail(WHY_CRASHED, at=event.at)
        work.exports.save(job)
    return ()
