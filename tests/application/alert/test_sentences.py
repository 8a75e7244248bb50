"""An SMS about many matters stays within what a gateway takes."""

from __future__ import annotations

from yanbao.application.handling.words import first_sentences


def test_few_matters_are_all_told() -> None:
    assert first_sentences(["甲。", "乙。", "丙。"], "项预警") == "甲。乙。丙。"


def test_of_many_matters_the_first_are_told_and_the_rest_counted() -> None:
    assert (
        first_sentences([f"{n}。" for n in range(13)], "项预警") == "0。1。2。另有10项预警，请登录系统办理。"
    )
