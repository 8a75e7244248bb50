"""Decodes pictures completely, with limits on time and memory, and makes thumbnails."""

from __future__ import annotations

from io import BytesIO
from typing import Any, BinaryIO, Final, cast

from PIL import Image, ImageOps

from ...domain.files.attachment import MediaType, PictureUnreadable
from ...domain.refusals import Refused
from .bounded import Bounded

MOST_PIXELS: Final = {
    MediaType.JPEG: 80_000_000,
    MediaType.PNG: 32_000_000,
    MediaType.WEBP: 32_000_000,
}
"""JPEG allows a phone's 64 megapixels. The others are decoded at full size, in at most half a gigabyte."""
SECONDS: Final = 10.0
AT_ONCE: Final = 4 * 1024
"""Bytes between two checks of the time: 64 KB of a JPEG can hold hundreds of passes over its pixels."""
SIZE: Final = (480, 480)
QUALITY: Final = 80


def thumbnail_of(body: BinaryIO, kind: MediaType) -> bytes:
    """Make a JPEG of at most 480 by 480 pixels, upright, on white, without any metadata.

    Raises PictureUnreadable when the picture has too many pixels or cannot be decoded completely.
    """
    body.seek(0)
    try:
        with Image.open(cast(Any, Bounded(body, seconds=SECONDS)), formats=(kind.value,)) as picture:
            width, height = picture.size
            most = MOST_PIXELS[kind]
            if width * height > most:
                raise PictureUnreadable(
                    f"图片为{width}×{height}像素，超过{most // 10_000}万像素，请缩小后再上传。"
                )
            # Decode a JPEG at a reduced size to save memory; the whole file is still read.
            picture.draft("RGB", SIZE)
            picture.decodermaxblock = AT_ONCE
            picture.load()
            return _small_and_clean(picture)
    except Refused:
        raise
    except Exception as error:
        # Pillow raises all kinds of exceptions for a broken picture, and TooMuch stops a bomb.
        raise PictureUnreadable("图片无法读取，文件可能不完整或已损坏。") from error


def _small_and_clean(picture: Image.Image) -> bytes:
    picture.thumbnail(SIZE)
    ImageOps.exif_transpose(picture, in_place=True)
    clean = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        clean.paste(picture, mask=picture.getchannel("A"))
    else:
        clean.paste(picture.convert("RGB"))
    out = BytesIO()
    clean.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
