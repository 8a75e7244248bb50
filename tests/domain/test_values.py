"""Values are parsed once and then believed: what is let in, what is refused, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.refusals import InvalidValue
from yanbao.domain.values import (
    CREDIT_CODE_ALPHABET,
    CreditCode,
    Phone,
    aware,
    fact_id,
    parse_amount,
    parse_count,
    parse_region_code,
    parse_text,
    shortened,
)

PUBLISHED = [
    "91350100M000100Y43",  # The example of GB 32100-2015 itself.
    "914403001922038216",
    "9144030071526726XG",
    "91440300708461136T",
    "91330100799655058B",
    "91110000802100433B",
    "9111000010169286X1",
    "91610000220568570K",
]
first17 = st.text(CREDIT_CODE_ALPHABET, min_size=17, max_size=17)

# ---------------------------------------------------------------- credit codes


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_credit_codes_are_accepted(code: str) -> None:
    assert CreditCode.parse(code).text == str(CreditCode.parse(code)) == code


def test_a_credit_code_is_trimmed_and_folded_to_plain_upper_case() -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in "91350100m000100y43")
    for written in (" 91350100m000100y43\n", wide):
        assert CreditCode.parse(written) == CreditCode("91350100M000100Y43")


@given(first17)
def test_a_code_with_its_check_character_is_accepted(first: str) -> None:
    code = first + CreditCode.check_character(first)
    assert CreditCode.parse(code).text == code


@given(first17, st.integers(0, 17), st.sampled_from(CREDIT_CODE_ALPHABET))
def test_any_single_character_that_is_changed_is_noticed(first: str, place: int, other: str) -> None:
    code = first + CreditCode.check_character(first)
    if code[place] == other:
        return
    with pytest.raises(InvalidValue) as refused:
        CreditCode.parse(code[:place] + other + code[place + 1 :])
    assert refused.value.field == "creditCode"


@given(first17, st.integers(0, 16))
def test_two_neighbours_that_change_places_are_noticed(first: str, place: int) -> None:
    code = first + CreditCode.check_character(first)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        with pytest.raises(InvalidValue):
            CreditCode.parse(swapped)
    else:
        assert CreditCode.parse(swapped).text == code


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("91350100M000100Y4", "统一社会信用代码应为18位，现为17位。"),
        ("", "统一社会信用代码应为18位，现为0位。"),
        ("91350100M000100IO3", "统一社会信用代码不得含有字符“IO”。"),
        ("91350100M000100Y44", "统一社会信用代码“91350100M000100Y44”的校验位不正确，应为“3”。"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_what_is_wrong(raw: str, sentence: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        CreditCode.parse(raw, field="enterprise.creditCode")
    assert (refused.value.sentence, refused.value.field) == (sentence, "enterprise.creditCode")


# ---------------------------------------------------------------- phones


@pytest.mark.parametrize(
    "raw",
    [
        "13900000001",
        " 139 0000 0001 ",
        "139-0000-0001",
        "+8613900000001",
        "86 13900000001",
        "+86 139-0000-0001",
    ],
)
def test_a_phone_number_is_read_however_it_is_written(raw: str) -> None:
    assert Phone.parse(raw).text == "13900000001"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "1390000000",
        "139000000011",
        "12900000001",
        "03900000001",
        "1390000000a",
        "8613900000001x",
        "+8513900000001",
    ],
)
def test_what_is_no_mobile_number_is_refused(raw: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        Phone.parse(raw, field="dutyPhone")
    assert refused.value.field == "dutyPhone"
    assert refused.value.sentence == "手机号码应为11位数字，以13至19开头。"


def test_a_phone_number_shows_itself_masked() -> None:
    phone = Phone.parse("13812341234")
    assert str(phone) == phone.masked == "138****1234"
    assert f"{phone}" == "138****1234"


@given(st.from_regex(r"\A1[3-9][0-9]{9}\Z"))
def test_every_mobile_number_is_accepted_and_masked(raw: str) -> None:
    assert Phone.parse(raw).text == raw
    assert str(Phone.parse(raw)) == f"{raw[:3]}****{raw[7:]}"


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧", "०१२३४५६७"])
def test_digits_of_other_scripts_are_no_phone_number(digits: str) -> None:
    with pytest.raises(InvalidValue):
        Phone.parse("139" + digits)


# ---------------------------------------------------------------- region codes, texts, numbers


@pytest.mark.parametrize("raw", ["610000", " 611100 "])
def test_a_region_code_has_six_digits(raw: str) -> None:
    assert parse_region_code(raw) == raw.strip()


@pytest.mark.parametrize("raw", ["", "61000", "6100000", "061000", "61000a", "陕西省省省省"])
def test_what_is_no_region_code_is_refused(raw: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_region_code(raw)
    assert refused.value.sentence == f"行政区划代码应为6位数字，现为“{raw}”。"


def test_a_long_text_is_quoted_shortened() -> None:
    assert shortened("一二三四五", 5) == "一二三四五"
    assert shortened("一二三四五六", 5) == "一二三四…"
    with pytest.raises(InvalidValue) as refused:
        parse_region_code("9" * 500)
    assert len(refused.value.sentence) < 60


def test_a_text_is_trimmed_and_measured() -> None:
    def parse(raw: str) -> str:
        return parse_text(raw, what="原因", field="reason", longest=5, shortest=2)

    assert parse("  两个\n") == "两个"
    assert parse("一\n二\t三") == "一\n二\t三"
    assert parse("一\r\n二\r三\r\n") == "一\n二\n三"  # Windows browsers end lines with CRLF.
    for raw, sentence in [
        ("一", "原因至少2个字，现有1个。"),
        ("一二三四五六", "原因最多5个字，现有6个。"),
        ("一\x00二", "原因含有不可见的控制字符。"),
        ("一\x1b二", "原因含有不可见的控制字符。"),
        ("一\ud800二", "原因含有不可见的控制字符。"),
    ]:
        with pytest.raises(InvalidValue) as refused:
            parse(raw)
        assert (refused.value.sentence, refused.value.field) == (sentence, "reason")
    with pytest.raises(InvalidValue) as refused:
        parse_text(" \n", what="姓名", field="name", longest=5)
    assert refused.value.sentence == "姓名不能为空。"


@pytest.mark.parametrize(("raw", "fits"), [(-1, False), (0, True), (9, True), (10, False)])
def test_a_count_lies_within_its_limits(raw: int, fits: bool) -> None:
    if fits:
        assert parse_count(raw, what="人数", field="persons", most=9) == raw
        return
    with pytest.raises(InvalidValue) as refused:
        parse_count(raw, what="人数", field="persons", most=9)
    assert refused.value.sentence == f"人数应在0至9之间，现为{raw}。"


@pytest.mark.parametrize("raw", ["0", "0.001", "12.50", "100", 7, Decimal("99.999"), "1e2"])
def test_an_amount_has_at_most_three_decimals(raw: Decimal | int | str) -> None:
    assert parse_amount(raw, what="药量", field="kg", most=Decimal(100), unit="千克") == Decimal(raw)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("abc", "药量应为数字。"),
        ("", "药量应为数字。"),
        ("NaN", "药量应为数字。"),
        ("Infinity", "药量应为数字。"),
        ("-0.001", "药量应在0至100千克之间，现为-0.001千克。"),
        ("100.001", "药量应在0至100千克之间，现为100.001千克。"),
        ("1e30", "药量应在0至100千克之间，现为10000000000000000000000…千克。"),
        ("1.2345", "药量最多保留三位小数。"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_with_the_figure(raw: str, sentence: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_amount(raw, what="药量", field="kg", most=Decimal(100), unit="千克")
    assert (refused.value.sentence, refused.value.field) == (sentence, "kg")


# ---------------------------------------------------------------- moments and ids


def test_a_moment_without_an_offset_is_refused() -> None:
    moment = datetime(2026, 11, 24, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    assert aware(moment) is moment
    with pytest.raises(InvalidValue) as refused:
        aware(moment.replace(tzinfo=None), field="at")
    assert refused.value.field == "at"


def test_the_same_fact_has_the_same_id_and_another_fact_another() -> None:
    assert fact_id("commitment", "e", 1) == fact_id("commitment", "e", 1)
    assert str(fact_id("commitment", "e", 1)) == "979b0d81-e95b-56fb-b420-c5283c1091a4"
    assert len({fact_id("commitment", "e", n) for n in range(100)}) == 100
    assert fact_id("commitment", "e", 1).version == 5


def test_utc_is_aware() -> None:
    assert aware(datetime(2026, 1, 1, tzinfo=UTC)).tzinfo is UTC


@pytest.mark.parametrize("raw", ["1e200000000", "1e-200000000"])
def test_an_absurd_amount_is_refused_without_being_written_out(raw: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_amount(raw, what="现存药量", field="kg", most=Decimal(100), unit="千克")
    assert refused.value.sentence == "现存药量超出范围，应在0至100千克之间。"


def test_an_amount_of_nothing_has_no_sign() -> None:
    assert str(parse_amount("-0", what="现存药量", field="kg", most=Decimal(100), unit="千克")) == "0"
