"""GraphQL fields for attachments: tickets to upload and download them; plain HTTP carries the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import strawberry

from ...domain.files import attachment
from ...domain.files.attachment import MediaType
from ...domain.values import AttachmentId
from ..context import AppInfo, in_thread
from ..parts.ids import global_id, uuid_of
from ..parts.node import Node, shows
from ..parts.refusals import Refusal, answer, attempt


@strawberry.type(description="附件。A picture or document; fetched with a ticket of its own.")
class Attachment(Node):
    is_type_of = shows(attachment.Attachment)

    name: str = strawberry.field(description="文件名，扩展名与内容一致。")
    media_type: MediaType = strawberry.field(description="类型，按文件内容判断。")
    size: int = strawberry.field(description="字节数。")
    thumbnail: bool = strawberry.field(description="是否有缩略图。")
    uploaded_at: datetime = strawberry.field(description="上传时间。")

    @strawberry.field(
        description="拍摄时间，按拍摄设备的时钟和时区换算；设备未注明时区时为空。As the camera noted it in the EXIF, which anybody can write."
    )
    def taken_at(root: strawberry.Parent[attachment.Attachment]) -> datetime | None:
        return root.evidence.taken_at

    @strawberry.field(description="拍摄设备的本地时间，不含时区，如2026-11-24T09:30:00；设备未记录时为空。")
    def taken_local(root: strawberry.Parent[attachment.Attachment]) -> str | None:
        return root.evidence.taken_local

    @strawberry.field(description="拍摄地点的纬度（度，WGS 84，北纬为正）；设备未记录时为空。")
    def latitude(root: strawberry.Parent[attachment.Attachment]) -> Decimal | None:
        return root.evidence.latitude

    @strawberry.field(description="拍摄地点的经度（度，WGS 84，东经为正）；设备未记录时为空。")
    def longitude(root: strawberry.Parent[attachment.Attachment]) -> Decimal | None:
        return root.evidence.longitude


async def attached(info: AppInfo, ids: Sequence[AttachmentId]) -> Sequence[attachment.Attachment]:
    """Load attachments in the order of `ids`, without those the viewer may not see."""
    found = await info.context.loaders.attachments.load_many(list(ids))
    return [row for row in found if row is not None]


@strawberry.type(description="可以上传了。PUT the file to `url`, once, with the same session.")
class UploadReady:
    attachment_id: strawberry.ID = strawberry.field(description="附件的全局编号；上传成功后可填入表单。")
    url: str = strawberry.field(description="上传地址，只能用一次。")
    expires_at: datetime = strawberry.field(description="在此时刻之前开始上传。")


@strawberry.type(description="可以下载了。GET `url`, once, with the same session.")
class DownloadReady:
    url: str = strawberry.field(description="下载地址，只能用一次。")
    expires_at: datetime = strawberry.field(description="在此时刻之前下载。")


@strawberry.type
class FilesMutation:
    @strawberry.mutation(
        graphql_type=answer("UploadAnswer", UploadReady),
        description="申请上传附件。At most 20 MB; what belongs to nothing after a day is removed.",
    )
    async def request_upload(self, info: AppInfo, name: str, size: int) -> UploadReady | Refusal:
        async def act() -> UploadReady:
            files, actor = info.context.app.files, info.context.actor
            ticket = await in_thread(files.request_upload, actor, name=name, size=size)
            return UploadReady(
                attachment_id=global_id("Attachment", ticket.subject_id),
                url=ticket.path,
                expires_at=ticket.expires_at,
            )

        return await attempt(act)

    @strawberry.mutation(
        graphql_type=answer("DownloadAnswer", DownloadReady),
        description="申请下载附件，或图片的缩略图。",
    )
    async def request_download(
        self, info: AppInfo, id: strawberry.ID, thumbnail: bool = False
    ) -> DownloadReady | Refusal:
        async def act() -> DownloadReady:
            files, actor = info.context.app.files, info.context.actor
            wanted = AttachmentId(uuid_of("Attachment", id, field="id"))
            ticket = await in_thread(files.request_download, actor, wanted, thumbnail=thumbnail)
            return DownloadReady(url=ticket.path, expires_at=ticket.expires_at)

        return await attempt(act)
