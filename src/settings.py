"""Settings, read once from the environment; missing ones are named, and an incomplete set is refused."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Any, Final

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from .domain.identity.account import MOST_ADDRESS_FAILURES
from .faultpoints import orders_in

SHORTEST_LEASE: Final = 60.0
"""Twice the deadlines of an enquiry and of a sending, and some more: see `application/notice/texts.py`."""
RECEIPTS: Final = "/callbacks/sms/mas/"
"""The path of SMS receipts, before its secret last part."""


SHORTEST_KEY: Final = 32
DEMO_INBOUND: Final = ("ministry-demo", b"demo")
"""App id and secret of deliveries in the demo, unless others are set."""


class Profile(Enum):
    """DEMO has a movable clock, simulators and known accounts; PRODUCTION requires the real services."""

    DEMO = "demo"
    PRODUCTION = "production"


class SmsProvider(Enum):
    """Who sends the SMS; CONSOLE only writes them to the log and is refused in production."""

    CONSOLE = "console"
    MAS = "mas"


class FileStoreKind(Enum):
    """Where attachments are kept."""

    LOCAL = "local"
    S3 = "s3"


class DocumentPolicy(Enum):
    """Which GraphQL documents are answered: every one, or only those of the manifest."""

    OPEN = "open"
    KNOWN_ONLY = "known-only"


class Settings(BaseSettings):
    """Each environment variable is `YANBAO_` and the field's name in capitals. A repr shows no secrets."""

    model_config = SettingsConfigDict(env_prefix="YANBAO_", extra="ignore", hide_input_in_errors=True)

    profile: Profile = Profile.DEMO
    var: Path = Path("var")
    """The folder for local data: database, files, demo clock, audit anchor, the simulators' stores."""
    database_url: str | None = None
    redis_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    allowed_origins: str = ""
    trusted_proxies: str = "127.0.0.1"
    """Addresses or networks, comma separated, of the proxies whose X-Forwarded-For is trusted."""
    address_failures: int = Field(default=MOST_ADDRESS_FAILURES, ge=1)
    """So many failed log-ins within 15 minutes block an address; set more if many share one address."""
    secure_cookie: bool | None = None
    embedded: bool = True
    """Whether the API process also runs the background work and the clock."""

    documents: DocumentPolicy = DocumentPolicy.OPEN
    documents_manifest: Path | None = None
    """A persisted-documents.json of the clients' code generator, or a folder with several of them."""

    lease_seconds: float = Field(default=120.0, gt=0)
    """How long a worker has what it has claimed before another may; at least a minute in production."""

    ministry_url: str | None = None
    ministry_app_id: str | None = None
    ministry_secret: SecretStr | None = None
    ministry_profile: str = "default"
    """How the exchange with the ministry looks: the name of a shipped profile, or the path of a file."""
    ministry_body_key: SecretStr | None = None
    """Hexadecimal; encrypts bodies if the profile does."""
    ministry_private_key: SecretStr | None = None
    """Hexadecimal, 32 bytes: our own key, if the profile signs with SM2."""
    ministry_public_key: SecretStr | None = None
    """Hexadecimal, 64 or 65 bytes: the ministry's key, if the profile signs with SM2."""
    ministry_inbound_app_id: str | None = None
    ministry_inbound_secret: SecretStr | None = None
    """By these the ministry signs what it delivers to us; without them nothing is received in production."""

    sms: SmsProvider = SmsProvider.CONSOLE
    sms_host: str | None = None
    sms_ec_name: str | None = None
    sms_ap_id: str | None = None
    sms_secret_key: SecretStr | None = None
    sms_sign: str | None = None
    sms_enquiry_path: str | None = None
    sms_receipt_path_secret: SecretStr | None = None
    """The secret last part of the URL for receipts, because the provider does not sign them."""

    file_store: FileStoreKind = FileStoreKind.LOCAL
    files: Path | None = None
    """The folder of the local store, the same for all processes; by default `files` under `var`."""
    s3_url: str | None = None
    """`https://host[:port]` of an S3-compatible store, without a path."""
    s3_bucket: str | None = None
    s3_region: str = "us-east-1"
    s3_access_key: str | None = None
    s3_secret_key: SecretStr | None = None

    monitoring_url: str | None = None
    """The URL of the online rates of video and sensors; without it they are shown as not connected."""

    fault_points: str = ""
    """Orders for fault tests, see `faultpoints`; refused in production."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    """Where Prometheus reads this process's figures; each process has a port of its own. None: nowhere."""

    audit_anchor: Path | None = None
    audit_key: SecretStr | None = None
    """Signs a break in the anchors after a restore, and checks it; keep it out of the database's reach."""
    heartbeat: Path | None = None
    """A file that worker and clock touch every few seconds while healthy: its age shows their health."""

    @field_validator("audit_key", "ministry_inbound_app_id", "ministry_inbound_secret", mode="before")
    @classmethod
    def _no_key(cls, raw: object) -> object:
        return raw or None  # As below.

    @field_validator("ministry_profile", mode="before")
    @classmethod
    def _default_profile(cls, raw: object) -> object:
        return raw or "default"  # As below.

    @field_validator("ministry_body_key", "ministry_private_key", "ministry_public_key", mode="before")
    @classmethod
    def _hexadecimal(cls, raw: object) -> object:
        if isinstance(raw, str) and not re.fullmatch("([0-9a-fA-F]{2})*", raw):
            raise ValueError("a key must be hexadecimal")
        return raw or None

    @field_validator("documents_manifest", "metrics_port", mode="before")
    @classmethod
    def _no_path(cls, raw: object) -> object:
        return raw or None  # An empty variable, as compose passes it on, is none: Path("") would be ".".

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        missing: list[str] = []
        if self.profile is Profile.PRODUCTION:
            required: dict[str, Any] = {
                "DATABASE_URL": self.database_url,
                "MINISTRY_URL": self.ministry_url,
                "AUDIT_ANCHOR": self.audit_anchor,
                # The default is CONSOLE: nobody would be reminded, and receipts accepted at a known address.
                "SMS": self.sms is not SmsProvider.CONSOLE,
            }
            missing += [name for name, value in required.items() if not value]
        if self.ministry_url:
            # With SM2 there is no shared secret; whether the profile has all its keys is checked with it.
            signing = self.ministry_secret or self.ministry_private_key
            pairs = {"MINISTRY_APP_ID": self.ministry_app_id, "MINISTRY_SECRET": signing}
            missing += [name for name, value in pairs.items() if not value]
        inbound = {
            "MINISTRY_INBOUND_APP_ID": self.ministry_inbound_app_id,
            "MINISTRY_INBOUND_SECRET": self.ministry_inbound_secret or self.ministry_private_key,
        }
        if self.ministry_inbound_app_id or self.ministry_inbound_secret:
            missing += [name for name, value in inbound.items() if not value]
        if self.sms is SmsProvider.MAS:
            mas: dict[str, Any] = {
                "SMS_HOST": self.sms_host,
                "SMS_EC_NAME": self.sms_ec_name,
                "SMS_AP_ID": self.sms_ap_id,
                "SMS_SECRET_KEY": self.sms_secret_key,
                "SMS_SIGN": self.sms_sign,
                "SMS_RECEIPT_PATH_SECRET": self.sms_receipt_path_secret,
            }
            missing += [name for name, value in mas.items() if not value]
        if self.documents is DocumentPolicy.KNOWN_ONLY and self.documents_manifest is None:
            missing.append("DOCUMENTS_MANIFEST")
        if self.file_store is FileStoreKind.S3:
            s3 = {
                "S3_URL": self.s3_url,
                "S3_BUCKET": self.s3_bucket,
                "S3_ACCESS_KEY": self.s3_access_key,
                "S3_SECRET_KEY": self.s3_secret_key,
            }
            missing += [name for name, value in s3.items() if not value]
        if missing:
            names = ", ".join(f"YANBAO_{name}" for name in missing)
            raise ValueError(f"the configuration is incomplete, please set: {names}")
        if self.profile is Profile.PRODUCTION and self.fault_points:
            raise ValueError(
                "YANBAO_FAULT_POINTS is for tests only: remove it from a production installation"
            )
        orders_in(self.fault_points)
        if self.profile is Profile.PRODUCTION and self.lease_seconds < SHORTEST_LEASE:
            raise ValueError(f"YANBAO_LEASE_SECONDS must be at least {SHORTEST_LEASE:g} in production")
        if self.audit_key is not None and len(self.audit_key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"YANBAO_AUDIT_KEY must have at least {SHORTEST_KEY} characters")
        if self.monitoring_url and not re.match("https?://[^/]", self.monitoring_url):
            raise ValueError("YANBAO_MONITORING_URL must begin with http:// or https://")
        if self.s3_url and not re.fullmatch("https?://[^/]+/?", self.s3_url):
            raise ValueError("YANBAO_S3_URL must be http:// or https:// and a host, without a path")
        return self

    def key_bytes(self, name: str) -> bytes | None:
        """A key of the exchange, from its hexadecimal setting."""
        given: SecretStr | None = getattr(self, name)
        return None if given is None else bytes.fromhex(given.get_secret_value())

    @property
    def database(self) -> str:
        """The database's URL; the embedded default is a SQLite file under `var`."""
        return self.database_url or f"sqlite:///{self.var / 'yanbao.sqlite'}"

    @property
    def cookie_is_secure(self) -> bool:
        """Whether the session cookie is for HTTPS only; by default it is in production."""
        return self.profile is Profile.PRODUCTION if self.secure_cookie is None else self.secure_cookie

    @property
    def anchor_file(self) -> Path:
        return self.audit_anchor or self.var / "audit-anchor.log"

    @property
    def anchor_key(self) -> bytes | None:
        """The key of breaks in the anchors; in the demo it is no secret."""
        if self.audit_key is not None:
            return self.audit_key.get_secret_value().encode()
        return b"demo" if self.profile is Profile.DEMO else None

    @property
    def files_folder(self) -> Path:
        return self.files or self.var / "files"

    @property
    def ministry_inbound(self) -> tuple[str, bytes | None] | None:
        """The app id and the secret of deliveries; in the demo they are no secret. None: nothing is received.

        With SM2 there is no secret: the ministry's public key verifies.
        """
        if self.ministry_inbound_app_id:
            secret = self.ministry_inbound_secret
            return (
                self.ministry_inbound_app_id,
                None if secret is None else secret.get_secret_value().encode(),
            )
        return DEMO_INBOUND if self.profile is Profile.DEMO else None

    @property
    def receipt_path(self) -> str:
        """The path to which the SMS provider posts receipts; in the demo it is no secret."""
        secret = self.sms_receipt_path_secret.get_secret_value() if self.sms_receipt_path_secret else "demo"
        return RECEIPTS + secret
