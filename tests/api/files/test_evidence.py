"""When and where a picture was taken: for who sees the record, as fields, and no longer in the file."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from ...support.asking import Somebody, World, a_world
from ...support.samples import a_picture
from ..problem.issuing import to_the_factory
from .filing import download, upload
from .test_tickets import report_progress

FIELDS = "name size takenAt takenLocal latitude longitude"


def a_picture_of_a_place() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    shot, gps = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    shot[0x9003], shot[0x9011] = "2026:11:24 09:30:00", "+08:00"
    gps[2], gps[1], gps[4], gps[3] = (34.0, 16.0, 30.0), "N", (108.0, 56.0, 24.36), "E"
    return a_picture(exif=exif)


def seen(by: Somebody, id: str) -> object:
    return by.ask(f"query($id: ID!) {{ node(id: $id) {{ ... on Attachment {{ {FIELDS} }} }} }}", id=id)[
        "node"
    ]


def test_who_sees_the_record_sees_when_and_where_and_the_file_does_not_say() -> None:
    world: World = a_world(enterprises=6)
    problem, head, county = to_the_factory(world), world("enterprise-head"), world("county-duty")
    id = upload(head, a_picture_of_a_place(), "整改后.jpg")
    assert seen(county, id) is None, "nobody sees it yet but its owner"
    report_progress(world, problem, id)
    back = download(county, id).content
    assert seen(county, id) == {
        "name": "整改后.jpg",
        "size": len(back),
        "takenAt": "2026-11-24T09:30:00+08:00",
        "takenLocal": "2026-11-24T09:30:00",
        "latitude": "34.275",
        "longitude": "108.9401",
    }
    picture = Image.open(BytesIO(back))
    assert picture.size == (400, 640) and not picture.getexif() and b"Exif" not in back
