"""Reads when and where a picture was taken, from its EXIF; what makes no sense there is left out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from PIL.ExifTags import GPS, IFD, Base
from PIL.Image import Exif

from ...domain.files.attachment import NO_EVIDENCE, Evidence

_OFFSET: Final = re.compile(r"([+-])(\d{2}):(\d{2})")
_EXACT: Final = Decimal("0.000001")
"""A tenth of a metre, which is more than a telephone knows."""
_HEMISPHERES: Final = {"N": 1, "E": 1, "S": -1, "W": -1}


def evidence_of(exif: Exif) -> Evidence:
    """When and where, each None where the EXIF does not say it or says nonsense."""
    try:
        shot, gps = exif.get_ifd(IFD.Exif), exif.get_ifd(IFD.GPSInfo)
    except Exception:  # noqa: BLE001
        # Pillow raises all kinds of exceptions for a broken directory: then there is no evidence.
        return NO_EVIDENCE
    taken = _local(shot.get(Base.DateTimeOriginal))
    offset = _offset(shot.get(Base.OffsetTimeOriginal))
    latitude = _degrees(gps, GPS.GPSLatitude, GPS.GPSLatitudeRef, "NS", 90)
    longitude = _degrees(gps, GPS.GPSLongitude, GPS.GPSLongitudeRef, "EW", 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        latitude = longitude = None  # Cameras write two zeros when they do not know where they are.
    return Evidence(
        taken_local=None if taken is None else f"{taken:%Y-%m-%dT%H:%M:%S}",
        taken_at=None if taken is None or offset is None else taken.replace(tzinfo=offset),
        latitude=latitude,
        longitude=longitude,
    )


def _local(raw: object) -> datetime | None:
    """The camera's clock, which names no zone."""
    try:
        return datetime.strptime(str(raw).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:  # It is missing, empty or nonsense.
        return None


def _offset(raw: object) -> timezone | None:
    found = _OFFSET.fullmatch(str(raw).strip("\0 "))
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        return None
    away = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(away if found[1] == "+" else -away)


def _degrees(gps: Mapping[int, Any], value: int, ref: int, refs: str, most: int) -> Decimal | None:
    """Degrees, minutes and seconds as one figure, negative in the south and west."""
    side = str(gps.get(ref, "")).strip("\0 ").upper()
    try:
        degrees, minutes, seconds = (float(part) for part in gps[value])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):  # It is missing or nonsense.
        return None
    total = degrees + minutes / 60 + seconds / 3600
    if not side or side not in refs or not math.isfinite(total) or not 0 <= total <= most:
        return None
    return (Decimal(total) * _HEMISPHERES[side]).quantize(_EXACT)
