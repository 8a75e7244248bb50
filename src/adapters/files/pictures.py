"""Decodes pictures completely, with limits on time and memory, makes thumbnails, and removes metadata."""

from __future__ import annotations

from io import BytesIO
from typing import Any, BinaryIO, Final, cast

from PIL import Image, ImageFile, ImageOps, JpegImagePlugin
from PIL.ExifTags import Base

from ...domain.files.attachment import Evidence, MediaType, PictureUnreadable
from ...domain.refusals import Refused
from .bounded import Bounded
from .evidence import evidence_of
from .metadata import Malformed, without_metadata

MOST_PIXELS: Final = {
    MediaType.JPEG: 80_000_000,
    MediaType.PNG: 32_000_000,
    MediaType.WEBP: 32_000_000,
}
"""JPEG allows a phone's 64 megapixels. The others are decoded at full size, in at most half a gigabyte."""
SECONDS: Final = 10.0
AT_ONCE: Final = 4 * 1024
"""Bytes between two checks of the time: 64 KB of a JPEG can hold hundreds of passes over its pixels."""
BROKEN: Final = "图片无法读取，文件可能不完整或已损坏。"
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
        raise PictureUnreadable(BROKEN) from error


def clean_picture(body: BinaryIO, kind: MediaType) -> tuple[bytes, Evidence]:
    """Return the file of the picture without metadata, and when and where it was taken.

    Only a picture that the EXIF turns is encoded anew, upright. Call it after `thumbnail_of`, which refuses
    what has too many pixels. Raises PictureUnreadable.
    """
    body.seek(0)
    try:
        with Image.open(cast(Any, Bounded(body, seconds=SECONDS)), formats=(kind.value,)) as picture:
            exif = picture.getexif()
            evidence = evidence_of(exif)
            turned = exif.get(Base.Orientation, 1) in range(2, 9)
            content = _upright(picture) if turned else _whole(body)
        return without_metadata(content, kind), evidence
    except Malformed as error:
        raise PictureUnreadable(BROKEN) from error
    except Exception as error:
        # As above: whatever Pillow raises, the picture is broken.
        raise PictureUnreadable(BROKEN) from error


def _whole(body: BinaryIO) -> bytes:
    body.seek(0)
    return b"".join(iter(lambda: body.read(AT_ONCE), b""))


def _upright(picture: ImageFile.ImageFile) -> bytes:
    """Turn the picture as its EXIF says, and encode it as it was: a JPEG with its own tables."""
    picture.decodermaxblock = AT_ONCE
    options: dict[str, Any] = {"quality": 90} if picture.format == "WEBP" else {}
    if picture.info.get("icc_profile"):
        options["icc_profile"] = picture.info["icc_profile"]
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        options["subsampling"] = JpegImagePlugin.get_sampling(picture)
        options["qtables"] = picture.quantization
        options["progressive"] = bool(picture.info.get("progressive"))
    kind = cast(str, picture.format)
    ImageOps.exif_transpose(picture, in_place=True)
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


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
