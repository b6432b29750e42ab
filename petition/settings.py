"""Settings: one frozen dataclass read from the environment; a bad value stops the start by name.

The table in docs/settings.md lists every one of them and a test holds the two together.
"""

import base64
import binascii
import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from petition.brake_limits import BrakeLimits, read_brake
from petition.environment import (
    check_scheme,
    read_choice,
    read_integer,
    read_number,
    split_names,
)
from petition.errors import ConfigurationError
from petition.site_facts import SiteFacts, read_site_facts

OUTBOX = "outbox"
CHANNELS = (OUTBOX, "email")
KEY_BYTES = 32
DEMO_KEYS = "demo-keys.json"
CENSUS_URL = "https://geocoding.geo.census.gov/geocoder"
# What follows the plus has up to 49 letters, and before an @ stand 64 at most (RFC 5321).
BOUNCE_ADDRESS = re.compile(r"[A-Za-z0-9_.-]{1,14}@[A-Za-z0-9][A-Za-z0-9.-]*", re.ASCII)
TILE_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?", re.ASCII)
TRUSTED_HOST = re.compile(r"[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*|\[[0-9a-fA-F:.]+\]")
METRICS_TOKEN = re.compile(r"[!-~]{8,}")
METRICS_ADDRESS = re.compile(r"([A-Za-z0-9_.-]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")
LARGEST_PORT = 65_535
# sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included.
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an operator can set.

    - Times are seconds.
    - ``domain_limit``: None for as many as the service's own default lets in (web/limits.py).
    - ``geocoder_urls`` by the geocoder's name, without a closing slash; only those that are set.
    - ``demo`` is true when the keys came from the demo's own file, never when they were set.
    """

    secret_key: str = field(repr=False)
    data_key: bytes = field(repr=False)
    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    embedded_queue: bool
    public_url: str
    host: str
    port: int
    smtp_url: str | None = field(repr=False)
    mail_from: str
    bounce_address: str | None
    bounce_mailbox: Path | None
    channel: str
    geocoders: tuple[str, ...]
    geocoder_urls: Mapping[str, str] = field(repr=False)
    pelias_key: str | None = field(repr=False)
    geocoder_timeout: float
    geocoder_rate: str
    geocoder_cache_seconds: float
    sign_limit: str
    domain_limit: str | None
    brake: BrakeLimits
    proxy_hops: int
    trusted_hosts: tuple[str, ...]
    lease_seconds: float
    retry_base_seconds: float
    max_attempts: int
    reconcile_seconds: float
    counts_seconds: float
    web_workers: int
    log_format: str
    page_size: str
    comment_words: Path | None
    tile_url: str | None
    tile_attribution: str
    site: SiteFacts
    metrics_token: str | None = field(repr=False)
    metrics_address: tuple[str, int] | None
    demo: bool

    @property
    def outbox_dir(self) -> Path:
        """Where the outbox channel puts its folders."""
        return self.data_dir / "outbox"

    @property
    def letters_dir(self) -> Path:
        """Where the PDFs are stored by their SHA-256."""
        return self.data_dir / "letters"

    @property
    def boundaries_dir(self) -> Path:
        """Where each host keeps the polygons it read from the database."""
        return self.data_dir / "boundaries"

    @property
    def queue_dir(self) -> Path:
        """Where the embedded Valkey persists."""
        return self.data_dir / "valkey"

    @property
    def queue_socket(self) -> Path:
        """The embedded Valkey's Unix socket."""
        return _socket_path(self.data_dir)

    @property
    def mail_host(self) -> str:
        """The domain of ``PETITION_MAIL_FROM``, used in Message-IDs."""
        return self.mail_from.rsplit("@", 1)[-1].rstrip(">")


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings found in ``environ`` (the process's own when None).

    - Keys come from ``SECRET_KEY`` and ``PETITION_DATA_KEY``; without either, from the demo's key
      file in the data folder, which only ``petition demo`` and ``petition up --demo`` make.
    - Raises ConfigurationError naming the setting that is missing, malformed or weak.
    """
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("PETITION_DATA_DIR") or "var").resolve()
    secret_key, data_key, demo = _read_keys(env, data_dir)
    port = read_integer(env, "PETITION_PORT", 8000, 1, 65535)
    redis_url = env.get("REDIS_URL") or f"unix://{_socket_path(data_dir)}"
    channel = read_choice(env, "PETITION_CHANNEL", "outbox", CHANNELS)
    smtp_url = env.get("PETITION_SMTP_URL") or None
    _check_smtp(smtp_url, channel)
    tile_url, tile_attribution = _tiles(env)
    return Settings(
        secret_key=secret_key,
        data_key=data_key,
        data_dir=data_dir,
        database_url=_database_url(env, data_dir),
        redis_url=check_scheme(redis_url, "REDIS_URL", ("redis", "rediss", "unix")),
        embedded_queue="REDIS_URL" not in env or not env["REDIS_URL"],
        public_url=_public_url(env, port, demo),
        host=env.get("PETITION_HOST") or "127.0.0.1",
        port=port,
        smtp_url=smtp_url,
        mail_from=_mail_from(env),
        bounce_address=_bounce_address(env),
        bounce_mailbox=_bounce_mailbox(env),
        channel=channel,
        geocoders=split_names(env.get("PETITION_GEOCODERS") or "zip"),
        geocoder_urls=_geocoder_urls(env),
        pelias_key=env.get("PETITION_PELIAS_KEY") or None,
        geocoder_timeout=read_number(env, "PETITION_GEOCODER_TIMEOUT", 5, 0.1, 60),
        geocoder_rate=env.get("PETITION_GEOCODER_RATE") or "10 per second",
        geocoder_cache_seconds=read_number(
            env, "PETITION_GEOCODER_CACHE_SECONDS", 86_400, 0, 2_592_000
        ),
        sign_limit=env.get("PETITION_SIGN_LIMIT") or "60 per minute; 600 per hour",
        domain_limit=env.get("PETITION_DOMAIN_LIMIT") or None,
        brake=read_brake(env),
        proxy_hops=read_integer(env, "PETITION_PROXY_HOPS", 0, 0, 10),
        trusted_hosts=_trusted_hosts(env),
        lease_seconds=read_number(env, "PETITION_LEASE_SECONDS", 75, 1, 3600),
        retry_base_seconds=read_number(env, "PETITION_RETRY_BASE_SECONDS", 30, 0.01, 3600),
        max_attempts=read_integer(env, "PETITION_MAX_ATTEMPTS", 10, 1, 100),
        reconcile_seconds=read_number(env, "PETITION_RECONCILE_SECONDS", 15, 0.2, 60),
        counts_seconds=read_number(env, "PETITION_COUNTS_SECONDS", 60, 0, 3600),
        web_workers=read_integer(env, "PETITION_WEB_WORKERS", min(os.cpu_count() or 2, 4), 1, 64),
        log_format=read_choice(env, "PETITION_LOG_FORMAT", "text", ("text", "json")),
        page_size=read_choice(env, "PETITION_PAGE_SIZE", "Letter", ("Letter", "A4")),
        comment_words=_comment_words(env),
        tile_url=tile_url,
        tile_attribution=tile_attribution,
        site=read_site_facts(env),
        metrics_token=_metrics_token(env),
        metrics_address=_metrics_address(env),
        demo=demo,
    )


def make_demo_keys(data_dir: Path) -> Path:
    """Return the demo's key file, made once with fresh random keys and readable by its owner only.

    - The demo keeps its keys beside its data so that a second start can read the first one's rows.
    - An existing file is left as it is.
    """
    path = data_dir / DEMO_KEYS
    if path.exists():
        return path
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = {
        "SECRET_KEY": secrets.token_urlsafe(KEY_BYTES),
        "PETITION_DATA_KEY": generate_data_key(),
    }
    handle, temporary = tempfile.mkstemp(dir=data_dir)
    with os.fdopen(handle, "w") as file:
        json.dump(keys, file)
    try:
        os.link(temporary, path)  # never replaces the file of a start that was quicker
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
    return path


def generate_data_key() -> str:
    """Return a fresh random value for ``PETITION_DATA_KEY``: 32 bytes as URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _read_keys(env: Mapping[str, str], data_dir: Path) -> tuple[str, bytes, bool]:
    demo = False
    if not env.get("SECRET_KEY") and not env.get("PETITION_DATA_KEY"):
        path = data_dir / DEMO_KEYS
        if path.exists():
            env, demo = json.loads(path.read_text()), True
    secret_key = env.get("SECRET_KEY") or ""
    _check_strength("SECRET_KEY", secret_key.encode())
    try:
        data_key = base64.urlsafe_b64decode(env.get("PETITION_DATA_KEY") or "")
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(
            "PETITION_DATA_KEY", "is not base64; make one with `petition keys`"
        ) from error
    _check_strength("PETITION_DATA_KEY", data_key)
    return secret_key, data_key, demo


def _check_strength(name: str, key: bytes) -> None:
    if not key:
        raise ConfigurationError(name, "is not set; make one with `petition keys`")
    if len(key) < KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        raise ConfigurationError(
            name, f"is too weak: {KEY_BYTES} random bytes are needed; make one with `petition keys`"
        )


def _database_url(env: Mapping[str, str], data_dir: Path) -> str:
    url = env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'hundredth.sqlite3'}"
    if url.startswith("postgres://"):  # the spelling of several hosting platforms
        url = "postgresql://" + url.removeprefix("postgres://")
    return check_scheme(url, "DATABASE_URL", ("sqlite", "postgresql", "postgresql+psycopg"))


