"""Pictures: decoded to the last line, within bounds of time and memory, and made into thumbnails."""

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
"""A telephone's 64 megapixels pass as JPEG. The others are decoded at full size, which takes half a gigabyte at most."""
SECONDS: Final = 10.0
AT_ONCE: Final = 4 * 1024
"""Bytes between two looks at the clock: a JPEG can hold hundreds of passes over its pixels in 64 KB."""
SIZE: Final = (480, 480)
QUALITY: Final = 80


def thumbnail_of(body: BinaryIO, kind: MediaType) -> bytes:
    """A JPEG of at most 480 by 480 pixels, upright, on white, with nothing of the original but its pixels.

    Raises PictureUnreadable for what cannot be decoded to its end.
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
            # A JPEG can be decoded at a fraction of its size; what is read of the file is all of it.
            picture.draft("RGB", SIZE)
            picture.decodermaxblock = AT_ONCE
            picture.load()
            return _small_and_clean(picture)
    except Refused:
        raise
    except Exception as error:
        # Over a broken picture Pillow raises whatever it stumbles over, and a bomb is stopped by TooMuch.
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
