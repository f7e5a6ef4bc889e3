"""S3 on loopback, path style: PUT, GET with Range, HEAD, DELETE, ListObjectsV2 and DeleteObjects, signatures checked.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.standins.server import Answer, Request, StandIn, Step, instead

REGION = "eu-test-1"


class S3StandIn(StandIn):
    """One bucket in memory. Lists in pages of three, so that paging is always tried."""

    bucket = "renovation"
    access_key = "STANDINACCESSKEY"
    secret_key = "standin-secret-key-of-nobody"
    page = 3

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, tuple[bytes, datetime]] = {}

    @property
    def environ(self) -> dict[str, str]:
        """The variables that point a process here."""
        return {
            "STORAGE_URL": f"s3://{self.bucket}/files",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": REGION,
        }

    def answer(self, request: Request) -> Answer:
        if fault := signature_fault(request, self.access_key, self.secret_key):
            return failed(403, "SignatureDoesNotMatch", fault)
        bucket, _, key = request.path.lstrip("/").partition("/")
        if bucket != self.bucket:
            return failed(404, "NoSuchBucket")
        if not key:
            return self._delete_many(request) if "delete" in request.query else self._list(request)
        verbs: dict[str, Callable[[Request, str], Answer]] = {
            "PUT": self._put,
            "GET": self._get,
            "HEAD": self._get,
            "DELETE": self._delete,
        }
        verb = verbs.get(request.method)
        return verb(request, key) if verb else failed(405, "MethodNotAllowed")

    def _put(self, request: Request, key: str) -> Answer:
        self.objects[key] = (request.body, datetime.now(UTC))
        return Answer(200, {"etag": etag(request.body)})

    def _get(self, request: Request, key: str) -> Answer:
        if key not in self.objects:
            return failed(404, "NoSuchKey")
        body, changed = self.objects[key]
        headers = {"etag": etag(body), "last-modified": format_datetime(changed, usegmt=True)}
        if request.headers.get("if-match", etag(body)) != etag(body):
            return failed(412, "PreconditionFailed")
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
        if not asked:
            return Answer(200, headers, body)
        start, end = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
        if start > end:
            return failed(416, "InvalidRange")
        return Answer(206, {**headers, "content-range": f"bytes {start}-{end}/{len(body)}"}, body[start : end + 1])

    def _delete(self, request: Request, key: str) -> Answer:
        self.objects.pop(key, None)
        return Answer(204)

    def _delete_many(self, request: Request) -> Answer:
        body = request.body
        if not ({"content-md5", "x-amz-checksum-sha256"} & request.headers.keys()):
            return failed(400, "InvalidRequest", "a checksum is required")
        keys = [found.text or "" for found in ElementTree.fromstring(body).iter() if found.tag.endswith("Key")]  # noqa: S314
        for key in keys:
            self.objects.pop(key, None)
        rows = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        return xml(f"<DeleteResult>{rows}</DeleteResult>")

    def _list(self, request: Request) -> Answer:
        query = request.query
        after = query.get("continuation-token", query.get("start-after", ""))
        found = sorted(key for key in self.objects if key.startswith(query.get("prefix", "")) and key > after)
        size = min(self.page, int(query.get("max-keys", "1000")))
        rows = "".join(self._row(key) for key in found[:size])
        more = len(found) > size
        token = f"<NextContinuationToken>{escape(found[size - 1])}</NextContinuationToken>" if more else ""
        truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        return xml(f"<ListBucketResult><Name>{self.bucket}</Name>{truncated}{token}{rows}</ListBucketResult>")

    def _row(self, key: str) -> str:
        body, changed = self.objects[key]
        when = changed.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        parts = f"<Key>{escape(key)}</Key><LastModified>{when}</LastModified><Size>{len(body)}</Size>"
        return f"<Contents>{parts}<ETag>{escape(etag(body))}</ETag></Contents>"


def slow_down() -> Step:
    """503 as S3 sends it under load."""
    return instead(failed(503, "SlowDown", "Please reduce your request rate."), "503 SlowDown")


def denied() -> Step:
    return instead(failed(403, "AccessDenied"), "403 AccessDenied")


def internal_error() -> Step:
    return instead(failed(500, "InternalError"), "500 InternalError")


def etag(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest()}"'


def xml(text: str) -> Answer:
    return Answer(200, {"content-type": "application/xml"}, f'<?xml version="1.0"?>{text}'.encode())


def failed(status: int, code: str, message: str = "") -> Answer:
    """Return an error as S3 writes them."""
    text = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>'
    return Answer(status, {"content-type": "application/xml"}, text.encode())


def signature_fault(request: Request, access_key: str, secret_key: str) -> str:
    """Return what is wrong with a request's AWS Signature Version 4; empty when it is right."""
    pattern = r"AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
    said = re.fullmatch(pattern, request.headers.get("authorization", ""))
    if not said:
        return "not signed"
    owner, day, region, service, _ = said[1].split("/")
    if owner != access_key:
        return "unknown access key"
    payload = request.headers["x-amz-content-sha256"]
    if payload != hashlib.sha256(request.body).hexdigest():
        return "the body is not the one that was signed"
    names = said[2].split(";")
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names):
        return "too few headers are signed"
    scope = f"{day}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(_canonical(request, names, payload).encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{request.headers['x-amz-date']}\n{scope}\n{digest}"
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    right = hmac.compare_digest(hmac.digest(key, to_sign.encode(), "sha256").hex(), said[3])
    return "" if right else "the signature does not match"


def _canonical(request: Request, names: list[str], payload: str) -> str:
    address = urlsplit(request.target)
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in request.query.items())
    query = "&".join(f"{name}={value}" for name, value in pairs)
    headers = "".join(f"{name}:{request.headers[name]}\n" for name in names)
    path = quote(unquote(address.path), safe="/-_.~")
    return "\n".join([request.method, path, query, headers, ";".join(names), payload])


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")
