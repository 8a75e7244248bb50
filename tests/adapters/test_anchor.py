"""The anchor file: every line on the disk, a half-written one ignored and completed, breaks signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from yanbao.adapters.anchor import FileAnchor
from yanbao.application.ports.operations import AnchorBreak, AnchorUnreadable, NoAuditKey

KEY = b"a key for tests, of thirty-two b"
BREAK = AnchorBreak(
    at=datetime(2026, 11, 24, 8, tzinfo=UTC),
    by="周强",
    reason="磁盘损坏，从备份恢复",
    lost=(9, "aa"),
    head=(7, "bb"),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "another disk" / "anchor.log"


def test_what_was_kept_is_read_in_its_order(file: Path) -> None:
    anchor = FileAnchor(file, key=KEY)
    assert anchor.lines() == []
    anchor.keep(1, "aa")
    anchor.keep_break(BREAK)
    anchor.keep(7, "bb")
    assert FileAnchor(file, key=KEY).lines() == [(1, "aa"), BREAK, (7, "bb")]
    assert file.read_text("ascii").startswith("1 aa\nbreak {")


@pytest.mark.parametrize("half", ["1", "12", "12 ", "12 ab", "break {"])
def test_a_half_written_last_line_is_ignored_with_a_warning_and_completed_by_the_next_anchor(
    file: Path, half: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As a crash leaves it: the beginning of a line, without its end."""
    anchor = FileAnchor(file)
    anchor.keep(9, "aa")
    with file.open("a") as out:
        out.write(half)
    assert anchor.lines() == [(9, "aa")]
    assert "incomplete and is ignored" in caplog.text
    caplog.clear()
    before = file.read_bytes()
    anchor.keep(12, "abcd")
    assert anchor.lines() == [(9, "aa"), (12, "abcd")]
    assert caplog.text == ""
    assert file.read_bytes().startswith(before), "only ever appended to: a disk may allow nothing else"


@pytest.mark.parametrize("line", ["", "9", "nine aa", "9 aa bb", "break", "break {}", "break []"])
def test_a_whole_line_that_is_no_anchor_is_not_passed_over(file: Path, line: str) -> None:
    anchor = FileAnchor(file, key=KEY)
    anchor.keep(9, "aa")
    with file.open("a") as out:
        out.write(f"{line}\n")
    with pytest.raises(AnchorUnreadable, match="line 2"):
        anchor.lines()


def test_a_break_is_signed_and_a_changed_one_is_found(file: Path) -> None:
    FileAnchor(file, key=KEY).keep_break(BREAK)
    file.write_text(file.read_text().replace("[7,", "[5,").replace("[7, ", "[5, "))
    with pytest.raises(AnchorUnreadable, match="wrong signature"):
        FileAnchor(file, key=KEY).lines()


def test_a_break_by_another_key_is_found(file: Path) -> None:
    FileAnchor(file, key=KEY).keep_break(BREAK)
    with pytest.raises(AnchorUnreadable, match="wrong signature"):
        FileAnchor(file, key=KEY[::-1]).lines()


def test_without_a_key_no_break_is_written_or_believed(file: Path) -> None:
    with pytest.raises(NoAuditKey, match="YANBAO_AUDIT_KEY"):
        FileAnchor(file).keep_break(BREAK)
    assert not file.exists()
    FileAnchor(file, key=KEY).keep_break(replace(BREAK, lost=None))
    with pytest.raises(NoAuditKey):
        FileAnchor(file).lines()


def test_a_file_that_holds_something_else_is_no_anchor(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe 9")
    with pytest.raises(AnchorUnreadable, match="not a file of anchors"):
        FileAnchor(file).lines()