def _public_url(env: Mapping[str, str], port: int, demo: bool) -> str:
    url = (env.get("PETITION_PUBLIC_URL") or "").rstrip("/")
    if not url:
        if not demo:
            raise ConfigurationError(
                "PETITION_PUBLIC_URL", "is not set; letters and mails carry links that start so"
            )
        return f"http://127.0.0.1:{port}"
    return check_scheme(url, "PETITION_PUBLIC_URL", ("http", "https"))


def _trusted_hosts(env: Mapping[str, str]) -> tuple[str, ...]:
    names = split_names(env.get("PETITION_TRUSTED_HOSTS") or "")
    if not all(TRUSTED_HOST.fullmatch(name) for name in names):
        raise ConfigurationError(
            "PETITION_TRUSTED_HOSTS",
            "must be names or addresses without a scheme, a port or a star, as in www.example.org",
        )
    return names


def _mail_from(env: Mapping[str, str]) -> str:
    value = env.get("PETITION_MAIL_FROM") or "letters@hundredth.example"
    if "@" not in value or any(ord(character) < 32 for character in value):
        raise ConfigurationError("PETITION_MAIL_FROM", "is not an e-mail address")
    return value


def _bounce_address(env: Mapping[str, str]) -> str | None:
    """The address that takes a tag behind a plus sign; one without room for it would be cut off."""
    value = env.get("PETITION_BOUNCE_ADDRESS") or None
    if value is not None and not BOUNCE_ADDRESS.fullmatch(value):
        raise ConfigurationError(
            "PETITION_BOUNCE_ADDRESS", "is not an address of at most 14 letters before its @"
        )
    return value


