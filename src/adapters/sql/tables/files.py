"""Tables of attachments, and of the tickets for downloading and uploading their bytes."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Uuid,
    text,
)

from ....domain.files.attachment import MediaType
from ....domain.files.ticket import TicketSubject
from ..types import ExactDecimal, UtcDateTime, choice, code
from .metadata import metadata

attachment = Table(
    "attachment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("media_type", choice(MediaType, "media_type"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", code(64), nullable=False),
    Column("thumbnail", Boolean, nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("uploaded_at", UtcDateTime, nullable=False),
    # From the picture's EXIF, which the stored file has no longer. The local time names no zone.
    Column("taken_local", String(19)),
    Column("taken_at", UtcDateTime),
    Column("latitude", ExactDecimal),
    Column("longitude", ExactDecimal),
    # What it belongs to. Both are NULL until a form that names it is saved; if none is, the file is removed.
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), index=True),
    Column("problem_id", Uuid, ForeignKey("problem.id"), index=True),
    Column("alert_id", Uuid, ForeignKey("alert.id"), index=True),
    Index(
        "ix_attachment_loose",
        "uploaded_at",
        "id",
        postgresql_where=text("inspection_id IS NULL AND problem_id IS NULL AND alert_id IS NULL"),
        sqlite_where=text("inspection_id IS NULL AND problem_id IS NULL AND alert_id IS NULL"),
    ),
)

file_ticket = Table(
    "file_ticket",
    metadata,
    Column("digest", code(64), primary_key=True),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("upload", Boolean, nullable=False),
    # What it is for, and the id of that; the name is from when tickets were for attachments only.
    Column("subject", choice(TicketSubject, "subject"), nullable=False, server_default="ATTACHMENT"),
    Column("attachment_id", Uuid, nullable=False),
    Column("name", String(200), nullable=False),
    Column("thumbnail", Boolean, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("used_at", UtcDateTime),
    # The session that asked, and the only one that may come with it.
    Column("session_id", Uuid),
)
