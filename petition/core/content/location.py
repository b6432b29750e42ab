"""The location of content: a folder of this host, or a bucket of an S3-compatible server.

    s3://[KEY_ID:SECRET@]BUCKET[/PREFIX][?endpoint=URL&region=NAME&insecure=yes]

The error for an unreadable value contains nothing of it: it may contain a secret.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from petition.core.errors import ConfigurationError

NAME = "PETITION_STORAGE_URL"
# Variables that other programs for S3 read as well.
BESIDE = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_CA_BUNDLE")
REGION = "us-east-1"
FORM = (
    "cannot be read. Write s3://bucket/prefix?endpoint=https://host:9000&region=name, with / + @ "
    ": ? # and % of a key as %2F %2B %40 %3A %3F %23 and %25"
)
# Names that S3 allows, and characters of keys that no server and no proxy rewrites.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
_OPTIONS = ("endpoint", "region", "insecure")


@dataclass(frozen=True, slots=True)
class FolderLocation:
    """A folder of this host; each kind of content has its own sub-folder."""

    root: Path

    def __str__(self) -> str:
        return str(self.root)


@dataclass(frozen=True, slots=True)
class BucketLocation:
    """A bucket, or the keys of one that begin with ``prefix``.

    - ``endpoint``: scheme, host and port. Keys are requested by path: ``endpoint/bucket/key``.
    - ``prefix``: without a slash at either end; empty for the whole bucket.
    - ``ca_bundle``: the certificates that must have signed the server's; None for the usual ones.
    """

    endpoint: str
    bucket: str
    prefix: str
    region: str
    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    ca_bundle: Path | None = None

    def __str__(self) -> str:
        path = f"{self.bucket}/{self.prefix}" if self.prefix else self.bucket
        return f"s3://{path} at {self.endpoint}"


StorageLocation = FolderLocation | BucketLocation


def read_storage_url(env: Mapping[str, str], data_dir: Path) -> StorageLocation:
    """Return the location in ``PETITION_STORAGE_URL``; the data folder if it is not set."""
    url = env.get(NAME)
    beside = {name: env.get(name) or "" for name in BESIDE}
    return read_bucket(url, beside, NAME) if url else FolderLocation(data_dir)


def read_location(text: str, env: Mapping[str, str], name: str) -> StorageLocation:
    """Return the bucket of an ``s3://`` URL, or the folder of a path or a ``file://`` URL.

    - ``name``: of the option, for the error. Raises ConfigurationError.
    """
    if text.startswith("s3:"):
        return read_bucket(text, env, name)
    path = unquote(text.removeprefix("file://"))
    if not path or "://" in path:
        raise ConfigurationError(name, "is neither a folder nor an s3:// URL")
    return FolderLocation(Path(path).resolve())


def read_bucket(url: str, env: Mapping[str, str], name: str) -> BucketLocation:
    """Return the bucket of an ``s3://`` URL; raises ConfigurationError.

    - Without keys in the URL, ``AWS_ACCESS_KEY_ID`` and ``AWS_SECRET_ACCESS_KEY`` are used.
    """
    try:
        parts = urlsplit(url)
        options = _read_options(parts.query)
        bucket, port = parts.netloc.rpartition("@")[2], parts.port
    except ValueError:
        raise ConfigurationError(name, FORM) from None
    if parts.scheme != "s3" or parts.fragment or port or not _BUCKET.fullmatch(bucket):
        raise ConfigurationError(name, FORM)
    prefix = parts.path.strip("/")
    if prefix and not _PREFIX.fullmatch(prefix):
        raise ConfigurationError(
            name, "has a prefix with characters other than letters, digits and . _ - /"
        )
    if not options.keys() <= set(_OPTIONS):
        raise ConfigurationError(
            name, f"has an option that is not one of {', '.join(sorted(_OPTIONS))}"
        )
    region = options.get("region") or env.get("AWS_REGION") or REGION
    if not _REGION.fullmatch(region):
        raise ConfigurationError(name, "has a region that is not valid")
    key_id, secret = _read_keys(parts, env, name)
    return BucketLocation(
        endpoint=_read_endpoint(options, region, name),
        bucket=bucket,
        prefix=prefix,
        region=region,
        key_id=key_id,
        secret=secret,
        ca_bundle=_read_ca_bundle(env),
    )


def _read_options(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True)) if query else {}


def _read_keys(parts: SplitResult, env: Mapping[str, str], name: str) -> tuple[str, str]:
    key_id = unquote(parts.username or "") or env.get("AWS_ACCESS_KEY_ID") or ""
    secret = unquote(parts.password or "") or env.get("AWS_SECRET_ACCESS_KEY") or ""
    if not key_id or not secret:
        raise ConfigurationError(
            name, "has no keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put them in it"
        )
    if not (key_id + secret).isascii() or not (key_id + secret).isprintable():
        raise ConfigurationError(name, "has keys that are not in the form that servers issue")
    return key_id, secret


def _read_endpoint(options: Mapping[str, str], region: str, name: str) -> str:
    """Return scheme, host and port; http is only allowed on this host or with ``insecure=yes``."""
    endpoint = (options.get("endpoint") or f"https://s3.{region}.amazonaws.com").rstrip("/")
    try:
        found = urlsplit(endpoint)
        host, _ = found.hostname, found.port
    except ValueError:
        raise ConfigurationError(name, FORM) from None
    if not host or found.scheme not in ("http", "https") or found.username or found.path:
        raise ConfigurationError(name, "has an endpoint that is not like https://host:port")
    if found.query or found.fragment:
        raise ConfigurationError(name, "has an endpoint that is not like https://host:port")
    if found.scheme == "http" and not is_loopback(host) and options.get("insecure") != "yes":
        raise ConfigurationError(
            name,
            "has an http:// endpoint on another host: letters could be read on the way. Use "
            "https://, or add insecure=yes where the network itself is encrypted",
        )
    return endpoint


def is_loopback(host: str) -> bool:
    """Return whether a host of a URL is this host, judged by its name or address alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read_ca_bundle(env: Mapping[str, str]) -> Path | None:
    value = env.get("AWS_CA_BUNDLE")
    if not value:
        return None
    path = Path(value).resolve()
    if not path.is_file():
        raise ConfigurationError("AWS_CA_BUNDLE", "is not a file")
    return path
