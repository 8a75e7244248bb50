"""The events of files, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..values import AttachmentId
from .attachment import MediaType


@dataclass(frozen=True, slots=True)
class FileUploaded:
    """A file was stored; it belongs to nothing until a form claims it. `sha256` is that of its bytes."""

    attachment_id: AttachmentId
    media_type: MediaType
    size: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FileDownloaded:
    """Somebody downloaded a whole file; downloads of thumbnails are not recorded."""

    attachment_id: AttachmentId
    at: datetime


FileEvent = FileUploaded | FileDownloaded
