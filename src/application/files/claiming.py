"""Finds the attachments of a form that the person may not use, so that they are refused with its other faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...domain.files.attachment import AttachmentInUse
from ...domain.refusals import NotFound, Refused
from ...domain.values import AlertId, AttachmentId, InspectionId, PersonId, ProblemId
from ..ports.work import UnitOfWork


def attachment_refusals(
    work: UnitOfWork,
    named: Mapping[str, Sequence[AttachmentId]],
    person_id: PersonId | None,
    *,
    inspection_id: InspectionId | None = None,
    problem_id: ProblemId | None = None,
    alert_id: AlertId | None = None,
) -> list[Refused]:
    """One refusal for each input whose attachments cannot be claimed; `named` has them by the input's path.

    Nothing is changed: `Attachments.claim` follows when the form has no fault.
    """
    ids = tuple(dict.fromkeys(id for part in named.values() for id in part))
    if not ids:
        return []
    refused = work.attachments.unclaimable(
        ids, person_id, inspection_id=inspection_id, problem_id=problem_id, alert_id=alert_id
    )
    return [refusal for path, part in named.items() for refusal in _worst(part, refused, path)]


def _worst(
    ids: Iterable[AttachmentId],
    refused: Mapping[AttachmentId, type[NotFound] | type[AttachmentInUse]],
    path: str,
) -> list[Refused]:
    kinds = {refused[id] for id in ids if id in refused}
    if NotFound in kinds:
        return [NotFound("附件", field=path)]
    return [AttachmentInUse(field=path)] if kinds else []
