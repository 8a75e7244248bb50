"""Ports of attachments: the store of the bytes, the check of their content, and the rows and tickets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, Final, Protocol
from uuid import UUID

from ...domain.files.attachment import (
    NO_EVIDENCE,
    Attachment,
    AttachmentInUse,
    Evidence,
    MediaType,
)
from ...domain.files.ticket import FileTicket
from ...domain.refusals import NotFound
from ...domain.values import AlertId, AttachmentId, InspectionId, PersonId, ProblemId

# ---------------------------------------------------------------- the bytes


class FileStoreFailed(Exception):
    """The store failed: full, unreachable or refusing. Retry later; `args[0]` is English, for operators."""


class FileMissing(FileStoreFailed):
    """There is no file under the key."""


class StoredFile(Protocol):
    """A file that is being read; `size` in bytes. `read` may raise FileStoreFailed. Always close it."""

    size: int

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


STORE_KEY: Final = re.compile(r"[0-9a-z]{8}[0-9a-z-]{0,92}")
"""The form of every key: it is the name of a file, and its first characters are those of folders."""


def check_key(key: str) -> None:
    """Raise ValueError for a key of another form."""
    if not STORE_KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")


class FileStore(Protocol):
    """Bytes under keys of the form STORE_KEY. Called with no transaction open; safe to use from many threads."""

    def put(self, key: str, body: BinaryIO) -> None:
        """Store the whole body atomically, from its beginning; replaces what was under the key.

        Once it returns, the file survives a power cut. Raises FileStoreFailed; then nothing has changed. Raises
        ValueError for a key of another form.
        """
        ...

    def open(self, key: str) -> StoredFile:
        """Open the file for reading. Raises FileMissing or FileStoreFailed."""
        ...

    def delete(self, key: str) -> None:
        """Delete the file. Repeating it is harmless. Raises FileStoreFailed."""
        ...

    def older_than(self, age: timedelta) -> Iterator[str]:
        """The keys of files put longer ago than `age`, in no order, with left-overs of broken puts.

        Age is by the wall clock (decision 0007). Files deleted during the iteration may still appear.
        Raises FileStoreFailed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Examined:
    """A file's type by content; `thumbnail` is a small JPEG of a picture, upright and without metadata.

    `clean` is the whole picture in the same way, to be stored instead of the file that came, and `evidence`
    is what its metadata said. A document has neither.
    """

    media_type: MediaType
    thumbnail: bytes | None = None
    clean: bytes | None = None
    evidence: Evidence = NO_EVIDENCE


class FileContents(Protocol):
    """Examines the content of files."""

    def examine(self, body: BinaryIO) -> Examined:
        """Tell the type by content alone. Raises FileTypeNotAllowed, PictureUnreadable, DocumentUnreadable.

        Time and memory are bounded, whatever the file claims to be.
        """
        ...


# ---------------------------------------------------------------- the rows


class Attachments(Protocol):
    """The rows of stored files."""

    def add(self, attachment: Attachment) -> None: ...

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
        """Make the attachments belong to this inspection, problem or alert, which must have been saved before.

        Each must be the person's own and belong to no other inspection (problem, alert), or belong to this one
        already. Changes all or none. Raises, for the input `field`, NotFound when one is neither the person's
        own nor of this inspection (problem, alert); else AttachmentInUse when one belongs to another. Repeating it
        is harmless.
        """
        ...

    def unclaimable(
        self,
        ids: Sequence[AttachmentId],
        person_id: PersonId | None,
        *,
        inspection_id: InspectionId | None = None,
        problem_id: ProblemId | None = None,
        alert_id: AlertId | None = None,
    ) -> Mapping[AttachmentId, type[NotFound] | type[AttachmentInUse]]:
        """The attachments that `claim` would refuse, each with why; nothing is changed.

        The inspection, problem or alert need not have been saved.
        """
        ...

    def release(self, inspection_id: InspectionId, *, keep: Collection[AttachmentId] = ()) -> None:
        """Detach from this inspection all its attachments except `keep`."""
        ...

    def remove_loose(self, before: datetime, *, limit: int) -> Sequence[AttachmentId]:
        """Remove up to `limit` rows uploaded before `before` that belong to nothing, oldest first."""
        ...


class FileTickets(Protocol):
    """Tickets for one upload or download, by the digest of the token that the client has."""

    def add(self, ticket: FileTicket) -> None: ...

    def redeem(self, digest: str, session_id: UUID, *, upload: bool, now: datetime) -> FileTicket | None:
        """Use up the ticket and return it; None when it is not valid. Of two calls at once, one gets it."""
        ...

    def remove_expired(self, now: datetime) -> int:
        """Delete expired tickets, used or not; return how many."""
        ...


class AttachmentReader(Protocol):
    """Reads rows for lists and downloads. The caller must check access."""

    def attachments(self, ids: Sequence[AttachmentId]) -> Mapping[AttachmentId, Attachment]: ...
