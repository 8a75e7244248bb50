"""Tickets for files (文件凭证): leave to send or to fetch one file, once, within minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

from ..refusals import Refused
from ..values import AccountId

TICKET_LASTS: Final = timedelta(minutes=5)


class TicketSubject(Enum):
    """What a ticket is for: an attachment, up or down, or the file of an export or of a written report, down."""

    ATTACHMENT = "ATTACHMENT"
    EXPORT = "EXPORT"
    REPORT = "REPORT"


class TicketInvalid(Refused):
    """The ticket is unknown, used, expired or of another session; the answer does not say which."""

    code = "TICKET_INVALID"

    def __init__(self) -> None:
        super().__init__("文件凭证无效：可能已使用、已过期或不属于当前登录，请重新申请。")


@dataclass(frozen=True, slots=True)
class FileTicket:
    """A permission for one session to send (`upload`) or to fetch one file, once, before `expires_at`.

    It ends with the session that asked for it, and no other session of the account can use it. `digest` is
    the hash of the token that the client was given. `subject_id` is the attachment, the export or the report. `name` is
    the name of the file to upload; it is empty for a download.
    """

    digest: str
    account_id: AccountId
    session_id: UUID
    upload: bool
    subject: TicketSubject
    subject_id: UUID
    expires_at: datetime
    name: str = ""
    thumbnail: bool = False
    used_at: datetime | None = None

    def holds(self, session_id: UUID, *, upload: bool, now: datetime) -> bool:
        """Whether this session may use the ticket for this now."""
        fits = (self.session_id, self.upload) == (session_id, upload)
        return fits and self.used_at is None and now < self.expires_at
