"""Invents plausible names, phone numbers and credit codes that belong to nobody."""

from __future__ import annotations

from random import Random
from typing import Final

from ...domain.values import CREDIT_CODE_ALPHABET, CreditCode

_SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕雷白党侯田惠"
)
_GIVEN_FIRST: Final = "建国志明永红晓海文秀春玉军新宏立振德金俊云天少广庆长雪艳"
_GIVEN_SECOND: Final = "军平华强民峰林杰涛宁波斌辉鹏飞刚龙超勇利娟霞芳梅玲燕萍婷琴莉"

_BRAND_FIRST: Final = "红金银华盛鸿吉祥腾锦宏兴永泰丰瑞庆喜福顺天星光明东秦龙凤彩欣"
_BRAND_SECOND: Final = "光龙花星源运达泰盛兴祥瑞丰发旺升荣安和美丽云鹏飞翔腾辉煌悦乐"
_PRODUCTION_ENDINGS: Final = ("烟花爆竹有限公司", "花炮有限公司", "烟花制造有限公司", "花炮有限责任公司")
_WHOLESALE_ENDINGS: Final = (
    "烟花爆竹批发有限公司",
    "烟花爆竹销售有限公司",
    "日杂烟花爆竹有限责任公司",
    "烟花爆竹专营有限公司",
)
_VILLAGES: Final = (
    "城关镇",
    "东街村",
    "西坡村",
    "南塬村",
    "北沟村",
    "红旗村",
    "前进村",
    "新民村",
    "工业园区",
)

PHONE_BLOCK: Final = "16000"
"""No operator has numbers that begin with 160: even through a real gateway, a demo reaches nobody."""
_CODE_BLOCK: Final = "MAXX"
"""Organisation codes that begin with this are not issued yet."""
_CODE_TAIL: Final = 4
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def person_name(random: Random) -> str:
    """A name of two or three characters."""
    given = random.choice(_GIVEN_SECOND)
    return random.choice(_SURNAMES) + (random.choice(_GIVEN_FIRST) if random.random() < 0.8 else "") + given


def enterprise_name(random: Random, place: str, *, production: bool) -> str:
    """Place, brand and legal form: 蒲城县红光烟花爆竹有限公司. Names may repeat."""
    brand = random.choice(_BRAND_FIRST) + random.choice(_BRAND_SECOND)
    return place + brand + random.choice(_PRODUCTION_ENDINGS if production else _WHOLESALE_ENDINGS)


def address(random: Random, place: str) -> str:
    return f"{place}{random.choice(_VILLAGES)}{random.randint(1, 99)}号"


def phone(index: int) -> str:
    """The phone number for this index, 0 to 999,999; every index has its own number."""
    if not 0 <= index < 1_000_000:
        raise ValueError(f"the demo has a million phone numbers, not one with index {index}")
    return f"{PHONE_BLOCK}{index:06d}"


def credit_code(area: str, index: int) -> str:
    """The credit code for this index and six-digit area: 91610526MAXX…."""
    tail = ""
    rest = index % len(CREDIT_CODE_ALPHABET) ** _CODE_TAIL
    for _ in range(_CODE_TAIL):
        rest, digit = divmod(rest, len(CREDIT_CODE_ALPHABET))
        tail = CREDIT_CODE_ALPHABET[digit] + tail
    body = _CODE_BLOCK + tail
    first17 = f"91{area}{body}{_organisation_check(body)}"
    return first17 + CreditCode.check_character(first17)


def _organisation_check(body: str) -> str:
    """The check character of an organisation code, GB 11714-1997."""
    total = sum(int(c, 36) * w for c, w in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]
