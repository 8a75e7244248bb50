"""Tickets for files: permission to send or to fetch one file once, by the session that asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from ...domain.files.attachment import (
    TICKET_LASTS,
    FileTicket,
    MediaType,
    TicketInvalid,
    TicketSubject,
)
from ..access import Actor
from ..ports.files import StoredFile
from ..ports.identity import Tokens
from ..ports.signals import Clock
from ..ports.work import Storage

PATH: Final = "/files/"
"""The URL path of uploads and downloads; the ticket's token follows."""


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """A new ticket. `path` holds its secret token, which is shown only once and never stored."""

    path: str
    subject_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Download:
    """An opened file to send; the caller must close `file`. Browsers show an `inline` file at once."""

    name: str
    media_type: MediaType
    file: StoredFile
    inline: bool = False


class Shelf(Protocol):
    """Opens the files of one subject."""

    def open_file(self, actor: Actor, ticket: FileTicket) -> Download:
        """Open the file of a redeemed ticket. Checks permission and scope again, and audits the download.

        Raises Forbidden, NotFound or FileStoreFailed.
        """
        ...


class Tickets:
    """Issues tickets and redeems them. Only the digest of a ticket's token is stored."""

    def __init__(self, storage: Storage, clock: Clock, tokens: Tokens) -> None:
        self._storage = storage
        self._clock = clock
        self._tokens = tokens

    def issue(
        self,
        actor: Actor,
        subject: TicketSubject,
        id: UUID,
        *,
        upload: bool = False,
        name: str = "",
        thumbnail: bool = False,
    ) -> IssuedTicket:
        """A ticket for the file of `id`. The caller has checked that the actor may have it."""
        assert actor.account_id is not None and actor.session_id is not None, "only who is logged in may ask"
        token = self._tokens.new()
        ticket = FileTicket(
            digest=self._tokens.digest(token),
            account_id=actor.account_id,
            session_id=actor.session_id,
            upload=upload,
            subject_id=id,
            subject=subject,
            expires_at=self._clock.now() + TICKET_LASTS,
            name=name,
            thumbnail=thumbnail,
        )
        with self._storage.work(actor) as work:
            work.file_tickets.add(ticket)
            work.commit()
        return IssuedTicket(PATH + token, id, ticket.expires_at)

    def redeem(self, actor: Actor, token: str, *, upload: bool) -> FileTicket:
        """Use up the ticket of this token. Raises TicketInvalid."""
        assert actor.session_id is not None, "only who is logged in may come"
        digest = self._tokens.digest(token)
        with self._storage.work(actor) as work:
            ticket = work.file_tickets.redeem(digest, actor.session_id, upload=upload, now=self._clock.now())
            work.commit()
        if ticket is None:
            raise TicketInvalid
        return ticket
