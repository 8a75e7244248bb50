"""Takes single fields of a ministry's record; what is missing, malformed or too long is refused by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, TypeVar

from ...application.ports.inbound import UnfitRecord
from ...domain.exchange.inbound import RecordFault
from ...domain.refusals import InvalidValue
from ...domain.values import CreditCode
from .profile import Profile

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_AREA: Final = re.compile("[1-9][0-9]{5}(?:[0-9]{6})?")
_WHOLE_COUNTRY: Final = "10"
"""Enterprises that are registered with the state itself have these digits instead of a province's."""
Coded = TypeVar("Coded")


class Fields:
    """The fields of one record. Each method raises UnfitRecord.

    Null, the empty text and a missing field are the same. The methods that begin with `maybe` allow it, and a
    name that is None: the profile has no such field.
    """

    def __init__(self, content: Mapping[str, Any], profile: Profile) -> None:
        self._content = content
        self._profile = profile

    def text(self, name: str, *, longest: int | None = None) -> str:
        value = self._content.get(name)
        if value is None or value == "":
            raise UnfitRecord(RecordFault.MISSING, f"必填字段{name}为空")
        if not isinstance(value, str):
            raise UnfitRecord(RecordFault.MALFORMED, f"字段{name}应为文本")
        most = self._profile.inbound.longest_text if longest is None else longest
        if len(value) > most:
            raise UnfitRecord(RecordFault.TOO_LONG, f"字段{name}超过{most}个字符")
        if not value.strip():
            raise UnfitRecord(RecordFault.MISSING, f"必填字段{name}为空")
        if _CONTROL.search(value):
            raise UnfitRecord(RecordFault.MALFORMED, f"字段{name}含有控制字符")
        return value

    def maybe_text(self, name: str | None) -> str | None:
        return None if name is None or self._nothing(name) else self.text(name)

    def whole(self, name: str, *, least: int, most: int) -> int:
        value = self._content.get(name)
        if value is None:
            raise UnfitRecord(RecordFault.MISSING, f"必填字段{name}为空")
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise UnfitRecord(RecordFault.MALFORMED, f"字段{name}应为{least}至{most}的整数")
        return value

    def code(self, name: str, table: Mapping[Coded, str]) -> Coded:
        given = self.text(name)
        for ours, code in table.items():
            if code == given:
                return ours
        raise UnfitRecord(RecordFault.UNKNOWN_CODE, f"字段{name}的代码不在代码表内")

    def maybe_code(self, name: str | None, table: Mapping[Coded, str]) -> Coded | None:
        return None if name is None or self._nothing(name) else self.code(name, table)

    def time(self, name: str) -> datetime:
        found = self._profile.read_time(self.text(name))
        if found is None:
            raise UnfitRecord(
                RecordFault.MALFORMED,
                f"字段{name}不是2000至2037年间的时间（格式{self._profile.time_format}）",
            )
        return found

    def maybe_time(self, name: str | None) -> datetime | None:
        return None if name is None or self._nothing(name) else self.time(name)

    def maybe_day(self, name: str | None) -> date | None:
        if name is None or self._nothing(name):
            return None
        found = self._profile.read_day(self.text(name))
        if found is None:
            raise UnfitRecord(
                RecordFault.MALFORMED,
                f"字段{name}不是2000至2037年间的日期（格式{self._profile.day_format}）",
            )
        return found

    def place(
        self,
        area_name: str | None,
        company_name: str | None,
        *,
        needs_area: bool = False,
        needs_company: bool = False,
    ) -> tuple[str | None, str | None]:
        """The area, six digits in our own codes, and the credit code; both are checked for our province.

        An enterprise that is registered in another province is taken if the record places it in ours.
        """
        area, company = self._area(area_name), self._company(company_name)
        if needs_area and area is None:
            raise UnfitRecord(RecordFault.MISSING, f"必填字段{area_name}为空")
        if needs_company and company is None:
            raise UnfitRecord(RecordFault.MISSING, f"必填字段{company_name}为空")
        province = self._profile.area_code[:2]
        if area is None and company is not None and company[2:4] not in (province, _WHOLE_COUNTRY):
            raise UnfitRecord(RecordFault.OUTSIDE_PROVINCE, f"字段{company_name}不是本省企业")
        return area, company

    def _area(self, name: str | None) -> str | None:
        given = self.maybe_text(name)
        if given is None:
            return None
        if not _AREA.fullmatch(given):
            raise UnfitRecord(RecordFault.MALFORMED, f"字段{name}应为6位或12位区划代码")
        area = given[:6]
        if area[:2] != self._profile.area_code[:2]:
            raise UnfitRecord(RecordFault.OUTSIDE_PROVINCE, f"字段{name}不属于本省")
        return self._profile.inbound.local_regions.get(area, area)

    def _company(self, name: str | None) -> str | None:
        given = self.maybe_text(name)
        if given is None:
            return None
        try:
            return str(CreditCode.parse(given))
        except InvalidValue:
            # The domain's sentence quotes the value and names no field of the ministry.
            raise UnfitRecord(RecordFault.MALFORMED, f"字段{name}不是有效的统一社会信用代码") from None

    def _nothing(self, name: str) -> bool:
        value = self._content.get(name)
        return value is None or value == ""
