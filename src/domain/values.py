"""Values that are parsed once and then believed: credit codes, region codes, phone numbers, bounded numbers and texts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Final, NewType, Self
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from .refusals import InvalidValue
from .visible import has_invisible, visible_length

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
"""The one time zone of the business: every business date and time of day is meant in it."""

RegionId = NewType("RegionId", str)
"""A region is known by its six-digit code: GB/T 2260, or a local pseudo code (611100, 616900)."""
DepartmentId = NewType("DepartmentId", UUID)
EnterpriseId = NewType("EnterpriseId", UUID)
PersonId = NewType("PersonId", UUID)
AccountId = NewType("AccountId", UUID)
CertificateId = NewType("CertificateId", UUID)
ShutdownPeriodId = NewType("ShutdownPeriodId", UUID)
CommitmentId = NewType("CommitmentId", UUID)
MessageId = NewType("MessageId", UUID)

FACTS: Final = UUID("6f1f7a0e-3d55-5c1e-9a52-0d1a2b3c4d5e")
"""Namespace of all ids that are made from business facts."""


def fact_id(*parts: object) -> UUID:
    """The UUIDv5 of a business fact, `fact_id("commitment", enterprise, date, revision)`: the same fact, the same id.

    Never a serial number: after a restore serials come again and a receiver would swallow new facts as duplicates.
    """
    return uuid5(FACTS, "|".join(str(part) for part in parts))


def aware(moment: datetime, *, field: str | None = None) -> datetime:
    """The moment itself when it carries a UTC offset; a naive one is refused."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InvalidValue("时间必须带时区，例如 2026-11-24T09:30:00+08:00。", field=field)
    return moment


CREDIT_CODE_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))


@dataclass(frozen=True, slots=True, order=True)
class CreditCode:
    """统一社会信用代码, GB 32100-2015: 18 characters, the last a check character (weights 3^i mod 31)."""

    text: str

    @classmethod
    def parse(cls, raw: str, *, field: str = "creditCode") -> Self:
        """Trim, fold to upper case and check; refuses wrong length, characters and check character."""
        text = unicodedata.normalize("NFKC", raw).strip().upper()
        if len(text) != 18:
            raise InvalidValue(f"统一社会信用代码应为18位，现为{len(text)}位。", field=field)
        wrong = sorted({c for c in text if c not in CREDIT_CODE_ALPHABET})
        if wrong:
            raise InvalidValue(f"统一社会信用代码不得含有字符“{''.join(wrong)}”。", field=field)
        expected = cls.check_character(text[:17])
        if text[17] != expected:
            raise InvalidValue(f"统一社会信用代码“{text}”的校验位不正确，应为“{expected}”。", field=field)
        return cls(text)

    @staticmethod
    def check_character(first17: str) -> str:
        """The 18th character for the first 17."""
        total = sum(CREDIT_CODE_ALPHABET.index(c) * w for c, w in zip(first17, _CREDIT_WEIGHTS, strict=True))
        return CREDIT_CODE_ALPHABET[-total % 31]

    def __str__(self) -> str:
        return self.text


_PHONE: Final = re.compile(r"1[3-9][0-9]{9}")


@dataclass(frozen=True, slots=True)
class Phone:
    """A mobile number of mainland China: 11 digits, 1 and then 3 to 9."""

    text: str

    @classmethod
    def parse(cls, raw: str, *, field: str = "phone") -> Self:
        """Trim, drop spaces, dashes and a leading +86; refuse what is left if it is no mobile number."""
        text = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", raw))
        text = re.sub(r"^(\+?86)(?=1[0-9]{10}$)", "", text)
        if not _PHONE.fullmatch(text):
            raise InvalidValue("手机号码应为11位数字，以13至19开头。", field=field)
        return cls(text)

    @property
    def masked(self) -> str:
        """138****1234: what everybody sees who does not need the number."""
        return f"{self.text[:3]}****{self.text[-4:]}"

    def __str__(self) -> str:
        return self.masked


def parse_region_code(raw: str, *, field: str = "regionCode") -> RegionId:
    """Six digits, the first not 0; whether such a region exists is the directory's to say."""
    text = unicodedata.normalize("NFKC", raw).strip()
    if not re.fullmatch(r"[1-9][0-9]{5}", text):
        raise InvalidValue(f"行政区划代码应为6位数字，现为“{shortened(text, 20)}”。", field=field)
    return RegionId(text)


def shortened(text: str, length: int) -> str:
    """The text, or its beginning and an ellipsis: for sentences that quote what people typed."""
    return text if len(text) <= length else text[: length - 1] + "…"


def parse_text(
    raw: str, *, what: str, field: str, longest: int, shortest: int = 1, one_line: bool = False
) -> str:
    """A trimmed text within its limits; `shortest` counts what can be seen of it, `longest` everything.

    Refused are characters that nobody sees, and line breaks and tabs where the text is one line: a name, a number.
    """
    text = raw.strip()
    if has_invisible(text):
        raise InvalidValue(f"{what}含有不可见的控制字符。", field=field)
    if one_line and ("\n" in text or "\t" in text):
        raise InvalidValue(f"{what}不得换行或含有制表符。", field=field)
    if shortest and (seen := visible_length(text)) < shortest:
        raise InvalidValue(
            f"{what}不能为空。" if shortest == 1 else f"{what}至少{shortest}个字，现有{seen}个。",
            field=field,
        )
    if len(text) > longest:
        raise InvalidValue(f"{what}最多{longest}个字，现有{len(text)}个。", field=field)
    return text


def parse_count(raw: int, *, what: str, field: str, most: int, least: int = 0) -> int:
    """A whole number within its limits."""
    if not least <= raw <= most:
        raise InvalidValue(f"{what}应在{least}至{most}之间，现为{raw}。", field=field)
    return raw


def parse_amount(raw: Decimal | int | str, *, what: str, field: str, most: Decimal, unit: str) -> Decimal:
    """A non-negative amount with at most three decimals, in `unit` (kg, boxes)."""
    try:
        amount = Decimal(raw)
    except InvalidOperation:
        raise InvalidValue(f"{what}应为数字。", field=field) from None
    if not amount.is_finite():
        raise InvalidValue(f"{what}应为数字。", field=field)
    if amount and abs(amount.adjusted()) > 40:
        # Said without the figure: written out, 1e200000000 would take hundreds of megabytes.
        raise InvalidValue(f"{what}超出范围，应在0至{most:f}{unit}之间。", field=field)
    if not 0 <= amount <= most:
        raise InvalidValue(
            f"{what}应在0至{most:f}{unit}之间，现为{shortened(f'{amount:f}', 24)}{unit}。", field=field
        )
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -3:
        raise InvalidValue(f"{what}最多保留三位小数。", field=field)
    return abs(amount)  # Only zero can still carry a minus sign.


def plain(amount: Decimal) -> str:
    """A decimal without trailing zeros and never with an exponent."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


InspectionId = NewType("InspectionId", UUID)


ProblemId = NewType("ProblemId", UUID)


AttachmentId = NewType("AttachmentId", UUID)


class Client(Enum):
    """Through which client somebody works."""

    WEB = "WEB"
    APP = "APP"
