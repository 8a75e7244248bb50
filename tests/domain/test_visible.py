"""What can be seen of a text, whatever the text is; and that nothing else is ever taken for words."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.domain.directory.organisation import Level, Region, Role
from yanbao.domain.handling.check import check_feedback
from yanbao.domain.handling.feedback import FeedbackForm
from yanbao.domain.refusals import InvalidForm, InvalidValue, Refused
from yanbao.domain.values import parse_text
from yanbao.domain.visible import has_invisible, visible_length

from ..support.builders import DAY, a_department, a_permit, a_person, a_warehouse, a_workshop, an_enterprise

UNSEEN_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
EMOJI = ["👨‍👩‍👧", "🏳️‍🌈", "❤️", "👩🏽‍🚒", "1️⃣", "🙂‍↔️", "☎︎"]
RARE = "葛\U000e0100"
"""A Chinese character with a selector of its shape, as registers of names have it."""

OUT_OF_PLACE = st.sampled_from(
    "\x00\x1b\x7f\u00ad\u200b\u200c\u200e\u202a\u202e\u2028\u2060\u2066\u2069\u3164\ufeff"
)
WORDS = st.text("整改完成，已培训3人。abc \n", min_size=1, max_size=20)
INVISIBLE = st.text(
    st.sampled_from("\u200b\u2060\u200d\ufeff\u202e\u2069\ufe0f\u3164\u00ad\n\t \u3000"), max_size=10
)


def parse(raw: str, *, shortest: int = 1, one_line: bool = False) -> str:
    return parse_text(raw, what="原因", field="reason", longest=200, shortest=shortest, one_line=one_line)


def test_no_character_of_control_or_format_has_a_place_in_a_text() -> None:
    stay = {"\n", "\t"}
    unseen = [
        c
        for c in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(c) in UNSEEN_CATEGORIES and c not in stay
    ]
    assert len(unseen) > 2_000
    assert [hex(ord(c)) for c in unseen if not has_invisible(f"整{c}改")] == []


@pytest.mark.parametrize(
    "text", [*EMOJI, RARE, "一\n二\t三", "（陕）YH安许证字〔2026〕①号", "㎏≥５℃", "\u3000", ""]
)
def test_what_people_write_has_nothing_invisible(text: str) -> None:
    assert not has_invisible(text)
    assert not has_invisible(f"已整改{text}")


@pytest.mark.parametrize(
    "text",
    [
        "张\u200d三",
        "\u200d",
        "👨\u200d",
        "\u200d👨",
        "整改 \ufe0f",
        "\ufe0f",
        "\U000e0100",
        "❤️\ufe0f",
        "\ufffe",
    ],
)
def test_joiners_and_selectors_stay_only_where_they_do_something(text: str) -> None:
    assert has_invisible(text)


@given(WORDS, OUT_OF_PLACE, WORDS)
def test_a_character_out_of_place_is_refused_wherever_it_stands(before: str, unseen: str, after: str) -> None:
    with pytest.raises(InvalidValue, match="不可见的控制字符"):
        parse(f"{before}字{unseen}字{after}")


@given(st.text(max_size=60) | INVISIBLE, st.integers(0, 6), st.booleans())
def test_an_accepted_text_shows_at_least_what_was_asked_for(raw: str, shortest: int, one_line: bool) -> None:
    try:
        text = parse(raw, shortest=shortest, one_line=one_line)
    except InvalidValue as refused:
        assert refused.field == "reason"
        return
    seen = [c for c in text if not c.isspace() and unicodedata.category(c) not in (*UNSEEN_CATEGORIES, "Mn")]
    assert visible_length(text) >= shortest
    assert len(seen) <= visible_length(text) <= len(text)
    assert not (one_line and len(text.splitlines()) > 1)


@given(INVISIBLE)
def test_what_nobody_sees_is_no_text(raw: str) -> None:
    assert visible_length(raw) == 0
    with pytest.raises(InvalidValue):
        parse(raw)
    with pytest.raises(InvalidValue):
        a_person(raw, Role.INSPECTOR, of=a_department(), phone="13900000001")


def test_the_least_length_counts_what_can_be_seen() -> None:
    for raw, seen in (("一 二", 2), ("一\u3000二\n三", 3), ("👨‍👩‍👧", 3), (RARE, 1), ("一\ufe0f二\ufe0f", 2)):
        assert visible_length(raw) == seen
        assert parse(raw, shortest=seen) == raw
        with pytest.raises(InvalidValue) as refused:
            parse(raw, shortest=seen + 2)
        assert refused.value.sentence == f"原因至少{seen + 2}个字，现有{seen}个。"


def test_one_line_is_one_line() -> None:
    assert parse(" 张三\n", one_line=True) == "张三"
    for raw in ("张\n三", "张\t三"):
        with pytest.raises(InvalidValue) as refused:
            parse(raw, one_line=True)
        assert refused.value.sentence == "原因不得换行或含有制表符。"


@pytest.mark.parametrize("between", ["\n", "\t", "\u2028", "\u202e", "\u200b"])
@pytest.mark.parametrize(
    "make",
    [
        lambda text: a_person(text, of=a_department(), phone="13900000001"),
        lambda text: a_department(text),
        lambda text: an_enterprise(text),
        lambda text: a_workshop(text),
        lambda text: a_warehouse(text),
        lambda text: a_permit(an_enterprise(), number=text),
        lambda text: Region.parse("610000", text, Level.PROVINCE, None, False, None),
    ],
)
def test_names_and_numbers_are_one_line_that_can_be_seen(make: Callable[[str], object], between: str) -> None:
    with pytest.raises((InvalidValue, InvalidForm)) as refused:
        make(f"甲{between}乙")
    items = refused.value.items if isinstance(refused.value, InvalidForm) else (refused.value,)
    assert {item.field for item in items} <= {"name", "number", "address"}


@given(INVISIBLE, st.booleans())
def test_a_feedback_that_nobody_can_read_is_refused_in_every_part(raw: str, final: bool) -> None:
    form = FeedbackForm(raw, raw, raw, raw, DAY + timedelta(days=1))
    with pytest.raises(Refused) as refused:
        check_feedback(form, final=final, today=DAY, work="整改")
    assert isinstance(refused.value, InvalidForm)
    fields = {item.field for item in refused.value.items}
    assert fields >= {"situation", "measures", "outcome" if final else "progress"}
