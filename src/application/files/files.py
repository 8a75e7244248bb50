"""Attachments: upload and download by ticket, examined before they are stored.

Whoever may see the inspection or problem of an attachment may download it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from itertools import islice
from os import SEEK_END
from typing import BinaryIO, Final
from uuid import uuid4

from ...domain.files.attachment import (
    LOOSE_LASTS,
    Attachment,
    MediaType,
    check_size,
    cleaned_name,
    file_key,
    name_for,
    owner_of,
)
from ...domain.files.events import FileDownloaded, FileUploaded
from ...domain.files.ticket import FileTicket, TicketSubject
from ...domain.refusals import InvalidValue, NotFound
from ...domain.values import AttachmentId
from ..access import SYSTEM, Actor, Permission, check
from ..ports.files import FileContents, FileStore, FileStoreFailed
from ..ports.identity import Tokens
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage
from .tickets import Download, IssuedTicket, Tickets

CHUNK: Final = 1_000
ORPHAN_AFTER: Final = timedelta(hours=24)
"""A file without a row is kept this long: its row may be about to be written."""
MOST_LEFT: Final = 10
"""After so many failed deletions, the store itself counts as unavailable."""

log = logging.getLogger(__name__)


class FilesLeft(Exception):
    """The store did not remove some files, so the run must be repeated. The message says how many."""


class Files:
    """Each transfer takes two steps: a ticket by the API, then the bytes by HTTP with ticket and session."""

    def __init__(
        self,
        storage: Storage,
        readers: Readers,
        clock: Clock,
        tokens: Tokens,
        store: FileStore,
        contents: FileContents,
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self.tickets = Tickets(storage, clock, tokens)
        self._store = store
        self._contents = contents

    # ------------------------------------------------------------ in

    def request_upload(self, actor: Actor, *, name: str, size: int) -> IssuedTicket:
        """A ticket to upload a file of this name and size in bytes; the attachment's id is already fixed.

        `size` is what the client claims, so that too large a file is refused before it is sent; `take_in`
        checks the real size.
        Raises FileTooLarge or InvalidValue.
        """
        check(actor, Permission.UPLOAD_FILE)
        if size < 1:
            raise InvalidValue("文件是空的。", field="size")
        check_size(size, field="size")
        id, subject = uuid4(), TicketSubject.ATTACHMENT
        return self.tickets.issue(actor, subject, id, upload=True, name=cleaned_name(name))

    def begin_upload(self, actor: Actor, token: str) -> FileTicket:
        """Redeem the ticket before a byte is read: a broken upload needs a new one. Raises TicketInvalid."""
        check(actor, Permission.UPLOAD_FILE)
        return self.tickets.redeem(actor, token, upload=True)

    def take_in(self, actor: Actor, ticket: FileTicket, body: BinaryIO) -> Attachment:
        """Store what was uploaded with a redeemed ticket: first the file, last its row.

        A picture is stored without its metadata; when and where it was taken go into the row.

        Raises FileTooLarge, FileTypeNotAllowed, PictureUnreadable, DocumentUnreadable or FileStoreFailed.
        Then nothing is stored, or only a file without a row: nobody finds it, and it is removed after a day.
        """
        check(actor, Permission.UPLOAD_FILE)
        assert actor.person_id is not None, "who has an account is a person"
        check_size(body.seek(0, SEEK_END))
        examined = self._contents.examine(body)
        if examined.clean is not None:
            body = BytesIO(examined.clean)
        size = body.seek(0, SEEK_END)
        check_size(size)
        attachment = Attachment(
            id=AttachmentId(ticket.subject_id),
            name=name_for(ticket.name, examined.media_type),
            media_type=examined.media_type,
            size=size,
            sha256=sha256_of(body),
            thumbnail=examined.thumbnail is not None,
            person_id=actor.person_id,
            uploaded_at=self._clock.now(),
            evidence=examined.evidence,
        )
        self._store.put(file_key(attachment.id), body)
        if examined.thumbnail is not None:
            self._store.put(file_key(attachment.id, thumbnail=True), BytesIO(examined.thumbnail))
        with self._storage.work(actor) as work:
            work.attachments.add(attachment)
            work.note(
                FileUploaded(
                    attachment_id=attachment.id,
                    media_type=attachment.media_type,
                    size=size,
                    sha256=attachment.sha256,
                    at=attachment.uploaded_at,
                )
            )
            work.commit()
        return attachment

    # ------------------------------------------------------------ out

    def attachments(self, actor: Actor, ids: Sequence[AttachmentId]) -> Mapping[AttachmentId, Attachment]:
        """Those that the actor may see: by their inspection, problem or alert, or as uploader of a loose one."""
        check(actor, Permission.READ_FILES)
        found = self._readers.attachments.attachments(ids)
        inspections = self._readers.inspections.inspections(
            list({a.inspection_id for a in found.values() if a.inspection_id is not None}),
            actor.scope,
            person_id=actor.person_id,
        )
        problems = self._readers.problems.problems(
            list({a.problem_id for a in found.values() if a.problem_id is not None}), actor.scope
        )
        alerts = self._readers.alerts.alerts(
            list({a.alert_id for a in found.values() if a.alert_id is not None}), actor.scope
        )
        return {
            id: attachment
            for id, attachment in found.items()
            if attachment.inspection_id in inspections
            or attachment.problem_id in problems
            or attachment.alert_id in alerts
            or (attachment.loose and attachment.person_id == actor.person_id)
        }

    def request_download(self, actor: Actor, id: AttachmentId, *, thumbnail: bool) -> IssuedTicket:
        """A ticket to download a file or its thumbnail. Raises NotFound or InvalidValue."""
        attachment = self.attachments(actor, [id]).get(id)
        if attachment is None:
            raise NotFound("附件", field="id")
        if thumbnail and not attachment.thumbnail:
            raise InvalidValue("该附件不是图片，没有缩略图。", field="thumbnail")
        subject = TicketSubject.ATTACHMENT
        return self.tickets.issue(actor, subject, id, upload=False, thumbnail=thumbnail)

    def open(self, actor: Actor, ticket: FileTicket) -> Download:
        """Open the file of a redeemed ticket, after checking again that the actor may see the attachment.

        Raises NotFound or FileStoreFailed.
        """
        check(actor, Permission.READ_FILES)
        id = AttachmentId(ticket.subject_id)
        attachment = self.attachments(actor, [id]).get(id)
        if attachment is None:
            raise NotFound("附件")
        if not ticket.thumbnail:
            with self._storage.work(actor) as work:
                work.note(FileDownloaded(attachment.id, self._clock.now()))
                work.commit()
        file = self._store.open(file_key(attachment.id, thumbnail=ticket.thumbnail))
        media_type = MediaType.JPEG if ticket.thumbnail else attachment.media_type
        return Download(attachment.name, media_type, file, inline=ticket.thumbnail)

    # ------------------------------------------------------------ what the system does

    def clean_up(self) -> tuple[int, int]:
        """Remove attachments that are loose for a day, and files without a row. Safe to repeat.

        Returns how many of each. Raises FilesLeft at the end when the store did not remove some files; these
        have no row then. Raises FileStoreFailed when the store is unavailable.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            work.file_tickets.remove_expired(now)
            work.commit()
        left: list[str] = []
        removed = self._remove_loose(now - LOOSE_LASTS, left), self._remove_orphans(left)
        if left:
            raise FilesLeft(f"{len(left)} files could not be removed, {sum(removed)} were")
        return removed

    def _remove_loose(self, before: datetime, left: list[str]) -> int:
        removed = 0
        while True:
            with self._storage.work(SYSTEM) as work:
                ids = work.attachments.remove_loose(before, limit=CHUNK)
                work.commit()
            # If this loop breaks off, the rest are files without a row.
            for id in ids:
                self._delete(file_key(id), left)
                self._delete(file_key(id, thumbnail=True), left)
            removed += len(ids)
            if len(ids) < CHUNK:
                return removed

    def _remove_orphans(self, left: list[str]) -> int:
        removed = 0
        for keys in _in_chunks(self._store.older_than(ORPHAN_AFTER)):
            owners = {key: owner for key in keys if (owner := owner_of(key)) is not None}
            known = self._readers.attachments.attachments(list(owners.values()))
            rightful = {file_key(id) for id in known}
            rightful |= {file_key(id, thumbnail=True) for id, row in known.items() if row.thumbnail}
            removed += sum(self._delete(key, left) for key in owners.keys() - rightful)
        return removed

    def _delete(self, key: str, left: list[str]) -> bool:
        """Whether the file is gone. Notes failures in `left`; raises FileStoreFailed after MOST_LEFT."""
        try:
            self._store.delete(key)
        except FileStoreFailed:
            if len(left) == MOST_LEFT:
                raise
            log.exception("a file could not be removed", extra={"key": key})
            left.append(key)
            return False
        return True


def sha256_of(body: BinaryIO) -> str:
    """The SHA-256 (hex) of the whole body; it is left at its end."""
    body.seek(0)
    digest = hashlib.sha256()
    while part := body.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _in_chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(keys)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
