"""What happens to files, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..values import AttachmentId
from .attachment import MediaType


@dataclass(frozen=True, slots=True)
class FileUploaded:
    """A file was stored; what it belongs to is said by whoever claims it. `sha256` is that of its bytes."""

    attachment_id: AttachmentId
    media_type: MediaType
    size: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FileDownloaded:
    """Somebody fetched a whole file; thumbnails are not kept."""

    attachment_id: AttachmentId
    at: datetime


FileEvent = FileUploaded | FileDownloaded
