"""Attachments (附件): accepted file types, file names, and the keys of the stored files."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final
from uuid import UUID

from ..refusals import FileTooLarge, Refused
from ..values import AlertId, AttachmentId, InspectionId, PersonId, ProblemId
from ..visible import has_invisible

LARGEST: Final = 20 * 1024 * 1024
"""The most bytes that a file may have."""
LONGEST_NAME: Final = 80
LOOSE_LASTS: Final = timedelta(hours=24)
"""A file that still belongs to nothing after this time is removed."""


class MediaType(Enum):
    """The type of a file, found from its content, never its name; Office files with macros are refused."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    PDF = "PDF"
    DOCX = "DOCX"
    XLSX = "XLSX"

    @property
    def is_picture(self) -> bool:
        """Whether files of this type get a thumbnail."""
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
"""The endings a file name may have; a name with another ending gets the first one added."""


class FileTypeNotAllowed(Refused):
    """The content of the file is none of the accepted types."""

    code = "FILE_TYPE_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__("附件只接受JPEG、PNG、WebP图片和PDF、DOCX、XLSX文档，类型按文件内容判断。")


class PictureUnreadable(Refused):
    """It begins like a picture but cannot be decoded, or decoding costs too much; the sentence says which."""

    code = "PICTURE_UNREADABLE"


class DocumentUnreadable(Refused):
    """It begins like a document but is broken, incomplete or a zip bomb; the sentence says which."""

    code = "DOCUMENT_UNREADABLE"


class ActiveContent(Refused):
    """A document that carries a program: macros, scripts, actions or embedded objects; the sentence says which."""

    code = "ACTIVE_CONTENT"


class UploadTooSlow(Refused):
    """The upload did not finish within the time allowed."""

    code = "UPLOAD_TOO_SLOW"

    def __init__(self) -> None:
        super().__init__("上传时间过长，已中止，请检查网络后重新申请上传。")


class AttachmentInUse(Refused):
    """The user's own file already belongs to another form; for another user's file it is NotFound."""

    code = "ATTACHMENT_IN_USE"

    def __init__(self, *, field: str | None = None) -> None:
        super().__init__("附件已用于其他表单或问题，请重新上传。", field=field)


def check_size(size: int, *, field: str | None = None) -> None:
    """Raise FileTooLarge for more bytes than an attachment may have."""
    if size > LARGEST:
        raise FileTooLarge(f"附件最大{LARGEST // 2**20}MB，请压缩后再上传。", field=field)


@dataclass(frozen=True, slots=True)
class Evidence:
    """When and where a picture was taken, as its camera noted in the EXIF; None where it did not.

    A camera can be set wrong and EXIF can be written by anybody: these are claims, not facts. `taken_local`
    is the camera's clock, `2026-11-24T09:30:00`, in no zone. `taken_at` is the instant, where the camera noted
    its distance from UTC as well. `latitude` and `longitude` are degrees (WGS 84), north and east positive.
    """

    taken_local: str | None = None
    taken_at: datetime | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None


NO_EVIDENCE: Final = Evidence()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file. It belongs to an inspection, a problem or both, to an alert, or to nothing (loose).

    A picture is stored upright and without its metadata; `evidence` is what of them is kept. `size` and
    `sha256` are those of the stored file. `thumbnail` says whether it has one. A file in the statement of a problem belongs to that problem and to
    the inspection in which the statement was written.
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
    alert_id: AlertId | None = None
    evidence: Evidence = NO_EVIDENCE

    @property
    def loose(self) -> bool:
        """Whether it belongs to nothing yet."""
        return self.inspection_id is None and self.problem_id is None and self.alert_id is None


def file_key(id: AttachmentId, *, thumbnail: bool = False) -> str:
    """The storage key of a file: lower-case letters, digits and dashes, never anything that a user typed."""
    return f"{id.hex}-thumbnail" if thumbnail else id.hex


def owner_of(key: str) -> AttachmentId | None:
    """The attachment that a storage key belongs to; None for a key that this system did not make."""
    found = re.match(r"[0-9a-f]{32}(?=-|$)", key)
    return AttachmentId(UUID(found[0])) if found else None


def cleaned_name(raw: str) -> str:
    """Clean a file name for display: no folders, invisible or forbidden characters, at most 80 characters.

    Files are not stored or looked up by this name, so it is cleaned, never refused. An empty result becomes
    附件.
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
    """Add the ending of the real type if it is missing: the PNG `图.pdf` becomes `图.pdf.png`."""
    fits = name.lower().endswith(ENDINGS[media_type])
    return name if fits else name + ENDINGS[media_type][0]
