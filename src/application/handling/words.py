"""Parts of Chinese texts about problems and alerts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ...domain.values import shortened

LONGEST_QUOTE: Final = 300
MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Words:
    """Text patterns with braces for the facts of a matter. Only the body quotes people's words."""

    title: str
    body: str
    sms: str


def of_which(late: int, everything: int) -> str:
    """The Chinese words for how many are overdue; empty for none."""
    if late == everything:
        return "，已逾期" if late == 1 else "，均已逾期"
    return f"，其中{late}项已逾期" if late else ""


def quoted(words: str) -> str:
    """What somebody wrote, as a sentence within ours: shortened, with one punctuation mark at its end."""
    sentence = shortened(words.strip().rstrip("。．.；;，,"), LONGEST_QUOTE)
    return sentence if sentence.endswith(("！", "？", "!", "?")) else f"{sentence}。"


def listed(names: Iterable[str]) -> str:
    """The first names, each once."""
    once = list(dict.fromkeys(names))
    return "、".join(once[:MOST_NAMED]) + ("等" if len(once) > MOST_NAMED else "")


def first_sentences(sentences: Sequence[str], what: str) -> str:
    """The first sentences about several matters, and how many matters are left out: a gateway takes 1,000 characters."""
    told = "".join(sentences[:MOST_NAMED])
    left = len(sentences) - MOST_NAMED
    return f"{told}另有{left}{what}，请登录系统办理。" if left > 0 else told
