"""The signatures: published vectors, an HMAC worked out from its definition, and what must not be believed."""

from __future__ import annotations

import hashlib
import hmac
import sys

import pytest

from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.signers import Signing, Sm2Signer, make_signer, sm3
from yanbao.adapters.ministry.signing import (
    WINDOW_SECONDS,
    NotBelieved,
    SignatureFault,
    signed_text,
)
from yanbao.adapters.ministry.wire import Wire, WireKeys

from .support import changed

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

    signer = make_signer(Signing.HMAC_SM3, secret=key)
    assert signer is not None
    text = signed_text("post", "/gateway/v1/commitment", "1795500000", "0123456789abcdef", sm3(BODY))
    assert (text, signer.sign(text)) == (lines, expected)


def test_the_signature_stays_what_it_was() -> None:
    # Pins the format against a change of ours that the definition above would follow.
    signer = make_signer(Signing.HMAC_SM3, secret=KEY)
    assert signer is not None
    assert (
        signer.sign(signed_text("POST", "/p", "1795500000", "nonce-01", sm3(b"{}")))
        == "475844fa6a41d274ccf2e48e2c60c46a4a15ae2df60da168c775ad5981c5c646"
    )


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        # RFC 4231, test cases 1, 2 and 6.
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ],
)
def test_hmac_sha256_gives_the_published_values(key: bytes, text: bytes, expected: str) -> None:
    signer = make_signer(Signing.HMAC_SHA256, secret=key)
    assert signer is not None
    assert signer.sign(text) == expected == hmac.new(key, text, hashlib.sha256).hexdigest()
    assert signer.matches(text, expected) and not signer.matches(text + b"x", expected)
    assert signer.digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


# GB/T 32918.5-2017, appendix A.2: the key pair, the text, and the signature.
PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
SM2_SIGNATURE = (
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
).lower()


def test_sm2_accepts_the_published_signature_and_no_other() -> None:
    signer = Sm2Signer(PRIVATE, PUBLIC)
    assert signer.matches(b"message digest", SM2_SIGNATURE)
    assert not signer.matches(b"message digesT", SM2_SIGNATURE)
    assert not signer.matches(b"message digest", SM2_SIGNATURE[:-1] + "B")
    for none in ("", "0" * 128, "f" * 128, SM2_SIGNATURE[:-2], "签名"):
        assert not signer.matches(b"message digest", none)


def test_sm2_signs_with_the_published_random_number_as_published(monkeypatch: pytest.MonkeyPatch) -> None:
    number = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
    signer = Sm2Signer(PRIVATE, PUBLIC)
    monkeypatch.setattr(signer._ours._core, "_randint", lambda first, last: number)
    assert signer.sign(b"message digest") == SM2_SIGNATURE.lower()


def test_what_sm2_signs_the_other_side_believes() -> None:
    signer = Sm2Signer(PRIVATE, b"\x04" + PUBLIC)
    one, two = signer.sign(b"text"), signer.sign(b"text")
    assert signer.matches(b"text", one) and signer.matches(b"text", two) and one != two


