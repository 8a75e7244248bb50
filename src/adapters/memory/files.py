"""Keeps the rows of stored files and their tickets in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ...domain.files.attachment import Attachment, AttachmentInUse
from ...domain.files.ticket import FileTicket
from ...domain.refusals import Conflict, NotFound
from ...domain.values import AlertId, AttachmentId, InspectionId, PersonId, ProblemId
from .tables import State, kept, utc
from .unit import Unit


class MemoryAttachments:
    """Files that belong to an inspection, a problem, both, or nothing yet (loose)."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, attachment: Attachment) -> None:
        state = self._unit.to_write()
        if attachment.id in state.attachments:
            raise Conflict("该附件已存在。")
        _check_references(state, attachment, ("关联的数据", None))
        state.attachments.put(attachment.id, kept(attachment))

    def claim(
        self,
        ids: Sequence[AttachmentId],
        person_id: PersonId | None,
        *,
        inspection_id: InspectionId | None = None,
        problem_id: ProblemId | None = None,
        alert_id: AlertId | None = None,
        field: str | None = None,
    ) -> None:
        state = self._unit.to_write()
        owners = (("inspection_id", inspection_id), ("problem_id", problem_id), ("alert_id", alert_id))
        for column, owner in owners:
            others = [] if owner is None else [id for id in ids if not _has(state, id, column, owner)]
            known = [found for id in others if (found := state.attachments.get(id)) is not None]
            if len(known) < len(others) or any(found.person_id != person_id for found in known):
                raise NotFound("附件", field=field)
            if any(getattr(found, column) is not None for found in known):
                raise AttachmentInUse(field=field)
        for id in ids:
            found = state.attachments[id]
            claimed = replace(
                found,
                inspection_id=inspection_id or found.inspection_id,
                problem_id=problem_id or found.problem_id,
                alert_id=alert_id or found.alert_id,
            )
            _check_references(state, claimed, ("关联的记录", field))
            state.attachments.put(id, claimed)

    def unclaimable(
        self,
        ids: Sequence[AttachmentId],
        person_id: PersonId | None,
        *,
        inspection_id: InspectionId | None = None,
        problem_id: ProblemId | None = None,
        alert_id: AlertId | None = None,
    ) -> Mapping[AttachmentId, type[NotFound] | type[AttachmentInUse]]:
        state = self._unit.reading()
        refused: dict[AttachmentId, type[NotFound] | type[AttachmentInUse]] = {}
        for column, owner in (
            ("inspection_id", inspection_id),
            ("problem_id", problem_id),
            ("alert_id", alert_id),
        ):
            for id in ids:
                if owner is None or _has(state, id, column, owner):
                    continue
                found = state.attachments.get(id)
                if found is None or found.person_id != person_id:
                    refused[id] = NotFound
                elif getattr(found, column) is not None:
                    refused.setdefault(id, AttachmentInUse)
        return refused

    def release(self, inspection_id: InspectionId, *, keep: Collection[AttachmentId] = ()) -> None:
        state = self._unit.to_write()
        owned = [a for a in state.attachments.values() if a.inspection_id == inspection_id]
        for attachment in owned:
            if attachment.id not in keep:
                state.attachments.put(attachment.id, replace(attachment, inspection_id=None))

    def remove_loose(self, before: datetime, *, limit: int) -> Sequence[AttachmentId]:
        state = self._unit.to_write()
        loose = [a for a in state.attachments.values() if a.loose and a.uploaded_at < before]
        chosen = sorted(loose, key=lambda a: (a.uploaded_at, a.id))[:limit]
        for attachment in chosen:
            state.attachments.remove(attachment.id)
        return [attachment.id for attachment in chosen]


def _has(state: State, id: AttachmentId, column: str, owner: object) -> bool:
    """The attachment already belongs to this owner."""
    return getattr(state.attachments.get(id), column, None) == owner


def _check_references(state: State, attachment: Attachment, missing: tuple[str, str | None]) -> None:
    """Check what the foreign keys of the database check; raises NotFound with `missing`."""
    known = attachment.person_id in state.people
    known &= attachment.inspection_id is None or attachment.inspection_id in state.inspections
    known &= attachment.problem_id is None or attachment.problem_id in state.problems
    known &= attachment.alert_id is None or attachment.alert_id in state.alerts
    if not known:
        raise NotFound(missing[0], field=missing[1])


class MemoryFileTickets:
    """Tickets by the digest of their token."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, ticket: FileTicket) -> None:
        state = self._unit.to_write()
        if ticket.account_id not in state.accounts:
            raise NotFound("账号")
        if ticket.digest in state.file_tickets:
            raise Conflict("该文件凭证已存在。")
        state.file_tickets.put(ticket.digest, kept(ticket))

    def redeem(self, digest: str, session_id: UUID, *, upload: bool, now: datetime) -> FileTicket | None:
        state = self._unit.to_write()
        found = state.file_tickets.get(digest)
        if found is None or not found.holds(session_id, upload=upload, now=now):
            return None
        used = replace(found, used_at=utc(now))
        state.file_tickets.put(digest, used)
        return used

    def remove_expired(self, now: datetime) -> int:
        state = self._unit.to_write()
        expired = [ticket.digest for ticket in state.file_tickets.values() if ticket.expires_at <= now]
        for digest in expired:
            state.file_tickets.remove(digest)
        return len(expired)


class MemoryAttachmentReader:
    """Reads committed attachments by id."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def attachments(self, ids: Sequence[AttachmentId]) -> Mapping[AttachmentId, Attachment]:
        table = self._state().attachments
        return {id: table[id] for id in ids if id in table}
