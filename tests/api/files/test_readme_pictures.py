"""The README's way of a picture, from a front end: its documents and its curl lines, word for word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ...support.asking import World, a_world
from ...support.patience import FOR_EVER
from ...support.samples import a_photo
from ...support.serving import serving
from ..problem.issuing import to_the_factory
from ..problem.test_problems import FEEDBACK, step

README = Path(__file__).parents[3] / "README.md"
HEADLINE = "## A picture, from a front end"


def blocks() -> list[tuple[str, str]]:
    """(language, text) of the section, in their order."""
    section = README.read_text(encoding="utf-8").split(f"{HEADLINE}\n")[1].split("\n## ")[0]
    return re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def world() -> World:
    return a_world(enterprises=6)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_a_picture_goes_the_way_of_the_readme(world: World, tmp_path: Path) -> None:
    problem, head = to_the_factory(world), world("enterprise-head")
    step(head, "acknowledgeProblem", problem, 1)
    step(head, "rectifyProblem", problem, 2)
    (tmp_path / "整改后.jpg").write_bytes(a_photo())
    send, put, attach, show, get = blocks()

    def ask(block: tuple[str, str], **variables: Any) -> dict[str, Any]:
        assert block[0] == "graphql"
        ((_, answer),) = head.ask(block[1], **variables).items()
        assert "code" not in answer, answer
        return dict(answer)

    def run(block: tuple[str, str], url: str) -> str:
        assert block[0] == "sh" and block[1].count("http://127.0.0.1:8000") == 1
        line = block[1].replace("http://127.0.0.1:8000", server)
        known = {"TOKEN": head.token or "", "URL": url, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["sh", "-ec", line], cwd=tmp_path, env=known, capture_output=True, timeout=FOR_EVER, check=False
        )
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout.decode()

    with serving(world.system) as port:
        server = f"http://127.0.0.1:{port}"
        ready = ask(send, name="整改后.jpg", size=len(a_photo()))
        assert '"mediaType":"JPEG"' in run(put, ready["url"])
        feedback = FEEDBACK | {"attachments": [ready["attachmentId"]]}
        found = ask(attach, problem=problem, revision=3, feedback=feedback)
        (picture,) = found["problem"]["feedbacks"][0]["attachments"]
        assert picture == {
            "id": ready["attachmentId"],
            "name": "整改后.jpg",
            "mediaType": "JPEG",
            "thumbnail": True,
        }
        run(get, ask(show, picture=picture["id"])["url"])
    assert (tmp_path / "small.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
