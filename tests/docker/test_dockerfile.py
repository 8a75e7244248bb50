"""The image is built in two stages, from the lock, and runs as nobody in particular."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Step = tuple[str, str]


def steps() -> list[Step]:
    """The instructions in order, continuation lines joined, comments left out."""
    text = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [
        (word.upper(), rest.strip())
        for word, _, rest in (line.strip().partition(" ") for line in joined.splitlines())
        if word
    ]


def stages() -> list[list[Step]]:
    found: list[list[Step]] = []
    for step in steps():
        if step[0] == "FROM":
            found.append([])
        if found:
            found[-1].append(step)
    return found


def test_what_builds_is_not_what_runs() -> None:
    build, run = stages()
    assert ("COPY", "--from=build /opt/yanbao /opt/yanbao") in run
    assert not [rest for word, rest in run if word == "RUN" and "pip" in rest]
    assert [rest for word, rest in build if word == "RUN" and "--require-hashes" in rest]


def test_the_images_it_stands_on_have_a_version() -> None:
    arguments = dict(rest.split("=", 1) for word, rest in steps() if word == "ARG")
    names = [rest.split()[0] for word, rest in steps() if word == "FROM"]
    for name in names:
        image = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], name)
        assert re.search(r":\d", image), image
        assert not image.endswith(":latest")


def test_it_runs_as_nobody_in_particular() -> None:
    run = stages()[-1]
    users = [rest for word, rest in run if word == "USER"]
    assert users, "the last stage needs a USER"
    assert users[-1].split(":")[0].isdigit() and users[-1].split(":")[0] != "0"
    assert [word for word, _ in run].index("USER") < [word for word, _ in run].index("ENTRYPOINT")


def test_the_lock_is_copied_before_the_source() -> None:
    copied = [rest for word, rest in stages()[0] if word == "COPY"]
    lock = next(i for i, rest in enumerate(copied) if "requirements.lock" in rest)
    source = next(i for i, rest in enumerate(copied) if rest.split()[0] == "src")
    assert lock < source
    assert "src" not in copied[lock].split()


def test_it_says_how_it_is() -> None:
    (check,) = [rest for word, rest in stages()[-1] if word == "HEALTHCHECK"]
    assert "/healthz" in check
    assert '"python", "-c"' in check, "the image has no curl"


def test_it_is_the_command_line_and_no_shell() -> None:
    assert ("ENTRYPOINT", '["yanbao"]') in stages()[-1]


@pytest.mark.parametrize("word", ["ARG", "ENV"])
def test_no_secret_is_given_by_name(word: str) -> None:
    secrets = re.compile(r"PASSWORD|SECRET|TOKEN|INDEX_URL", re.IGNORECASE)
    assert [rest for kind, rest in steps() if kind == word and secrets.search(rest)] == []


def test_everything_it_copies_is_let_into_the_build() -> None:
    ignored = (ROOT / "docker" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[1] == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        name
        for word, rest in stages()[0]
        if word == "COPY"
        for name in rest.split()[:-1]
        if not name.startswith("-")
    }
    assert copied == let_in
    assert [name for name in copied if not (ROOT / name).exists()] == []
