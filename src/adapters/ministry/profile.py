"""The ministry's interface as data: one JSON file with field names, codes, paths, formats and algorithms.

These classes are the file's model, and the only one: they check it, and the code reads from them. Our names
stand on the left, the ministry's on the right. `docs/exchange-profile.schema.json` is made from them.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from typing import Annotated, Any, Final, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from ...application.ports.exchange import RecordKind
from ...application.ports.inbound import UnreadableMessage
from .dates import Pattern
from .encryption import Encryption
from .inbound_profile import Inbound
from .outbound_profile import Outbound
from .profile_parts import Area, Code, Name, Part, Text
from .signers import Signing
from .strict import parsed_object


class UnfitProfile(ValueError):
    """A profile cannot be used; `errors` are English lines that name the place, such as `inbound.batch: …`."""

    def __init__(self, source: str, errors: list[str]) -> None:
        super().__init__(f"{source}: " + "; ".join(errors))
        self.source = source
        self.errors = errors


class Seals(Enum):
    """What a cipher covers: the whole message, or only its data; the other keys then stay in the clear."""

    WHOLE = "WHOLE"
    DATA = "DATA"


class HeaderNames(Part):
    """The names of the four headers of a signature; they are matched in any case."""

    app_id: Name = "X-App-Id"
    timestamp: Name = "X-Timestamp"
    nonce: Name = "X-Nonce"
    signature: Name = "X-Signature"


class Envelope(Part):
    """The JSON keys of a message, an answer, a receipt enquiry and a poll.

    With a cipher, `sealed` holds the ciphertext, and `encryption` names the cipher beside it, unless it is
    null. `seals_answers` says whether the ministry and we encrypt answers, too.

    A poll confirms messages by `confirmed`, and lists those that wait under `messages`; the text under
    `message` is what would be posted to us.
    """

    message_id: Name
    message_type: Name
    area_code: Name
    sent_at: Name
    data: Name
    code: Name
    sentence: Name
    success: Name
    fail: Name
    record_id: Name
    seals: Seals
    sealed: Name
    encryption: Name | None
    seals_answers: bool
    date: Name
    page: Name
    page_size: Name
    total: Name
    receipts: Name
    digest: Name
    messages: Name = "messages"
    message: Name = "message"
    confirmed: Name = "confirmed"

    @model_validator(mode="after")
    def _different(self) -> Self:
        groups = {
            "a message": ("message_id", "message_type", "area_code", "sent_at", "data"),
            "an answer": ("code", "sentence", "data"),
            "the data of an answer": ("success", "fail"),
            "a refused record": ("record_id", "code", "sentence"),
            "an enquiry": ("message_type", "date", "page", "page_size"),
            "a receipt": ("record_id", "digest"),
            "a page of receipts": ("total", "receipts"),
            "a poll": ("message_id", "page", "page_size", "confirmed"),
            "a page of messages": ("total", "messages"),
            "a waiting message": ("record_id", "message"),
        }
        for what, names in groups.items():
            if len({getattr(self, name) for name in names}) < len(names):
                raise ValueError(f"two keys of {what} have the same name: {', '.join(names)}")
        kept = ("message_id", "message_type", "area_code", "sent_at", "encryption")
        if self.sealed in {getattr(self, name) for name in kept}:
            raise ValueError("sealed: another key of a message has the same name")
        return self


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise ValueError(f"{name!r} is no time zone") from unknown
    return name


def _time(text: str) -> str:
    Pattern(text, whole_days=False)
    return text


def _day(text: str) -> str:
    Pattern(text, whole_days=True)
    return text


class Profile(Part):
    """One edition of the exchange. Times are written in `zone`."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    name: Text
    version: Text
    app_id: Text
    area_code: Area
    zone: Annotated[str, AfterValidator(_zone)]
    time_format: Annotated[str, AfterValidator(_time)]
    day_format: Annotated[str, AfterValidator(_day)]
    signer: Signing
    cipher: Encryption
    headers: HeaderNames
    envelope: Envelope
    outbound: Outbound
    inbound: Inbound
    schema_: Annotated[str | None, Field(alias="$schema", description="For editors; ignored.")] = None

    @model_validator(mode="after")
    def _headers_differ(self) -> Self:
        names = [name.lower() for name in self.headers.model_dump().values()]
        if len(set(names)) < len(names):
            raise ValueError("headers: two headers have the same name")
        ours, theirs = self.outbound.gb_regions, self.inbound.local_regions
        for gb, local in theirs.items():
            if ours.get(local, gb) != gb:
                raise ValueError(
                    f"inbound.local_regions.{gb}: outbound.gb_regions has {ours[local]} for {local}"
                )
        return self

    @cached_property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _times(self) -> Pattern:
        return Pattern(self.time_format, whole_days=False)

    @cached_property
    def _days(self) -> Pattern:
        return Pattern(self.day_format, whole_days=True)

    def write_time(self, moment: datetime) -> str:
        """An aware instant as the ministry writes it."""
        return self._times.write(moment.astimezone(self.timezone))

    def write_day(self, day: date) -> str:
        return self._days.write(day)

    def read_time(self, text: str) -> datetime | None:
        """The aware instant; None if the text is none within the years 2000 to 2037."""
        return self._times.read(text, self.timezone)

    def read_day(self, text: str) -> date | None:
        found = self._days.read(text, self.timezone)
        return None if found is None else found.date()

    def path(self, kind: RecordKind) -> str:
        """The path to push messages of a kind to, below the platform's address."""
        return self.outbound.base_path + self.outbound.records[kind].path

    @property
    def receipts_path(self) -> str:
        return self.outbound.base_path + self.outbound.receipts_path

    def message_type(self, kind: RecordKind) -> Code:
        return self.outbound.records[kind].message_type


def read_profile(content: bytes, *, source: str) -> Profile:
    """The profile in a file's content. Raises UnfitProfile with every mistake that was found."""
    try:
        return Profile.model_validate(parsed_object(content))
    except UnreadableMessage as no:
        raise UnfitProfile(source, [f"the file cannot be read: {no.reason}"]) from None
    except ValidationError as unfit:
        raise UnfitProfile(source, [_line(one) for one in unfit.errors(include_url=False)]) from None


def profile_schema() -> dict[str, Any]:
    """The JSON Schema of a profile's file, for editors and for whoever writes one."""
    schema = Profile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


_PLACE: Final = re.compile(r"[a-z_0-9]+(\.[A-Za-z_0-9]+)*: ")


def _line(error: ErrorDetails) -> str:
    place = ".".join(str(getattr(part, "value", part)) for part in error["loc"] if part != "[key]")
    known = {"missing": "is missing", "extra_forbidden": "is not known"}
    message = known.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    if place and _PLACE.match(message):
        # A check over several parts names the one within the part that it belongs to.
        return f"{place}.{message}"
    return f"{place}: {message}" if place else message
