"""Body encryption: what is sealed opens again, what was touched does not."""

from __future__ import annotations

import base64

import pytest

from yanbao.adapters.ministry.ciphers import AesCbc, Sm4Cbc, Sm4Gcm
from yanbao.adapters.ministry.encryption import Encryption, NotDecrypted
from yanbao.adapters.ministry.wire import body_cipher

KEY = bytes(range(16))
PLAIN = '{"data":[{"commitContent":"今日在产"}]}'.encode()


@pytest.mark.parametrize(
    "cipher",
    [Sm4Gcm(KEY), Sm4Cbc(KEY), AesCbc(KEY), AesCbc(KEY * 2)],
    ids=["sm4-gcm", "sm4-cbc", "aes128", "aes256"],
)
@pytest.mark.parametrize("plain", [b"", b"x", PLAIN, b"0" * 16, b"1" * 100_000], ids=len)
def test_what_is_sealed_opens_again_and_never_looks_the_same_twice(
    cipher: Sm4Gcm | Sm4Cbc | AesCbc, plain: bytes
) -> None:
    first, second = cipher.seal(plain), cipher.seal(plain)
    assert cipher.open(first) == cipher.open(second) == plain
    assert first != second
    assert len(plain) < 2 or plain not in base64.b64decode(first)


def test_sm4_gcm_gives_the_published_ciphertext(monkeypatch: pytest.MonkeyPatch) -> None:
    # RFC 8998, appendix A.1; its tag also covers additional data, which we have none of, the ciphertext does not.
    iv = bytes.fromhex("00001234567800000000ABCD")
    monkeypatch.setattr("os.urandom", lambda length: iv[:length])
    plain = bytes.fromhex("".join(letter * 16 for letter in "ABCDEFEA"))
    sealed = base64.b64decode(Sm4Gcm(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")).seal(plain))
    assert sealed[:12] == iv
    assert sealed[12:-16].hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    )


def test_sm4_cbc_gives_the_published_block_of_sm4(monkeypatch: pytest.MonkeyPatch) -> None:
    # GB/T 32907-2016, appendix A.1: with an IV of zeros the first block of CBC is that of SM4 itself.
    monkeypatch.setattr("os.urandom", lambda length: bytes(length))
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    sealed = base64.b64decode(Sm4Cbc(key).seal(key))
    assert sealed[16:32].hex() == "681edf34d206965e86b3e94f536e4246"
    assert len(sealed) == 48


def test_sm4_cbc_gives_the_published_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    # draft-ribose-cfrg-sm4-10, A.2.2.1: SM4-CBC, two blocks.
    monkeypatch.setattr("os.urandom", lambda length: bytes(range(length)))
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    plain = bytes.fromhex("AAAAAAAABBBBBBBBCCCCCCCCDDDDDDDDEEEEEEEEFFFFFFFFAAAAAAAABBBBBBBB")
    sealed = base64.b64decode(Sm4Cbc(key).seal(plain))
    assert sealed[16:48].hex().upper() == ("78EBB11CC40B0A48312AAEB2040244CB4CB7016951909226979B0D15DC6A8F6D")


def test_aes_cbc_gives_the_published_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    # NIST SP 800-38A, F.2.5 (CBC-AES256), the first two blocks.
    monkeypatch.setattr("os.urandom", lambda length: bytes(range(length)))
    key = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    plain = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
    sealed = base64.b64decode(AesCbc(key).seal(plain))
    assert sealed[16:48].hex() == "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"


def test_aes_cbc_gives_the_published_ciphertext(monkeypatch: pytest.MonkeyPatch) -> None:
    # NIST SP 800-38A, F.2.1, first block; the padding adds one block of its own.
    monkeypatch.setattr("os.urandom", lambda length: bytes(range(length)))
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    sealed = base64.b64decode(AesCbc(key).seal(bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")))
    assert sealed[16:32].hex() == "7649abac8119b246cee98e9b12e9197d"
    assert len(sealed) == 48


def test_any_changed_byte_is_noticed_by_sm4_gcm() -> None:
    raw = base64.b64decode(Sm4Gcm(KEY).seal(PLAIN))
    for position in range(len(raw)):
        touched = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        with pytest.raises(NotDecrypted):
            Sm4Gcm(KEY).open(base64.b64encode(touched).decode())


def test_aes_cbc_refuses_a_cut_text_and_a_broken_padding() -> None:
    raw = base64.b64decode(AesCbc(KEY).seal(b"0" * 16))
    for touched in (raw[:-1], raw[:16], b"", raw[:31] + bytes([raw[31] ^ 0xFF]) + raw[32:]):
        with pytest.raises(NotDecrypted):
            AesCbc(KEY).open(base64.b64encode(touched).decode())


@pytest.mark.parametrize("cipher", [Sm4Gcm(KEY), AesCbc(KEY)], ids=["sm4", "aes"])
@pytest.mark.parametrize("sealed", ["", "AAAA", "not base64!", "密文"])
def test_what_was_never_sealed_is_refused(cipher: Sm4Gcm | Sm4Cbc | AesCbc, sealed: str) -> None:
    with pytest.raises(NotDecrypted):
        cipher.open(sealed)


def test_another_key_does_not_open_sm4_gcm() -> None:
    with pytest.raises(NotDecrypted):
        Sm4Gcm(bytes(16)).open(Sm4Gcm(KEY).seal(PLAIN))


def test_the_profile_chooses_the_cipher() -> None:
    assert body_cipher(Encryption.NONE, None) is None
    assert isinstance(body_cipher(Encryption.SM4_GCM, KEY), Sm4Gcm)
    assert isinstance(body_cipher(Encryption.AES_CBC, KEY), AesCbc)
    assert isinstance(body_cipher(Encryption.SM4_CBC, KEY), Sm4Cbc)


@pytest.mark.parametrize(
    ("choice", "key"),
    [
        (Encryption.NONE, KEY),
        (Encryption.SM4_GCM, None),
        (Encryption.SM4_GCM, KEY * 2),
        (Encryption.SM4_CBC, None),
        (Encryption.SM4_CBC, KEY * 2),
        (Encryption.AES_CBC, None),
        (Encryption.AES_CBC, b"short"),
    ],
)
def test_a_key_that_does_not_fit_the_choice_is_refused_without_being_shown(
    choice: Encryption, key: bytes | None
) -> None:
    with pytest.raises(ValueError, match="key") as no:
        body_cipher(choice, key)
    assert key is None or repr(key) not in str(no.value)