@pytest.mark.parametrize(
    ("private", "public", "why"),
    [
        (None, PUBLIC, "need our private key"),
        (PRIVATE, None, "need our private key"),
        (PRIVATE[1:], PUBLIC, "private key is not"),
        (bytes(32), PUBLIC, "private key is not"),
        (b"\xff" * 32, PUBLIC, "private key is not"),
        (PRIVATE, PUBLIC[:-1] + b"\x14", "not a point"),
        (PRIVATE, b"\x05" + PUBLIC, "not a point"),
        (PRIVATE, b"", "not a point"),
    ],
)
def test_keys_that_are_none_are_refused(private: bytes | None, public: bytes | None, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        make_signer(Signing.SM2, private_key=private, public_key=public)


def test_a_missing_package_for_sm2_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gmalg", None)
    with pytest.raises(ValueError, match=r"yanbao\[sm2\]"):
        make_signer(Signing.SM2, private_key=PRIVATE, public_key=PUBLIC)


PROFILES = {
    Signing.HMAC_SM3: DEFAULT_PROFILE,
    Signing.HMAC_SHA256: changed(signer="HMAC_SHA256"),
    Signing.SM2: changed(signer="SM2"),
}
every_signer = pytest.mark.parametrize("signing", list(PROFILES))


def wire(signing: Signing = Signing.HMAC_SM3, at: float = NOW) -> Wire:
    return Wire(PROFILES[signing], WireKeys(secret=KEY, private_key=PRIVATE, public_key=PUBLIC), lambda: at)


def signed(signing: Signing = Signing.HMAC_SM3, at: float = NOW) -> dict[str, str]:
    return wire(signing, at).headers(method="POST", path="/p", body=BODY)


def believed(
    headers: dict[str, str], signing: Signing = Signing.HMAC_SM3, at: float = NOW, **changes: object
) -> str | None:
    request: dict[str, object] = {"method": "POST", "path": "/p", "body": BODY, **changes}
    return wire(signing, at).believe(headers, **request)  # type: ignore[arg-type]


@every_signer
def test_a_fresh_request_is_believed_whatever_the_case_of_its_header_names(signing: Signing) -> None:
    headers = signed(signing)
    assert believed(headers, signing) == headers["X-Nonce"]
    assert believed({name.lower(): value for name, value in headers.items()}, signing)


def test_header_names_are_data() -> None:
    profile = changed(headers={"app_id": "App", "timestamp": "Time", "nonce": "Once", "signature": "Sign"})
    other = Wire(profile, WireKeys(secret=KEY), lambda: NOW)
    headers = other.headers(method="POST", path="/p", body=BODY)
    assert set(headers) == {"App", "Time", "Once", "Sign"}
    assert other.believe(headers, method="POST", path="/p", body=BODY) == headers["Once"]


def test_without_a_signer_there_are_no_headers_and_everything_is_believed() -> None:
    open_wire = Wire(changed(signer="NONE"), WireKeys())
    assert open_wire.headers(method="POST", path="/p", body=BODY) == {}
    assert open_wire.believe({}, method="POST", path="/p", body=BODY) is None


@every_signer
@pytest.mark.parametrize(
    "change",
    [{"method": "PUT"}, {"path": "/p?x=1"}, {"body": BODY + b" "}],
    ids=["method", "path", "body"],
)
def test_what_changed_on_the_way_is_not_believed(signing: Signing, change: dict[str, object]) -> None:
    with pytest.raises(NotBelieved) as no:
        believed(signed(signing), signing, **change)
    assert no.value.fault is SignatureFault.WRONG_SIGNATURE


@pytest.mark.parametrize("signing", [Signing.HMAC_SM3, Signing.HMAC_SHA256])
def test_no_bit_of_the_body_or_the_signature_may_flip(signing: Signing) -> None:
    headers = signed(signing)
    for position in range(len(BODY) * 8):
        flipped = bytearray(BODY)
        flipped[position // 8] ^= 1 << position % 8
        with pytest.raises(NotBelieved):
            believed(headers, signing, body=bytes(flipped))
    mark = bytes.fromhex(headers["X-Signature"])
    for position in range(len(mark) * 8):
        other = bytearray(mark)
        other[position // 8] ^= 1 << position % 8
        with pytest.raises(NotBelieved):
            believed({**headers, "X-Signature": other.hex()}, signing)


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


@every_signer
def test_another_key_is_not_believed(signing: Signing) -> None:
    other = Wire(
        PROFILES[signing],
        WireKeys(secret=b"another", private_key=PRIVATE[:-1] + b"\x01", public_key=PUBLIC),
        lambda: NOW,
    )
    with pytest.raises(NotBelieved) as no:
        believed(other.headers(method="POST", path="/p", body=BODY), signing)
    assert no.value.fault is SignatureFault.WRONG_SIGNATURE


@every_signer
@pytest.mark.parametrize("skew", [-WINDOW_SECONDS, 0, WINDOW_SECONDS])
def test_a_timestamp_at_the_edge_of_the_window_is_believed(signing: Signing, skew: int) -> None:
    assert believed(signed(signing, NOW + skew), signing)


@every_signer
@pytest.mark.parametrize("skew", [-WINDOW_SECONDS - 1, WINDOW_SECONDS + 1])
def test_a_timestamp_outside_the_window_is_not(signing: Signing, skew: int) -> None:
    with pytest.raises(NotBelieved) as no:
        believed(signed(signing, NOW + skew), signing)
    assert no.value.fault is SignatureFault.OUTSIDE_WINDOW


def test_neither_the_refusal_nor_the_headers_show_the_secret() -> None:
    with pytest.raises(NotBelieved) as no:
        believed({**signed(), "X-Signature": "0" * 64})
    assert KEY.decode() not in repr(no.value) + str(signed())
