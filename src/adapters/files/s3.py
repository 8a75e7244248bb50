"""Files in a bucket of an S3-compatible store, through the MinIO SDK: signed requests, bounded waits, few retries."""

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

from ...application.ports.files import FileMissing, FileStoreFailed

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 30.0
ONE_PART: Final = 64 * 1024 * 1024
"""Everything up to here is put in one request, which the store takes whole or not at all."""
_GONE: Final = ("NoSuchKey", "NoSuchObject", "NotFound")


@dataclass(frozen=True, slots=True)
class S3Account:
    """Where the bucket is (`https://host[:port]`) and who may use it. It holds the files of this system alone."""

    url: str
    bucket: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)


class S3FileStore:
    """Objects are named as the keys are."""

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
    """An object that is being read from its connection."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self._answer = answer
        self.size = int(answer.headers["content-length"])

    def read(self, size: int, /) -> bytes:
        with _failures("reading"):
            return self._answer.read(size)

    def close(self) -> None:
        # What has not been read to its end is in the way of the next answer: that connection is not used again.
        self._answer.close()
        self._answer.release_conn()


@contextmanager
def _failures(what: str) -> Iterator[None]:
    """What the SDK and its connections complain of, in the port's words."""
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
