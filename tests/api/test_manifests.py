"""Manifests of persisted documents: what is read, and which faults keep the API from starting."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from yanbao.cli.main import app as command_line
from yanbao.cli.main import console as screen
from yanbao.graphql.execution.manifest import UnfitManifest, digest_of, read_manifests
from yanbao.main import asgi
from yanbao.settings import DocumentPolicy, Settings
from yanbao.wiring import wire

from ..support.databases import add_tables
from ..support.dates import start_clock
from ..support.system import schema

WHO = "query Who {\n  viewer {\n    name\n  }\n}"
REGIONS = "query Regions {\n  regions {\n    name\n  }\n}"


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def manifest(path: Path, *texts: str, prefix: str = "") -> Path:
    """As the client preset of graphql-codegen writes it: {hash: document}."""
    return write(path, {prefix + digest_of(text): text for text in texts})


def faults(path: Path) -> list[str]:
    with pytest.raises(UnfitManifest) as unfit:
        read_manifests(path, schema())
    return str(unfit.value).splitlines()


@pytest.mark.parametrize("prefix", ["", "sha256:"])
def test_a_manifest_is_read_with_and_without_the_prefix(tmp_path: Path, prefix: str) -> None:
    file = manifest(tmp_path / "persisted-documents.json", WHO, REGIONS, prefix=prefix)
    assert read_manifests(file, schema()) == {digest_of(WHO): WHO, digest_of(REGIONS): REGIONS}


def test_a_folder_holds_the_manifests_of_several_clients_and_releases(tmp_path: Path) -> None:
    manifest(tmp_path / "app-1.0.json", WHO)
    manifest(tmp_path / "web-1.1.json", WHO, REGIONS)
    (tmp_path / "README.txt").write_text("no manifest")
    assert set(read_manifests(tmp_path, schema())) == {digest_of(WHO), digest_of(REGIONS)}


def test_all_faults_of_all_documents_come_together(tmp_path: Path) -> None:
    invalid, broken, sha1 = "{ viewer { nme } }", "{ viewer {", "a" * 40
    file = write(
        tmp_path / "m.json",
        {
            "0" * 64: WHO,
            sha1: WHO,
            digest_of(invalid): invalid,
            digest_of(broken): broken,
            f"sha256:{digest_of(REGIONS)}": REGIONS,
        },
    )
    assert faults(file) == [
        f"{file}: {'0' * 64}: is not the hash of its document, which is {digest_of(WHO)}",
        f'{file}: {sha1}: is not a sha256 in hex; let the generator use hashAlgorithm: "sha256"',
        f"{file}: {digest_of(invalid)}: Cannot query field 'nme' on type 'Viewer'. (1:12)",
        f"{file}: {digest_of(broken)}: Syntax Error: Expected Name, found <EOF>. (1:11)",
    ]


def test_a_document_beyond_the_limits_is_a_fault_too(tmp_path: Path) -> None:
    many = "{ " + " ".join(f"a{n}: viewer {{ name }}" for n in range(21)) + " }"
    (fault,) = faults(manifest(tmp_path / "m.json", many))
    assert fault.endswith("The document has 21 root fields, 20 are allowed.")


def test_after_twenty_faults_the_rest_is_counted(tmp_path: Path) -> None:
    file = write(tmp_path / "m.json", {f"{n:064}": WHO for n in range(30)})
    assert len(lines := faults(file)) == 21 and lines[-1] == "and 10 more"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file or directory"),
        ("[]", "is not an object of the form {hash: document}"),
        ('{"a": 1}', "is not an object of the form {hash: document}"),
        ("{", "is not JSON in UTF-8: "),
        ("[" * 100_000, "is not "),
    ],
)
def test_a_file_that_is_no_manifest_is_said_to_be_none(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    file = tmp_path / "m.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    (fault,) = faults(file)
    assert fault.startswith(f"{file}: {sentence}")


def test_a_folder_without_manifests_is_no_silent_nothing(tmp_path: Path) -> None:
    assert faults(tmp_path) == [f"{tmp_path}: the folder holds no *.json"]


@pytest.mark.parametrize("policy", list(DocumentPolicy))
def test_the_real_application_answers_by_the_manifest_of_its_settings(
    tmp_path: Path, policy: DocumentPolicy
) -> None:
    start_clock(tmp_path)
    settings = Settings(
        var=tmp_path,
        embedded=False,
        documents=policy,
        documents_manifest=manifest(tmp_path / "m.json", WHO, prefix="sha256:"),
    )
    system = wire(settings)
    add_tables(system.engine)

    async def go() -> tuple[httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(app=asgi(system))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            known = await http.post("/graphql", json={"documentId": f"sha256:{digest_of(WHO)}"})
            return known, await http.post("/graphql", json={"query": "{ viewer { name role } }"})

    known, other = asyncio.run(go())
    system.close()
    assert known.json() == {"data": {"viewer": None}}
    if policy is DocumentPolicy.OPEN:
        assert other.json() == {"data": {"viewer": None}}
    else:
        assert other.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_KNOWN"


def test_the_api_does_not_start_with_a_manifest_that_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YANBAO_VAR", str(tmp_path))
    file = manifest(tmp_path / "m.json", "{ viewer { nme } }")
    monkeypatch.setenv("YANBAO_DOCUMENTS_MANIFEST", str(file))
    assert CliRunner().invoke(command_line, ["migrate"]).exit_code == 0
    with screen().capture() as shown:
        assert CliRunner().invoke(command_line, ["serve"]).exit_code == 2
    assert "YANBAO_DOCUMENTS_MANIFEST:" in shown.get() and "Cannot query field 'nme'" in shown.get()
