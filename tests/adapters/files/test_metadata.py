"""A picture leaves its metadata behind: place and time become fields, and the stored file holds nothing but the picture."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from yanbao.adapters.files.contents import CheckedContents
from yanbao.adapters.files.metadata import Malformed, without_metadata
from yanbao.application.ports.files import Examined
from yanbao.domain.files.attachment import NO_EVIDENCE, Evidence, MediaType

from ...support.samples import a_photo, a_picture, noise, saved

KINDS = ("JPEG", "PNG", "WEBP")
XIAN = ((34.0, 16.0, 30.0), "N", (108.0, 56.0, 24.36), "E")


def exif_of(
    orientation: int = 1,
    taken: object = "2026:11:24 09:30:00",
    offset: object = "+08:00",
    place: tuple[Any, Any, Any, Any] | None = XIAN,
) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Secret Telephone"
    shot, gps = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    if taken is not None:
        shot[0x9003] = taken
    if offset is not None:
        shot[0x9011] = offset
    if place is not None:
        gps[2], gps[1], gps[4], gps[3] = place
    return exif


def examine(content: bytes) -> Examined:
    return CheckedContents().examine(BytesIO(content))


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


def same_pixels(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and one.tobytes() == other.tobytes()


# ---------------------------------------------------------------- what becomes a field


@pytest.mark.parametrize("kind", KINDS)
def test_place_and_time_of_a_picture_become_fields(kind: str) -> None:
    found = examine(a_picture(kind, exif=exif_of()))
    assert found.evidence == Evidence(
        taken_local="2026-11-24T09:30:00",
        taken_at=datetime(2026, 11, 24, 1, 30, tzinfo=UTC),
        latitude=Decimal("34.275000"),
        longitude=Decimal("108.940100"),
    )


def test_without_a_zone_there_is_a_local_time_and_no_instant() -> None:
    found = examine(a_picture(exif=exif_of(offset=None, place=None))).evidence
    assert found == Evidence(taken_local="2026-11-24T09:30:00")


@pytest.mark.parametrize(
    "exif",
    [
        exif_of(taken=None, place=None),
        exif_of(taken="0000:00:00 00:00:00", place=None),
        exif_of(taken="    :  :     :  :  ", place=None),
        exif_of(taken="昨天", place=None),
        exif_of(taken=None, place=((0.0, 0.0, 0.0), "N", (0.0, 0.0, 0.0), "E")),
        exif_of(taken=None, place=((91.0, 0.0, 0.0), "N", (108.0, 0.0, 0.0), "E")),
        exif_of(taken=None, place=((34.0, 0.0, 0.0), "", (108.0, 0.0, 0.0), "E")),
        exif_of(taken=None, place=((34.0, 0.0, 0.0), "E", (108.0, 0.0, 0.0), "E")),
        exif_of(taken=None, place=((34.0,), "N", (108.0, 0.0, 0.0), "E")),
    ],
)
def test_what_makes_no_sense_is_no_evidence(exif: Image.Exif) -> None:
    assert examine(a_picture(exif=exif)).evidence == NO_EVIDENCE


def test_south_and_west_are_negative() -> None:
    found = examine(a_picture(exif=exif_of(place=((34.0, 30.0, 0.0), "S", (108.0, 0.0, 0.0), "W")))).evidence
    assert (found.latitude, found.longitude) == (Decimal("-34.5"), Decimal("-108"))


@pytest.mark.parametrize("offset", ["-03:30", "+14:00"])
def test_the_zone_may_be_any(offset: str) -> None:
    found = examine(a_picture(exif=exif_of(offset=offset))).evidence
    assert found.taken_at == datetime.fromisoformat(f"2026-11-24T09:30:00{offset}")


def test_a_document_has_no_evidence_and_is_stored_as_it_came() -> None:
    from ...support.samples import a_document

    assert (examine(a_document()).clean, examine(a_document()).evidence) == (None, NO_EVIDENCE)


# ---------------------------------------------------------------- what is stored


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_is_stored_stands_upright_and_holds_no_metadata(kind: str, orientation: int) -> None:
    content = a_picture(kind, exif=exif_of(orientation), xmp=b"<x:xmpmeta>secret xmp</x:xmpmeta>")
    clean = examine(content).clean
    picture = opened(clean)
    assert picture.size == ((640, 400) if orientation < 5 else (400, 640))
    assert not picture.getexif() and not {"exif", "xmp", "comment"} & set(picture.info)
    assert clean is not None and b"ecret" not in clean
    left = {1: (20, 200), 2: (620, 200), 3: (620, 200), 4: (20, 200)}
    lying = {5: (200, 20), 6: (200, 20), 7: (200, 620), 8: (200, 620)}
    red = picture.convert("RGB").getpixel((left | lying)[orientation])
    assert isinstance(red, tuple) and red[0] > 200 > 60 > red[2], "the half that was red is where it belongs"


@pytest.mark.parametrize("kind", KINDS)
def test_the_pixels_of_an_upright_picture_are_not_touched(kind: str) -> None:
    content = noise(kind, exif=exif_of())
    assert same_pixels(opened(examine(content).clean), opened(content))


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_without_metadata_is_stored_byte_for_byte(kind: str) -> None:
    content = noise(kind)
    assert examine(content).clean == content


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_rows": 1}, {"subsampling": 0}])
def test_every_sort_of_jpeg_stays_whole(options: dict[str, Any]) -> None:
    content = noise("JPEG", exif=exif_of(), **options)
    assert same_pixels(opened(examine(content).clean), opened(content))


def test_a_turned_jpeg_keeps_its_quality_and_its_colours() -> None:
    content = noise("JPEG", exif=exif_of(6), quality=95, icc_profile=b"a profile")
    clean = opened(examine(content).clean)
    assert getattr(clean, "quantization", 1) == getattr(opened(content), "quantization", 2)
    assert clean.info["icc_profile"] == b"a profile"


@pytest.mark.parametrize("kind", KINDS)
def test_what_hangs_behind_a_picture_is_cut_off(kind: str) -> None:
    content = a_picture(kind) + b"PK\x03\x04 a film with its place, secret"
    assert examine(content).clean == a_picture(kind)


def test_texts_and_a_date_in_a_png_go() -> None:
    texts = PngInfo()
    texts.add_text("Comment", "secret text")
    texts.add_itxt("XML:com.adobe.xmp", "secret xmp", zip=True)
    clean = examine(a_picture("PNG", pnginfo=texts, exif=exif_of(3))).clean
    assert clean is not None and b"ecret" not in clean
    assert not set(opened(clean).info) - {"icc_profile"}


def test_a_film_of_webp_stays_one() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    content = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], exif=exif_of())
    clean = Image.open(BytesIO(examine(content).clean or b""))
    assert getattr(clean, "n_frames", 0) == 2 and not clean.getexif()


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", KINDS)
def test_parts_that_do_not_fit_are_malformed_or_end_as_a_picture_does(kind: str, part: float) -> None:
    content = noise(kind, exif=exif_of())
    try:
        clean = without_metadata(content[: int(len(content) * part)], MediaType(kind))
    except Malformed:
        return
    assert len(clean) < len(content)


def test_a_segment_of_no_length_is_malformed() -> None:
    with pytest.raises(Malformed):
        without_metadata(b"\xff\xd8\xff\xe1\x00\x00" + a_picture()[2:], MediaType.JPEG)
    with pytest.raises(Malformed):
        without_metadata(a_picture("PNG")[:8] + struct.pack(">I", 2**31) + b"IDAT", MediaType.PNG)


def test_the_telephones_photo_of_the_samples_is_clean() -> None:
    clean = examine(a_photo()).clean
    assert clean is not None and b"Secret Telephone" not in clean and b"secret comment" not in clean
