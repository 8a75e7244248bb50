"""Half a configuration is refused, and what is missing is named."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import ValidationError

from yanbao.adapters.ministry.profile import UnfitProfile
from yanbao.adapters.ministry.shipped import shipped_profile
from yanbao.adapters.ministry.signers import Signing
from yanbao.adapters.ministry.simulator.__main__ import INBOUND_APP_ID, INBOUND_SECRET
from yanbao.settings import DEMO_INBOUND, FileStoreKind, Settings
from yanbao.wiring import exchange_profile, make_ministry

COMPLETE = {
    "PROFILE": "production",
    "DATABASE_URL": "postgresql+psycopg://db/yanbao",
    "MINISTRY_URL": "https://ministry.test",
    "MINISTRY_APP_ID": "app",
    "MINISTRY_SECRET": "s1",
    "AUDIT_ANCHOR": "anchor.log",
    "SMS": "mas",
    "SMS_HOST": "https://mas.test",
    "SMS_EC_NAME": "name",
    "SMS_AP_ID": "ap",
    "SMS_SECRET_KEY": "s2",
    "SMS_SIGN": "sign",
    "SMS_RECEIPT_PATH_SECRET": "s3",
}


S3 = {
    "FILE_STORE": "s3",
    "S3_URL": "https://s3.test:9000",
    "S3_BUCKET": "files",
    "S3_ACCESS_KEY": "access",
    "S3_SECRET_KEY": "s4",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"YANBAO_{name.upper()}", raising=False)
    for name, value in COMPLETE.items():
        monkeypatch.setenv(f"YANBAO_{name}", value)
    return monkeypatch


def test_a_complete_configuration_is_taken(environment: pytest.MonkeyPatch) -> None:
    assert Settings().receipt_path == "/callbacks/sms/mas/s3"


@pytest.mark.parametrize("name", sorted(set(COMPLETE) - {"PROFILE"}))
def test_whatever_production_lacks_is_named(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(f"YANBAO_{name}")
    with pytest.raises(ValidationError, match=rf"please set: YANBAO_{name}\b"):
        Settings()


def test_production_does_not_start_with_texts_that_only_go_to_the_log(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("YANBAO_SMS", "console")
    with pytest.raises(ValidationError, match=r"please set: YANBAO_SMS\b"):
        Settings()


def test_the_demo_needs_no_configuration(environment: pytest.MonkeyPatch) -> None:
    for name in COMPLETE:
        environment.delenv(f"YANBAO_{name}")
    assert Settings().database.startswith("sqlite:///")


def test_the_address_of_the_monitoring_platform_is_a_web_address_or_none(
    environment: pytest.MonkeyPatch,
) -> None:
    assert Settings().monitoring_url is None
    environment.setenv("YANBAO_MONITORING_URL", "https://monitoring.test/rates")
    assert Settings().monitoring_url == "https://monitoring.test/rates"
    environment.setenv("YANBAO_MONITORING_URL", "monitoring.test")
    with pytest.raises(ValidationError, match="YANBAO_MONITORING_URL"):
        Settings()


def test_files_are_kept_in_a_folder_unless_said_otherwise(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("YANBAO_VAR", "somewhere")
    assert Settings().files_folder == Path("somewhere/files")
    environment.setenv("YANBAO_FILES", "elsewhere")
    assert Settings().files_folder == Path("elsewhere")


def test_an_s3_compatible_store_is_taken_with_its_account(environment: pytest.MonkeyPatch) -> None:
    for name, value in S3.items():
        environment.setenv(f"YANBAO_{name}", value)
    settings = Settings()
    assert settings.file_store is FileStoreKind.S3 and "s4" not in repr(settings)


@pytest.mark.parametrize("name", sorted(set(S3) - {"FILE_STORE"}))
def test_whatever_an_s3_compatible_store_lacks_is_named(environment: pytest.MonkeyPatch, name: str) -> None:
    for known, value in S3.items():
        environment.setenv(f"YANBAO_{known}", "" if known == name else value)
    with pytest.raises(ValidationError, match=rf"please set: YANBAO_{name}\b"):
        Settings()


@pytest.mark.parametrize("url", ["s3.test", "ftp://s3.test", "https://s3.test/bucket"])
def test_the_address_of_an_s3_compatible_store_has_no_path(environment: pytest.MonkeyPatch, url: str) -> None:
    for name, value in (S3 | {"S3_URL": url}).items():
        environment.setenv(f"YANBAO_{name}", value)
    with pytest.raises(ValidationError, match="YANBAO_S3_URL must be"):
        Settings()


@pytest.mark.parametrize("manifest", [None, ""])
def test_known_only_documents_need_their_manifest(
    environment: pytest.MonkeyPatch, manifest: str | None
) -> None:
    environment.setenv("YANBAO_DOCUMENTS", "known-only")
    if manifest is not None:
        environment.setenv("YANBAO_DOCUMENTS_MANIFEST", manifest)
    with pytest.raises(ValidationError, match="please set: YANBAO_DOCUMENTS_MANIFEST"):
        Settings()
    environment.setenv("YANBAO_DOCUMENTS_MANIFEST", "persisted-documents.json")
    assert Settings().documents_manifest == Path("persisted-documents.json")


def test_production_takes_no_order_for_a_fault_point(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("YANBAO_FAULT_POINTS", "sms.checked=stop")
    with pytest.raises(ValidationError, match="YANBAO_FAULT_POINTS is for tests only"):
        Settings()
    environment.setenv("YANBAO_PROFILE", "demo")
    assert Settings().fault_points == "sms.checked=stop"


def test_an_unknown_fault_point_is_refused_at_the_start(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("YANBAO_PROFILE", "demo")
    environment.setenv("YANBAO_FAULT_POINTS", "sms.nowhere=kill")
    with pytest.raises(ValidationError, match=r"sms\.nowhere"):
        Settings()


def test_a_lease_in_production_outlasts_what_is_done_under_it(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("YANBAO_LEASE_SECONDS", "59")
    with pytest.raises(ValidationError, match="YANBAO_LEASE_SECONDS must be at least 60"):
        Settings()


@pytest.mark.parametrize(("key", "wrong"), [("x" * 31, True), ("x" * 32, False), ("", False)])
def test_a_key_of_the_audit_trail_is_long_or_left_out(
    environment: pytest.MonkeyPatch, key: str, wrong: bool
) -> None:
    environment.setenv("YANBAO_AUDIT_KEY", key)
    if wrong:
        with pytest.raises(ValidationError, match="at least 32 characters"):
            Settings()
        return
    assert Settings().anchor_key == (key.encode() or None)


def test_only_the_demo_has_a_known_key_of_the_audit_trail(environment: pytest.MonkeyPatch) -> None:
    assert Settings().anchor_key is None
    environment.setenv("YANBAO_PROFILE", "demo")
    assert Settings().anchor_key == b"demo"


def test_without_its_settings_production_receives_nothing_and_the_demo_by_a_known_secret(
    environment: pytest.MonkeyPatch,
) -> None:
    assert Settings().ministry_inbound is None
    for name in ("APP_ID", "SECRET"):
        environment.setenv(f"YANBAO_MINISTRY_INBOUND_{name}", "")
    assert Settings().ministry_inbound is None, "an empty variable, as compose passes it on, is none"
    environment.setenv("YANBAO_PROFILE", "demo")
    assert Settings().ministry_inbound == DEMO_INBOUND == (INBOUND_APP_ID, INBOUND_SECRET.encode())
    environment.setenv("YANBAO_MINISTRY_INBOUND_APP_ID", "ministry")
    environment.setenv("YANBAO_MINISTRY_INBOUND_SECRET", "s5")
    assert Settings().ministry_inbound == ("ministry", b"s5")
    assert "s5" not in repr(Settings())


@pytest.mark.parametrize("name", ["APP_ID", "SECRET"])
def test_half_of_what_deliveries_need_is_refused(environment: pytest.MonkeyPatch, name: str) -> None:
    other = {"APP_ID": "SECRET", "SECRET": "APP_ID"}[name]
    environment.setenv(f"YANBAO_MINISTRY_INBOUND_{name}", "x")
    with pytest.raises(ValidationError, match=f"please set: YANBAO_MINISTRY_INBOUND_{other}"):
        Settings()


@pytest.mark.parametrize("name", ["MINISTRY_BODY_KEY", "MINISTRY_PRIVATE_KEY", "MINISTRY_PUBLIC_KEY"])
def test_a_key_of_the_exchange_is_hexadecimal(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(f"YANBAO_{name}", "")
    assert Settings().key_bytes(name.lower()) is None
    environment.setenv(f"YANBAO_{name}", "00ff")
    assert Settings().key_bytes(name.lower()) == b"\x00\xff"
    environment.setenv(f"YANBAO_{name}", "hunter2")
    with pytest.raises(ValidationError, match="hexadecimal") as no:
        Settings()
    assert "hunter2" not in str(no.value), "it may be most of a key"


def test_with_sm2_no_shared_secret_is_needed(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("YANBAO_MINISTRY_SECRET")
    environment.setenv("YANBAO_MINISTRY_PRIVATE_KEY", "00" * 32)
    assert Settings().ministry_secret is None


def test_the_profile_of_the_exchange_is_checked_with_its_keys(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("YANBAO_MINISTRY_PROFILE", "")
    assert exchange_profile(Settings()).id == "default"
    assert exchange_profile(Settings()).app_id == "app"
    environment.setenv("YANBAO_MINISTRY_PROFILE", "datas-aes")
    with ExitStack() as resources, pytest.raises(UnfitProfile, match="no body key is given"):
        make_ministry(Settings(), resources)
    environment.setenv("YANBAO_MINISTRY_BODY_KEY", "00" * 16)
    with ExitStack() as resources:
        assert make_ministry(Settings(), resources).batch_size == 50
    unsigned = tmp_path / "unsigned.json"
    unsigned.write_text(
        shipped_profile("default").model_copy(update={"signer": Signing.NONE}).model_dump_json(by_alias=True)
    )
    environment.setenv("YANBAO_MINISTRY_PROFILE", str(unsigned))
    with pytest.raises(UnfitProfile, match="production needs signed messages"):
        exchange_profile(Settings())