def _bounce_mailbox(env: Mapping[str, str]) -> Path | None:
    value = env.get("PETITION_BOUNCE_MAILBOX")
    return Path(value).resolve() if value else None


def _comment_words(env: Mapping[str, str]) -> Path | None:
    value = env.get("PETITION_COMMENT_WORDS")
    if not value:
        return None
    path = Path(value).resolve()
    if not path.is_file():
        raise ConfigurationError("PETITION_COMMENT_WORDS", "is not a file")
    return path


def _check_smtp(url: str | None, channel: str) -> None:
    if url is None:
        if channel == "email":
            raise ConfigurationError(
                "PETITION_SMTP_URL", "is not set, and PETITION_CHANNEL=email needs it"
            )
        return
    check_scheme(url, "PETITION_SMTP_URL", ("smtp", "smtps", "smtp+starttls"))
    if not urlsplit(url).hostname:
        raise ConfigurationError("PETITION_SMTP_URL", "has no host")


def _geocoder_urls(env: Mapping[str, str]) -> dict[str, str]:
    settings = {
        "census": ("PETITION_CENSUS_URL", env.get("PETITION_CENSUS_URL") or CENSUS_URL),
        "nominatim": ("PETITION_NOMINATIM_URL", env.get("PETITION_NOMINATIM_URL")),
        "photon": ("PETITION_PHOTON_URL", env.get("PETITION_PHOTON_URL")),
        "pelias": ("PETITION_PELIAS_URL", env.get("PETITION_PELIAS_URL")),
    }
    urls = {}
    for geocoder, (name, url) in settings.items():
        if url:
            if not urlsplit(check_scheme(url, name, ("http", "https"))).hostname:
                raise ConfigurationError(name, "has no host")
            urls[geocoder] = url.rstrip("/")
    return urls


def _tiles(env: Mapping[str, str]) -> tuple[str | None, str]:
    url = env.get("PETITION_TILE_URL") or None
    attribution = env.get("PETITION_TILE_ATTRIBUTION") or ""
    if url is None:
        return None, attribution
    # The host stands in a header of the map's page.
    if not TILE_HOST.fullmatch(
        urlsplit(check_scheme(url, "PETITION_TILE_URL", ("http", "https"))).netloc
    ):
        raise ConfigurationError("PETITION_TILE_URL", "must name one host, as in tiles.example.org")
    if not all(name in url for name in ("{z}", "{x}", "{y}")):
        raise ConfigurationError("PETITION_TILE_URL", "must hold {z}, {x} and {y}")
    if not attribution:
        raise ConfigurationError(
            "PETITION_TILE_ATTRIBUTION", "is not set; a map says whose tiles it is drawn on"
        )
    return url, attribution


def _metrics_token(env: Mapping[str, str]) -> str | None:
    token = env.get("PETITION_METRICS_TOKEN") or None
    if token is not None and not METRICS_TOKEN.fullmatch(token):
        raise ConfigurationError(
            "PETITION_METRICS_TOKEN",
            "must be at least 8 printable ASCII characters without blanks; "
            "take many, and leave their choice to chance",
        )
    return token


def _metrics_address(env: Mapping[str, str]) -> tuple[str, int] | None:
    value = env.get("PETITION_METRICS_ADDRESS") or None
    if value is None:
        return None
    found = METRICS_ADDRESS.fullmatch(value)
    if found is None or not 0 < int(found[2]) <= LARGEST_PORT:
        raise ConfigurationError(
            "PETITION_METRICS_ADDRESS", "must be a host and a port, as in 127.0.0.1:9100"
        )
    return found[1].strip("[]"), int(found[2])


def _socket_path(data_dir: Path) -> Path:
    path = data_dir / "valkey" / "valkey.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"hundredth-{digest}" / "valkey.sock"
