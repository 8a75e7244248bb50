"""Store the rows of attachments, and the tickets for uploading and downloading files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, delete, func, or_, select, update
from sqlalchemy import insert as plain_insert

from ...domain.files.attachment import Attachment, AttachmentInUse, Evidence
from ...domain.files.ticket import FileTicket
from ...domain.refusals import NotFound, Refused
from ...domain.values import AlertId, AttachmentId, InspectionId, PersonId, ProblemId
from .batches import in_batches
from .tables.files import attachment, file_ticket
from .transaction import Transaction

_ADD: Final = plain_insert(attachment)
_OF_AN_INSPECTION: Final = select(attachment.c.id).where(attachment.c.inspection_id == bindparam("owner"))
_loose = (
    attachment.c.inspection_id.is_(None),
    attachment.c.problem_id.is_(None),
    attachment.c.alert_id.is_(None),
)
_OLDEST_LOOSE: Final = (
    select(attachment.c.id)
    .where(*_loose, attachment.c.uploaded_at < bindparam("before"))
    .order_by(attachment.c.uploaded_at, attachment.c.id)
    .limit(bindparam("most"))
)
# The condition is repeated outside: somebody may claim a file between the select and the delete.
_REMOVE_LOOSE: Final = (
    delete(attachment).where(attachment.c.id.in_(_OLDEST_LOOSE), *_loose).returning(attachment.c.id)
)


class SqlAttachments:
    """Files that belong to an inspection, a problem, both or (loose files) to nothing yet."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, attachment: Attachment) -> None:
        self._transaction.run(
            _ADD,
            {
                "id": attachment.id,
                "name": attachment.name,
                "media_type": attachment.media_type,
                "size": attachment.size,
                "sha256": attachment.sha256,
                "thumbnail": attachment.thumbnail,
                "person_id": attachment.person_id,
                "uploaded_at": attachment.uploaded_at,
                "inspection_id": attachment.inspection_id,
                "problem_id": attachment.problem_id,
                "alert_id": attachment.alert_id,
                "taken_local": attachment.evidence.taken_local,
                "taken_at": attachment.evidence.taken_at,
                "latitude": attachment.evidence.latitude,
                "longitude": attachment.evidence.longitude,
            },
            taken="该附件已存在。",
        )

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
        for column, owner in (
            (attachment.c.inspection_id, inspection_id),
            (attachment.c.problem_id, problem_id),
            (attachment.c.alert_id, alert_id),
        ):
            if owner is None:
                continue
            own = column.is_(None) & (attachment.c.person_id == person_id)
            for batch in in_batches(ids):
                claimed = (
                    update(attachment)
                    .where(attachment.c.id.in_(batch), or_(own, column == owner))
                    .values({column: owner})
                )
                if self._transaction.run(claimed, missing=("关联的记录", field)).rowcount != len(batch):
                    raise self._unclaimable(batch, person_id, column == owner, field)

    def _unclaimable(
        self,
        ids: Sequence[AttachmentId],
        person_id: PersonId | None,
        claimed: ColumnElement[bool],
        field: str | None,
    ) -> Refused:
        """Return NotFound if a file is missing or another person's, otherwise AttachmentInUse."""
        theirs = or_(attachment.c.person_id == person_id, claimed)
        reached = select(func.count()).where(attachment.c.id.in_(ids), theirs)
        if self._transaction.run(reached).scalar_one() == len(ids):
            return AttachmentInUse(field=field)
        return NotFound("附件", field=field)

    def unclaimable(
        self,
        ids: Sequence[AttachmentId],
        person_id: PersonId | None,
        *,
        inspection_id: InspectionId | None = None,
        problem_id: ProblemId | None = None,
        alert_id: AlertId | None = None,
    ) -> Mapping[AttachmentId, type[NotFound] | type[AttachmentInUse]]:
        rows = {
            row.id: row
            for batch in in_batches(ids)
            for row in self._transaction.run(
                select(
                    attachment.c.id,
                    attachment.c.person_id,
                    attachment.c.inspection_id,
                    attachment.c.problem_id,
                    attachment.c.alert_id,
                ).where(attachment.c.id.in_(batch))
            )
        }
        refused: dict[AttachmentId, type[NotFound] | type[AttachmentInUse]] = {}
        for column, owner in (
            ("inspection_id", inspection_id),
            ("problem_id", problem_id),
            ("alert_id", alert_id),
        ):
            for id in ids:
                row = rows.get(id)
                held = None if row is None else getattr(row, column)
                if owner is None or (held is not None and held == owner):
                    continue
                if row is None or row.person_id != person_id:
                    refused[id] = NotFound
                elif held is not None:
                    refused.setdefault(id, AttachmentInUse)
        return refused

    def release(self, inspection_id: InspectionId, *, keep: Collection[AttachmentId] = ()) -> None:
        owned = {row.id for row in self._transaction.run(_OF_AN_INSPECTION, {"owner": inspection_id})}
        for batch in in_batches(sorted(owned.difference(keep))):
            released = update(attachment).where(attachment.c.id.in_(batch)).values(inspection_id=None)
            self._transaction.run(released)

    def remove_loose(self, before: datetime, *, limit: int) -> Sequence[AttachmentId]:
        params = {"before": before, "most": limit}
        return [row.id for row in self._transaction.run(_REMOVE_LOOSE, params)]


