"""The signature: published vectors, an HMAC worked out from its definition, and everything that must not be believed."""

from __future__ import annotations

import pytest

from yanbao.adapters.ministry.signers import sm3
from yanbao.adapters.ministry.signing import (
    NONCE_SECONDS,
    WINDOW_SECONDS,
    HeaderNames,
    NotBelieved,
    RecentNonces,
    SignatureFault,
    sign,
    signature,
    verify,
)

NOW = 1_795_500_000.0
KEY = b"a secret of the tests"
BODY = '{"内容":"承诺"}'.encode()


def test_sm3_gives_the_published_digests() -> None:
    # GB/T 32905-2016, appendix A.1 and A.2.
    assert sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


@pytest.mark.parametrize("key", [b"k", KEY, b"x" * 64, b"longer than a block of SM3 " * 4])
def test_the_signature_is_the_hmac_of_rfc_2104_over_the_five_lines(key: bytes) -> None:
    padded = (bytes.fromhex(sm3(key)) if len(key) > 64 else key).ljust(64, b"\0")
    inner = bytes(byte ^ 0x36 for byte in padded)
    outer = bytes(byte ^ 0x5C for byte in padded)
    lines = f"POST\n/gateway/v1/commitment\n1795500000\n0123456789abcdef\n{sm3(BODY)}".encode()
    expected = sm3(outer + bytes.fromhex(sm3(inner + lines)))

    given = signature(
        key,
        method="post",
        path="/gateway/v1/commitment",
        timestamp="1795500000",
        nonce="0123456789abcdef",
        body=BODY,
    )

    assert given == expected


def test_the_signature_stays_what_it_was() -> None:
    # Pins the format against a change of ours that the definition above would follow.
    headers = sign(KEY, app_id="app", method="POST", path="/p", body=b"{}", at=NOW + 0.9, nonce="nonce-01")
    assert headers == {
        "X-App-Id": "app",
        "X-Timestamp": "1795500000",
        "X-Nonce": "nonce-01",
        "X-Signature": "475844fa6a41d274ccf2e48e2c60c46a4a15ae2df60da168c775ad5981c5c646",
    }


def believed(headers: dict[str, str], **changes: object) -> str:
    request: dict[str, object] = {
        "method": "POST",
        "path": "/p",
        "body": BODY,
        "at": NOW,
        "nonces": RecentNonces(),
        **changes,
    }
    return verify(headers, {"app": KEY}, **request)  # type: ignore[arg-type]


def signed(at: float = NOW, **changes: object) -> dict[str, str]:
    request: dict[str, object] = {"app_id": "app", "method": "POST", "path": "/p", "body": BODY, "at": at}
    return sign(KEY, **{**request, **changes})  # type: ignore[arg-type]


def test_a_fresh_request_is_believed_whatever_the_case_of_its_header_names() -> None:
    assert believed(signed()) == "app"
    assert believed({name.lower(): value for name, value in signed().items()}) == "app"


def test_header_names_are_data() -> None:
    names = HeaderNames("App", "Time", "Once", "Sign")
    headers = signed(names=names)
    assert set(headers) == {"App", "Time", "Once", "Sign"}
    assert believed(headers, names=names) == "app"


@pytest.mark.parametrize(
    "change",
    [{"method": "PUT"}, {"path": "/p?x=1"}, {"body": BODY + b" "}],
    ids=["method", "path", "body"],
)
def test_what_changed_on_the_way_is_not_believed(change: dict[str, object]) -> None:
    with pytest.raises(NotBelieved) as no:
        believed(signed(), **change)
    assert no.value.fault is SignatureFault.WRONG_SIGNATURE


@pytest.mark.parametrize(
    ("header", "value", "fault"),
    [
        ("X-App-Id", "somebody", SignatureFault.UNKNOWN_APP),
        ("X-App-Id", "", SignatureFault.INCOMPLETE),
        ("X-Timestamp", str(int(NOW) + 1), SignatureFault.WRONG_SIGNATURE),
        ("X-Timestamp", "yesterday", SignatureFault.INCOMPLETE),
        ("X-Timestamp", "", SignatureFault.INCOMPLETE),
        ("X-Nonce", "another-nonce", SignatureFault.WRONG_SIGNATURE),
        ("X-Nonce", "short", SignatureFault.INCOMPLETE),
        ("X-Nonce", "n" * 65, SignatureFault.INCOMPLETE),
        ("X-Signature", "0" * 64, SignatureFault.WRONG_SIGNATURE),
        ("X-Signature", "签名", SignatureFault.WRONG_SIGNATURE),
        ("X-Signature", "", SignatureFault.INCOMPLETE),
    ],
)
def test_a_wrong_header_is_not_believed(header: str, value: str, fault: SignatureFault) -> None:
    with pytest.raises(NotBelieved) as no:
        believed({**signed(), header: value})
    assert no.value.fault is fault


@pytest.mark.parametrize("skew", [-WINDOW_SECONDS, 0, WINDOW_SECONDS])
def test_a_timestamp_at_the_edge_of_the_window_is_believed(skew: int) -> None:
    assert believed(signed(at=NOW + skew)) == "app"


@pytest.mark.parametrize("skew", [-WINDOW_SECONDS - 1, WINDOW_SECONDS + 1])
def test_a_timestamp_outside_the_window_is_not(skew: int) -> None:
    with pytest.raises(NotBelieved) as no:
        believed(signed(at=NOW + skew))
    assert no.value.fault is SignatureFault.OUTSIDE_WINDOW


def test_the_same_request_is_believed_once() -> None:
    nonces, headers = RecentNonces(), signed()
    believed(headers, nonces=nonces)
    with pytest.raises(NotBelieved) as no:
        believed(headers, nonces=nonces)
    assert no.value.fault is SignatureFault.REPLAYED


def test_a_forged_request_does_not_burn_the_nonce() -> None:
    nonces, headers = RecentNonces(), signed()
    with pytest.raises(NotBelieved):
        believed({**headers, "X-Signature": "0" * 64}, nonces=nonces)
    assert believed(headers, nonces=nonces) == "app"


def test_a_nonce_is_remembered_for_as_long_as_its_message_could_be_accepted() -> None:
    nonces = RecentNonces()
    assert nonces.remember("nonce-01", NOW)
    assert not nonces.remember("nonce-01", NOW + NONCE_SECONDS)
    assert nonces.remember("nonce-01", NOW + NONCE_SECONDS + 1)
    assert not nonces.remember("nonce-01", NOW + NONCE_SECONDS + 2)


def test_neither_the_refusal_nor_the_headers_show_the_secret() -> None:
    with pytest.raises(NotBelieved) as no:
        believed({**signed(), "X-Signature": "0" * 64})
    assert KEY.decode() not in repr(no.value) + str(signed())
