"""Values that are validated when parsed: credit codes, region codes, phone numbers, numbers and texts."""

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
"""The only business time zone: every business date and time of day is in it."""

RegionId = NewType("RegionId", str)
"""The six-digit code of a region: GB/T 2260, or a local pseudo code (611100, 616900)."""
DepartmentId = NewType("DepartmentId", UUID)
EnterpriseId = NewType("EnterpriseId", UUID)
PersonId = NewType("PersonId", UUID)
AccountId = NewType("AccountId", UUID)
CertificateId = NewType("CertificateId", UUID)
ShutdownPeriodId = NewType("ShutdownPeriodId", UUID)
CommitmentId = NewType("CommitmentId", UUID)
MessageId = NewType("MessageId", UUID)
RegionReportId = NewType("RegionReportId", UUID)

FACTS: Final = UUID("6f1f7a0e-3d55-5c1e-9a52-0d1a2b3c4d5e")
"""The UUIDv5 namespace of all ids that are made from business facts."""


def fact_id(*parts: object) -> UUID:
    """Make the UUIDv5 of a business fact from its parts; the same fact always gets the same id.

    An example is `fact_id("commitment", enterprise, date, revision)`. Ids are never serial numbers: after a
    restore from backup the numbers would repeat, and receivers would drop new facts as duplicates. A fact
    that is made anew after a restore has its epoch as last part; see `restore.epoch_of`.
    """
    return uuid5(FACTS, "|".join(str(part) for part in parts))


def aware(moment: datetime, *, field: str | None = None) -> datetime:
    """Return the moment if it has a UTC offset. Raises InvalidValue for a naive one."""
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
        """Trim, convert to upper case and check. Refuses a wrong length, character or check character."""
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
        """Compute the 18th character from the first 17."""
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
        """Drop spaces, dashes and a leading 86 or +86. Refuses the rest if it is not a mobile number."""
        text = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", raw))
        text = re.sub(r"^(\+?86)(?=1[0-9]{10}$)", "", text)
        if not _PHONE.fullmatch(text):
            raise InvalidValue("手机号码应为11位数字，以13至19开头。", field=field)
        return cls(text)

    @property
    def masked(self) -> str:
        """The number as 138****1234, for everybody who does not need the full one."""
        return f"{self.text[:3]}****{self.text[-4:]}"

    def __str__(self) -> str:
        return self.masked


def parse_region_code(raw: str, *, field: str = "regionCode") -> RegionId:
    """Parse six digits, the first not 0. Only the directory knows whether the region exists."""
    text = unicodedata.normalize("NFKC", raw).strip()
    if not re.fullmatch(r"[1-9][0-9]{5}", text):
        raise InvalidValue(f"行政区划代码应为6位数字，现为“{shortened(text, 20)}”。", field=field)
    return RegionId(text)


def shortened(text: str, length: int) -> str:
    """Cut the text to `length` characters, with an ellipsis, for sentences that quote user input."""
    return text if len(text) <= length else text[: length - 1] + "…"


def trimmed(raw: str) -> str:
    """Trim a text, and end its lines with LF: browsers on Windows send CRLF."""
    return raw.replace("\r\n", "\n").replace("\r", "\n").strip()


def parse_text(
    raw: str, *, what: str, field: str, longest: int, shortest: int = 1, one_line: bool = False
) -> str:
    """Trim a text as `trimmed` and check its length: `shortest` counts visible characters, `longest` all.

    Refuses invisible characters. Refuses line breaks and tabs, too, if the text is `one_line`: a name, a
    number.
    """
    text = trimmed(raw)
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
    """Return the number if it lies from `least` to `most`, both included."""
    if not least <= raw <= most:
        raise InvalidValue(f"{what}应在{least}至{most}之间，现为{raw}。", field=field)
    return raw


def parse_amount(raw: Decimal | int | str, *, what: str, field: str, most: Decimal, unit: str) -> Decimal:
    """Parse an amount from 0 to `most` with at most three decimals; the sentence shows `unit` (千克, 箱)."""
    try:
        amount = Decimal(raw)
    except InvalidOperation:
        raise InvalidValue(f"{what}应为数字。", field=field) from None
    if not amount.is_finite():
        raise InvalidValue(f"{what}应为数字。", field=field)
    if amount and abs(amount.adjusted()) > 40:
        # The sentence omits the figure: 1e200000000 written out would take hundreds of megabytes.
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
    """Format a decimal without trailing zeros and without an exponent."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


InspectionId = NewType("InspectionId", UUID)


ProblemId = NewType("ProblemId", UUID)
AlertId = NewType("AlertId", UUID)


AttachmentId = NewType("AttachmentId", UUID)
ExportId = NewType("ExportId", UUID)


class Client(Enum):
    """The client program that somebody uses."""

    WEB = "WEB"
    APP = "APP"
