"""Checks PDF documents: complete, readable, and without scripts, actions or embedded files."""

from __future__ import annotations

import subprocess
import sys
from os import SEEK_END
from typing import BinaryIO, Final

from ...domain.files.attachment import ActiveContent, DocumentUnreadable

SECONDS: Final = 15.0
FOUND: Final = {
    "SCRIPT": "脚本（JavaScript）",
    "OPENING": "打开时自动执行的动作",
    "TRIGGER": "自动触发的动作",
    "LAUNCH": "启动程序或提交数据的动作",
    "EMBEDDED": "内嵌的文件",
}
"""What `pdf_child.py` may find, in words for people."""


def check_pdf(body: BinaryIO) -> None:
    """Raise DocumentUnreadable or ActiveContent.

    A process of its own parses the document: whatever the file does to the parser, only that process ends.
    """
    length = body.seek(0, SEEK_END)
    body.seek(max(0, length - 1024))
    if b"%%EOF" not in body.read(1024):
        raise DocumentUnreadable("PDF文档不完整，请重新上传。")
    body.seek(0)
    word = _word(body.read())
    if word == "ENCRYPTED":
        raise DocumentUnreadable("PDF文档已加密，请去除密码后再上传。")
    if word in FOUND:
        raise ActiveContent(f"PDF文档含有{FOUND[word]}，请另存或打印为普通PDF后再上传。")
    if word != "CLEAN":
        raise DocumentUnreadable("PDF文档无法读取，文件可能已损坏或过于复杂。")


def _word(content: bytes) -> str:
    """What the other process says; nothing when it has used up its memory or time."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", f"{__package__}.pdf_child"],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:  # It has been ended; the caller refuses the document.
        return ""
    return done.stdout.decode("ascii", "replace") if done.returncode == 0 else ""
