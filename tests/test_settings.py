"""Half a configuration is refused, and what is missing is named."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from yanbao.settings import Settings

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
