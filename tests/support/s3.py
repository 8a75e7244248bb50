"""An S3-compatible store over real HTTP on loopback: one bucket, and every request's signature is checked.

Signatures are worked out anew after AWS Signature Version 4 (header form), from what arrived: nothing is taken from the
SDK that signs. See "Signature Calculations for the Authorization Header" of the S3 API reference.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET, REGION, ACCESS_KEY, SECRET_KEY = "yanbao-files", "cn-north-1", "access-1", "s3-secret-of-tests"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w{64})"
)


@dataclass
class S3StandIn:
    """What is in the bucket, and what goes wrong next."""

    url: str
    objects: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    failing: int = 0
    """So many requests from now on are answered 503."""
    cutting: bool = False
    """Answers end in the middle of their body."""
    garbled: bool = False
    """Answers are a log-in page of something in between, without its length."""
    page: int = 2
    """Keys on one page of a list."""
    requests: list[str] = field(default_factory=list)

    def make_older(self, key: str, by: timedelta) -> None:
        content, at = self.objects[key]
        self.objects[key] = content, at - by


@contextmanager
def s3_stand_in() -> Iterator[S3StandIn]:
    """A running one with an empty bucket."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    stand_in = S3StandIn(f"http://127.0.0.1:{server.server_port}")
    server.stand_in = stand_in  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def stand_in(self) -> S3StandIn:
        found: S3StandIn = self.server.stand_in  # type: ignore[attr-defined]
        return found

    def do_PUT(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.stand_in.requests.append(f"{self.command} {self.path}")
        if self.stand_in.failing:
            self.stand_in.failing -= 1
            return self._complain(503, "SlowDown")
        if self.stand_in.garbled:
            self.send_response(200)
            self.end_headers()
            self.wfile.write("<html><p>请登录".encode())
            self.close_connection = True
            return None
        wrong = self._what_is_wrong_with_the_signature(body)
        if wrong is not None:
            return self._complain(403, wrong)
        _, bucket, key = (unquote(urlsplit(self.path).path) + "/").split("/", 2)
        if bucket != BUCKET:
            return self._complain(404, "NoSuchBucket")
        return self._act(key.rstrip("/"), body)

    def _act(self, key: str, body: bytes) -> None:
        objects = self.stand_in.objects
        if self.command == "PUT":
            objects[key] = body, datetime.now(UTC)
            return self._answer(200, b"", etag=f'"{hashlib.md5(body).hexdigest()}"')
        if self.command == "DELETE":
            objects.pop(key, None)
            return self._answer(204, b"")
        if not key:
            return self._answer(200, self._list().encode(), content_type="application/xml")
        if key not in objects:
            return self._complain(404, "NoSuchKey")
        return self._answer(200, objects[key][0], content_type="application/octet-stream")

    def _list(self) -> str:
        query = dict(parse_qsl(urlsplit(self.path).query))
        assert query["list-type"] == "2", "only the second version is spoken here"
        after = query.get("continuation-token", "")
        keys = sorted(key for key in self.stand_in.objects if key > after)
        page, more = keys[: self.stand_in.page], len(keys) > self.stand_in.page
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.stand_in.objects[key][0])}</Size>"
            f"<LastModified>{self.stand_in.objects[key][1]:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"
            for key in page
        )
        token = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if more else ""
        return (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{BUCKET}</Name><Prefix/><KeyCount>{len(page)}</KeyCount><MaxKeys>{self.stand_in.page}</MaxKeys>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}</ListBucketResult>"
        )

    def _complain(self, status: int, code: str) -> None:
        text = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
        self._answer(status, text.encode(), content_type="application/xml")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.stand_in.cutting and body:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def _what_is_wrong_with_the_signature(self, body: bytes) -> str | None:
        """The error code of S3, or None when all is well."""
        found = _AUTHORIZATION.fullmatch(self.headers.get("authorization", ""))
        if found is None:
            return "AccessDenied"
        access_key, day, region, names, signature = found.groups()
        moment = self.headers.get("x-amz-date", "")
        if access_key != ACCESS_KEY:
            return "InvalidAccessKeyId"
        if region != REGION or not moment.startswith(day):
            return "AuthorizationHeaderMalformed"
        sent = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) - sent) > timedelta(minutes=15):
            return "RequestTimeTooSkewed"
        digest = hashlib.sha256(body).hexdigest()
        if self.headers.get("x-amz-content-sha256") != digest:
            return "XAmzContentSHA256Mismatch"
        signed = names.split(";")
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(signed):
            return "AccessDenied"
        address = urlsplit(self.path)
        pairs = sorted(
            (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
            for name, value in parse_qsl(address.query, keep_blank_values=True)
        )
        request = "\n".join(
            [
                self.command,
                quote(unquote(address.path), safe="/-_.~"),
                "&".join(f"{name}={value}" for name, value in pairs),
                *(f"{name}:{' '.join((self.headers.get(name) or '').split())}" for name in signed),
                "",
                names,
                digest,
            ]
        )
        scope = f"{day}/{region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{SECRET_KEY}".encode()
        for part in (day, region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        right = hmac.digest(key, text.encode(), "sha256").hex()
        return None if hmac.compare_digest(right, signature) else "SignatureDoesNotMatch"