def attachment_of(row: Row[Any]) -> Attachment:
    return Attachment(
        id=row.id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        thumbnail=row.thumbnail,
        person_id=row.person_id,
        uploaded_at=row.uploaded_at,
        inspection_id=row.inspection_id,
        problem_id=row.problem_id,
        alert_id=row.alert_id,
        evidence=Evidence(row.taken_local, row.taken_at, row.latitude, row.longitude),
    )


_ADD_TICKET: Final = plain_insert(file_ticket)
_REDEEM: Final = (
    update(file_ticket)
    .where(
        file_ticket.c.digest == bindparam("given"),
        file_ticket.c.session_id == bindparam("session"),
        file_ticket.c.upload == bindparam("sends"),
        file_ticket.c.used_at.is_(None),
        file_ticket.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
    .returning(file_ticket)
)
_REMOVE_EXPIRED: Final = delete(file_ticket).where(file_ticket.c.expires_at <= bindparam("now"))


class SqlFileTickets:
    """Tickets, found by their digest."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, ticket: FileTicket) -> None:
        self._transaction.run(
            _ADD_TICKET,
            {
                "digest": ticket.digest,
                "account_id": ticket.account_id,
                "session_id": ticket.session_id,
                "upload": ticket.upload,
                "subject": ticket.subject,
                "attachment_id": ticket.subject_id,
                "name": ticket.name,
                "thumbnail": ticket.thumbnail,
                "expires_at": ticket.expires_at,
                "used_at": ticket.used_at,
            },
            taken="该文件凭证已存在。",
            missing=("账号", None),
        )

    def redeem(self, digest: str, session_id: UUID, *, upload: bool, now: datetime) -> FileTicket | None:
        params = {"given": digest, "session": session_id, "sends": upload, "now": now}
        row = self._transaction.run(_REDEEM, params).first()
        return None if row is None else _ticket(row)

    def remove_expired(self, now: datetime) -> int:
        return self._transaction.run(_REMOVE_EXPIRED, {"now": now}).rowcount


def _ticket(row: Row[Any]) -> FileTicket:
    return FileTicket(
        digest=row.digest,
        account_id=row.account_id,
        session_id=row.session_id,
        upload=row.upload,
        subject=row.subject,
        subject_id=row.attachment_id,
        expires_at=row.expires_at,
        name=row.name,
        thumbnail=row.thumbnail,
        used_at=row.used_at,
    )
