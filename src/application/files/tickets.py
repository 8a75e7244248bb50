"""Tickets for files: issued by the API, redeemed over plain HTTP by the same session, whatever the file is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ...domain.files.attachment import MediaType
from ...domain.files.ticket import TICKET_LASTS, FileTicket, TicketInvalid, TicketSubject
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
    """An opened file to send; the caller must close `file`. `inline`: a browser may show it in a page."""

    name: str
    media_type: MediaType
    file: StoredFile
    inline: bool = False


class Tickets:
    """Issues and redeems tickets. What a ticket is for checks access when it is issued and when it is used."""

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
        """A ticket for this session only; the caller has checked that the actor may have it."""
        assert actor.account_id is not None and actor.session_id is not None, "only who is logged in may ask"
        token = self._tokens.new()
        ticket = FileTicket(
            digest=self._tokens.digest(token),
            account_id=actor.account_id,
            session_id=actor.session_id,
            upload=upload,
            subject=subject,
            subject_id=id,
            expires_at=self._clock.now() + TICKET_LASTS,
            name=name,
            thumbnail=thumbnail,
        )
        with self._storage.work(actor) as work:
            work.file_tickets.add(ticket)
            work.commit()
        return IssuedTicket(PATH + token, id, ticket.expires_at)

    def redeem(self, actor: Actor, token: str, *, upload: bool) -> FileTicket:
        """Use up the ticket. Raises TicketInvalid."""
        assert actor.session_id is not None, "only who is logged in may come"
        digest = self._tokens.digest(token)
        with self._storage.work(actor) as work:
            ticket = work.file_tickets.redeem(digest, actor.session_id, upload=upload, now=self._clock.now())
            work.commit()
        if ticket is None:
            raise TicketInvalid
        return ticket


class Downloads:
    """Fetches the file of a ticket; `openers` has a function for each subject."""

    def __init__(
        self, tickets: Tickets, openers: Mapping[TicketSubject, Callable[[Actor, FileTicket], Download]]
    ) -> None:
        self._tickets = tickets
        self._openers = openers

    def fetch(self, actor: Actor, token: str) -> Download:
        """Redeem the ticket, check again that the actor may have the file, and open it.

        Raises TicketInvalid, FileStoreFailed, and the refusals of the subject, Forbidden among them.
        """
        ticket = self._tickets.redeem(actor, token, upload=False)
        return self._openers[ticket.subject](actor, ticket)
