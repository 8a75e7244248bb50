"""Read the rows of attachments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, true

from ....domain.files.attachment import Attachment
from ....domain.values import AttachmentId
from ..batches import in_batches
from ..files import attachment_of
from ..tables.files import attachment
from .paging import Reading


class SqlAttachmentReader(Reading):
    """Attachments by id."""

    def attachments(self, ids: Sequence[AttachmentId]) -> Mapping[AttachmentId, Attachment]:
        found: dict[AttachmentId, Attachment] = {}
        for batch in in_batches(ids):
            statement = select(attachment).where(self.of_these(attachment.c.id, batch, true()))
            found |= {row.id: attachment_of(row) for row in self.rows(statement)}
        return found
