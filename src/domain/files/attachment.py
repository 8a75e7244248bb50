"""Attachments (附件): which files are taken, what they are called, and the tickets by which they come and go."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

from ..refusals import FileTooLarge, Refused
from ..values import AccountId, AttachmentId, InspectionId, PersonId, ProblemId
from ..visible import has_invisible

LARGEST: Final = 20 * 1024 * 1024
"""Bytes of a file."""
LONGEST_NAME: Final = 80
TICKET_LASTS: Final = timedelta(minutes=5)
LOOSE_LASTS: Final = timedelta(hours=24)
"""A file that belongs to nothing by then is removed."""


class MediaType(Enum):
    """What a file is, by its content and never by its name. Nothing that carries programs of its own is taken."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    PDF = "PDF"
    DOCX = "DOCX"
    XLSX = "XLSX"

    @property
    def is_picture(self) -> bool:
        """Whether there is a thumbnail of it."""
        return self in (MediaType.JPEG, MediaType.PNG, MediaType.WEBP)


MEDIA_TYPE_NAMES: Final = {
    MediaType.JPEG: "JPEG图片",
    MediaType.PNG: "PNG图片",
    MediaType.WEBP: "WebP图片",
    MediaType.PDF: "PDF文档",
    MediaType.DOCX: "Word文档（docx）",
    MediaType.XLSX: "Excel表格（xlsx）",
}

ENDINGS: Final = {
    MediaType.JPEG: (".jpg", ".jpeg"),
    MediaType.PNG: (".png",),
    MediaType.WEBP: (".webp",),
    MediaType.PDF: (".pdf",),
    MediaType.DOCX: (".docx",),
    MediaType.XLSX: (".xlsx",),
}
"""How the name of such a file ends; the first is given to one that ends otherwise."""


class FileTypeNotAllowed(Refused):
    """By its content it is none of the types that are taken."""

    code = "FILE_TYPE_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__("附件只接受JPEG、PNG、WebP图片和PDF、DOCX、XLSX文档，类型按文件内容判断。")


class PictureUnreadable(Refused):
    """It begins as a picture does and cannot be decoded, or only at a price nobody pays; the sentence says which."""

    code = "PICTURE_UNREADABLE"


class DocumentUnreadable(Refused):
    """It begins as a document does and is broken, not whole, or a trap; the sentence says which."""

    code = "DOCUMENT_UNREADABLE"


class UploadTooSlow(Refused):
    """Not whole in the time that is allowed for it."""

    code = "UPLOAD_TOO_SLOW"

    def __init__(self) -> None:
        super().__init__("上传时间过长，已中止，请检查网络后重新申请上传。")


class TicketInvalid(Refused):
    """Unknown, used, expired or somebody else's: the four are never told apart."""

    code = "TICKET_INVALID"

    def __init__(self) -> None:
        super().__init__("文件凭证无效：可能已使用、已过期或不属于当前账号，请重新申请。")


class AttachmentInUse(Refused):
    """One's own file that another form shows already; of somebody else's nobody learns as much."""

    code = "ATTACHMENT_IN_USE"

    def __init__(self, *, field: str | None = None) -> None:
        super().__init__("附件已用于其他表单或问题，请重新上传。", field=field)


def check_size(size: int, *, field: str | None = None) -> None:
    """Raises FileTooLarge for more bytes than an attachment may have."""
    if size > LARGEST:
        raise FileTooLarge(f"附件最大{LARGEST // 2**20}MB，请压缩后再上传。", field=field)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file. `thumbnail`: whether there is one. It belongs to an inspection, a problem or both, or is loose.

    What a problem's statement shows belongs to the inspection that it was written in and to the problem.
    """

    id: AttachmentId
    name: str
    media_type: MediaType
    size: int
    sha256: str
    thumbnail: bool
    person_id: PersonId
    uploaded_at: datetime
    inspection_id: InspectionId | None = None
    problem_id: ProblemId | None = None

    @property
    def loose(self) -> bool:
        """Whether it belongs to nothing yet."""
        return self.inspection_id is None and self.problem_id is None


@dataclass(frozen=True, slots=True)
class FileTicket:
    """Leave to send (`upload`) or to fetch one file, once, by one account, within [issued, expires_at).

    `digest` is the hash of what the client was given. `name` is that of the file to come, empty for one that is there.
    """

    digest: str
    account_id: AccountId
    upload: bool
    attachment_id: AttachmentId
    expires_at: datetime
    name: str = ""
    thumbnail: bool = False
    used_at: datetime | None = None

    def holds(self, account_id: AccountId, *, upload: bool, now: datetime) -> bool:
        """Whether this account may do this with it now."""
        fits = (self.account_id, self.upload) == (account_id, upload)
        return fits and self.used_at is None and now < self.expires_at


def file_key(id: AttachmentId, *, thumbnail: bool = False) -> str:
    """Under what a file is stored: lower-case letters, digits and dashes, and nothing that anybody typed."""
    return f"{id.hex}-thumbnail" if thumbnail else id.hex


def owner_of(key: str) -> AttachmentId | None:
    """The attachment that a key speaks of; None for one that is not of our making."""
    found = re.match(r"[0-9a-f]{32}(?=-|$)", key)
    return AttachmentId(UUID(found[0])) if found else None


def cleaned_name(raw: str) -> str:
    """A file's name for people: without folders, invisible characters and what file systems forbid, of 80 characters.

    Nothing is found or stored by it, so that it is cleaned and never refused; what leaves nothing is 附件.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", raw))[-1]
    visible = "".join(c for c in last if c.isspace() or not _unseen(c))
    text = " ".join(re.sub(r'[<>:"|?*]', "_", visible).split()).strip(". ")
    stem, dot, ending = text.rpartition(".")
    if not stem or len(ending) > 10:
        return text[:LONGEST_NAME] or "附件"
    return f"{stem[: LONGEST_NAME - len(dot + ending)]}{dot}{ending}"


def _unseen(character: str) -> bool:
    return has_invisible(character) or unicodedata.category(character).startswith("C")


def name_for(name: str, media_type: MediaType) -> str:
    """The name with an ending that tells the truth: `图.pdf` of a PNG becomes `图.pdf.png`."""
    fits = name.lower().endswith(ENDINGS[media_type])
    return name if fits else name + ENDINGS[media_type][0]
