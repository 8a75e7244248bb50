"""What is committed works on every machine and gives nothing away; and the two locks are of one mind."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from .sources import ROOT

# Written so that no pattern finds itself.
INDEX = re.compile(
    r"(?<![\w-])--(extra-)?inde[x]-url|--find-link[s]|://[^\s\"'>]*/simpl[e](/|\b)|pypi\.or[g]|pythonhoste[d]"
)
MACHINE = re.compile(r"(?<![\w.-])/(home|Users|work)/\w|(?<![\w.-])/roo[t]/|\b[A-Z]:\\\\?Users\b")
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KE[Y]-----")
PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


@cache
def committed() -> list[Path]:
    """The files that git knows, new ones included and ignored ones not."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def found(pattern: re.Pattern[str]) -> list[str]:
    places = []
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # A workbook or a picture: nothing that is written by hand.
        places += [
            f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, hit.start()) + 1}"
            for hit in pattern.finditer(text)
        ]
    return places


def test_no_file_names_a_package_index() -> None:
    assert found(INDEX) == []


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    assert found(MACHINE) == []


def test_no_file_holds_a_private_key() -> None:
    assert found(PRIVATE_KEY) == []


def test_no_environment_database_or_log_is_committed() -> None:
    kept = [path for path in committed() if re.search(r"^\.env|\.(sqlite|db|log|pem|key)$", path.name)]
    assert [path.name for path in kept] in ([], [".env.example"])


def test_the_locks_agree_and_every_pin_has_its_hash() -> None:
    pins = {}
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins[name] = {(package, version.rstrip(" \\;")) for package, version in PIN.findall(text)}
        blocks = re.split(r"\n(?=\S)", text.strip())
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert pins["requirements.lock"] - pins["requirements-dev.lock"] == set()


def test_ci_is_make_check_and_make_check_ends_with_every_test() -> None:
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "make check"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    check = makefile.partition("\ncheck:")[2].partition("\n\n")[0]
    assert check.splitlines()[-1] == "\t@$(MAKE) --no-print-directory test"
    assert all(
        tool in check for tool in ("ruff check", "ruff format --check", "mypy", "lint-imports", "schema")
    )
    assert script.stat().st_mode & 0o111
