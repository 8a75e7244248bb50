"""Ports for attachments: where the bytes are kept, who looks into them, and the collections of rows and tickets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, Protocol

from ...domain.files.attachment import Attachment, FileTicket, MediaType
from ...domain.values import AccountId, AttachmentId, InspectionId, PersonId, ProblemId

# ---------------------------------------------------------------- the bytes


class FileStoreFailed(Exception):
    """The store did not do it: full, away, or it said no. May be tried again; `args[0]` is English, for operators."""


class FileMissing(FileStoreFailed):
    """There is nothing under the key."""


class StoredFile(Protocol):
    """A file that is being read; `size` in bytes. Reading raises FileStoreFailed. Close it, also half-read."""

    size: int

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class FileStore(Protocol):
    """Bytes under keys made by `file_key`. Called with no transaction open; safe to use from many threads."""

    def put(self, key: str, body: BinaryIO) -> None:
        """Store the body from its beginning to its end, in the place of what was there, or leave all as it was.

        Once it returns, the file outlives a power cut. Raises FileStoreFailed.
        """
        ...

    def open(self, key: str) -> StoredFile:
        """Raises FileMissing or FileStoreFailed."""
        ...

    def delete(self, key: str) -> None:
        """Repeating it is harmless. Raises FileStoreFailed."""
        ...

    def older_than(self, age: timedelta) -> Iterator[str]:
        """The keys of what was put so long ago, by the wall clock (decision 0007), left-overs of broken puts included.

        In no order. What is deleted meanwhile may or may not come. Raises FileStoreFailed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file turned out to be; `thumbnail` is a small JPEG of a picture, upright and without its metadata."""

    media_type: MediaType
    thumbnail: bytes | None


class FileContents(Protocol):
    """Looks into files."""

    def examine(self, body: BinaryIO) -> Examined:
        """By content alone. Raises FileTypeNotAllowed, PictureUnreadable or DocumentUnreadable.

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
        field: str | None = None,
    ) -> None:
        """From now on they belong to this inspection, or to this problem, which has been saved before.

        Each must be the person's own and not another inspection's (another problem's), or belong to it already.
        Raises, of the input `field` and for all of them, NotFound when one is neither, else AttachmentInUse when one of
        the person's own is another's. Repeating it is harmless.
        """
        ...

    def release(self, inspection_id: InspectionId, *, keep: Collection[AttachmentId] = ()) -> None:
        """What belongs to this inspection and is not among these belongs to it no more."""
        ...

    def remove_loose(self, before: datetime, *, limit: int) -> Sequence[AttachmentId]:
        """Remove, and name, those uploaded before then that belong to nothing, the oldest first."""
        ...


class FileTickets(Protocol):
    """Tickets, by the digest of what the client was given."""

    def add(self, ticket: FileTicket) -> None: ...

    def redeem(self, digest: str, account_id: AccountId, *, upload: bool, now: datetime) -> FileTicket | None:
        """The ticket, which is used up from now on: of two at once one gets it. None when it does not hold."""
        ...

    def remove_expired(self, now: datetime) -> int:
        """Forget those that have expired by now, used or not; says how many."""
        ...


class AttachmentReader(Protocol):
    """Rows for lists and downloads. Who may see them is the caller's to ask."""

    def attachments(self, ids: Sequence[AttachmentId]) -> Mapping[AttachmentId, Attachment]: ...
