"""Stores files in an S3-compatible bucket with the MinIO SDK: signed requests, timeouts, few retries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from os import SEEK_END
from typing import BinaryIO, Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from ...application.ports.files import FileMissing, FileStoreFailed, check_key

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 30.0
ONE_PART: Final = 64 * 1024 * 1024
"""Bodies up to this size are put in one request, which is atomic."""
_GONE: Final = ("NoSuchKey", "NoSuchObject", "NotFound")


@dataclass(frozen=True, slots=True)
class S3Account:
    """The bucket and its access key; `url` is `https://host[:port]`. The bucket holds only our files."""

    url: str
    bucket: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)


class S3FileStore:
    """FileStore in a bucket; the object name is the key."""

    def __init__(self, account: S3Account) -> None:
        address = urlsplit(account.url)
        self._bucket = account.bucket
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504)),
        )
        self._client = Minio(
            address.netloc,
            access_key=account.access_key,
            secret_key=account.secret_key,
            secure=address.scheme == "https",
            region=account.region,
            http_client=self._http,
        )

    def put(self, key: str, body: BinaryIO) -> None:
        check_key(key)
        length = body.seek(0, SEEK_END)
        body.seek(0)
        with _failures(f"putting {key}"):
            stored = self._client.put_object(self._bucket, key, body, length, part_size=ONE_PART)
            if not stored.etag:
                raise ValueError("the answer has no ETag: it is not the store's")

    def open(self, key: str) -> S3File:
        with _failures(f"opening {key}"):
            return S3File(self._client.get_object(self._bucket, key))

    def delete(self, key: str) -> None:
        with _failures(f"deleting {key}"):
            self._client.remove_object(self._bucket, key)

    def older_than(self, age: timedelta) -> Iterator[str]:
        until = datetime.now(UTC) - age
        with _failures("listing"):
            for found in self._client.list_objects(self._bucket, recursive=True):
                if found.object_name and found.last_modified and found.last_modified <= until:
                    yield found.object_name

    def close(self) -> None:
        self._http.clear()


class S3File:
    """An object that is read from its open connection."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self._answer = answer
        self.size = int(answer.headers["content-length"])

    def read(self, size: int, /) -> bytes:
        with _failures("reading"):
            return self._answer.read(size)

    def close(self) -> None:
        # Close the connection instead of reusing it: it may still hold unread bytes of this answer.
        self._answer.close()
        self._answer.release_conn()


@contextmanager
def _failures(what: str) -> Iterator[None]:
    """Translate exceptions of the SDK and of urllib3 into FileMissing or FileStoreFailed."""
    try:
        yield
    except S3Error as error:
        kind = FileMissing if error.code in _GONE else FileStoreFailed
        raise kind(f"{what}: {error.code}: {error.message}") from error
    except (
        MinioException,
        urllib3.exceptions.HTTPError,
        OSError,
        ParseError,
        LookupError,
        ValueError,
    ) as error:
        raise FileStoreFailed(f"{what}: {type(error).__name__}: {error}") from error
