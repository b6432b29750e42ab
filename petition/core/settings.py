"""Settings: one frozen dataclass read from the environment; a bad value stops the start.

The table in docs/settings.md lists every one of them, which a test checks.
"""

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from petition.core.brake_limits import BrakeLimits, read_brake
from petition.core.callbacks.callback_limits import CallbackLimits, read_callbacks
from petition.core.content.location import StorageLocation, read_storage_url
from petition.core.database_urls import read_database_url
from petition.core.environment import (
    Environment,
    check_scheme,
    read_choice,
    read_integer,
    read_number,
    split_names,
)
from petition.core.files import write_new_file
from petition.core.key_values import KEY_BYTES, Keys, generate_data_key, has_keys, read_keys
from petition.core.relay_limits import RelayLimits, read_relay
from petition.core.retention_limits import KeepLimits, read_keep
from petition.core.setting_values import (
    check_smtp,
    read_bounce_address,
    read_bounce_mailbox,
    read_bounces_url,
    read_comment_words,
    read_dkim_selector,
    read_dns_server,
    read_geocoder_urls,
    read_mail_from,
    read_metrics_address,
    read_metrics_token,
    read_public_url,
    read_tiles,
    read_trusted_hosts,
)
from petition.core.site_facts import SiteFacts, read_site_facts

OUTBOX = "outbox"
CHANNELS = (OUTBOX, "email")
DEMO_KEYS = "demo-keys.json"
# sun_path has 108 bytes on Linux and 104 on macOS, with the NUL at the end.
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an operator can set.

    - Times are seconds.
    - ``domain_limit``: None for the service's own default (web/limits.py).
    - ``storage``: where letters are kept (petition/core/content/location.py).
    - ``geocoder_urls`` by the geocoder's name, without a slash at the end; only those that are set.
    - ``unknown``: a line for each name that looks like a setting and is none.
    - ``data_keys``: the first seals, all open. ``hash_key``: None for the one derived from the
      first data key. ``secret_key_fallbacks`` verify older signatures.
    - ``demo`` is true if the keys are from the demo's key file, never if they were set.
    """

    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)
    data_keys: tuple[bytes, ...] = field(repr=False)
    hash_key: bytes | None = field(repr=False)
    data_dir: Path
    storage: StorageLocation
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    embedded_queue: bool
    public_url: str
    host: str
    port: int
    smtp_url: str | None = field(repr=False)
    mail_from: str
    dkim_selector: str
    dns_server: tuple[str, int] | None
    bounce_address: str | None
    bounce_mailbox: Path | None
    bounces_url: str | None = field(repr=False)
    channel: str
    geocoders: tuple[str, ...]
    geocoder_urls: Mapping[str, str] = field(repr=False)
    pelias_key: str | None = field(repr=False)
    geocoder_timeout: float
    geocoder_rate: str
    geocoder_cache_seconds: float
    sign_limit: str
    domain_limit: str | None
    api_limit: str
    brake: BrakeLimits
    keep: KeepLimits
    relay: RelayLimits
    callbacks: CallbackLimits
    delivered_mail_hours: float
    proxy_hops: int
    trusted_hosts: tuple[str, ...]
    export_hours: int
    digest_hour: int
    lease_seconds: float
    retry_base_seconds: float
    max_attempts: int
    idle_minutes: int
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
    unknown: tuple[str, ...]
    demo: bool

    @property
    def signing_keys(self) -> list[str]:
        """The secret keys in the order of itsdangerous: all verify, the last one signs."""
        return [*reversed(self.secret_key_fallbacks), self.secret_key]

    @property
    def outbox_dir(self) -> Path:
        """The folder in which the outbox channel creates its folders."""
        return self.data_dir / "outbox"

    @property
    def letters_dir(self) -> Path:
        """The folder of the PDFs by their SHA-256, unless ``storage`` is a bucket."""
        return self.data_dir / "letters"

    @property
    def boundaries_dir(self) -> Path:
        """The folder in which each host caches the polygons that it read from the database."""
        return self.data_dir / "boundaries"

    @property
    def queue_dir(self) -> Path:
        """The folder of the embedded Valkey's data."""
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
    """Return the settings in ``environ`` (the process's own if None).

    - Keys are read from the environment; if it has none, from the demo's key file in the data
      folder, which only ``petition demo`` and ``petition up --demo`` create.
    - Raises ConfigurationError naming the setting that is missing, malformed or weak.
    """
    env = Environment(os.environ if environ is None else environ)
    data_dir = Path(env.get("PETITION_DATA_DIR") or "var").resolve()
    keys, demo = _read_keys(env, data_dir)
    port = read_integer(env, "PETITION_PORT", 8000, 1, 65535)
    redis_url = env.get("REDIS_URL") or f"unix://{_socket_path(data_dir)}"
    channel = read_choice(env, "PETITION_CHANNEL", "outbox", CHANNELS)
    smtp_url = env.get("PETITION_SMTP_URL") or None
    check_smtp(smtp_url, channel)
    tile_url, tile_attribution = read_tiles(env)
    settings = Settings(
        secret_key=keys.secret_key,
        secret_key_fallbacks=keys.secret_key_fallbacks,
        data_keys=keys.data_keys,
        hash_key=keys.hash_key,
        data_dir=data_dir,
        storage=read_storage_url(env, data_dir),
        database_url=read_database_url(env, data_dir),
        redis_url=check_scheme(redis_url, "REDIS_URL", ("redis", "rediss", "unix")),
        embedded_queue="REDIS_URL" not in env or not env["REDIS_URL"],
        public_url=read_public_url(env, port, demo),
        host=env.get("PETITION_HOST") or "127.0.0.1",
        port=port,
        smtp_url=smtp_url,
        mail_from=read_mail_from(env),
        dkim_selector=read_dkim_selector(env),
        dns_server=read_dns_server(env),
        bounce_address=read_bounce_address(env),
        bounce_mailbox=read_bounce_mailbox(env),
        bounces_url=read_bounces_url(env),
        channel=channel,
        geocoders=split_names(env.get("PETITION_GEOCODERS") or "zip"),
        geocoder_urls=read_geocoder_urls(env),
        pelias_key=env.get("PETITION_PELIAS_KEY") or None,
        geocoder_timeout=read_number(env, "PETITION_GEOCODER_TIMEOUT", 5, 0.1, 60),
        geocoder_rate=env.get("PETITION_GEOCODER_RATE") or "10 per second",
        geocoder_cache_seconds=read_number(
            env, "PETITION_GEOCODER_CACHE_SECONDS", 86_400, 0, 2_592_000
        ),
        sign_limit=env.get("PETITION_SIGN_LIMIT") or "60 per minute; 600 per hour",
        domain_limit=env.get("PETITION_DOMAIN_LIMIT") or None,
        api_limit=env.get("PETITION_API_LIMIT") or "600 per minute",
        brake=read_brake(env),
        keep=read_keep(env),
        relay=read_relay(env),
        callbacks=read_callbacks(env),
        delivered_mail_hours=read_number(env, "PETITION_DELIVERED_MAIL_HOURS", 4, 0, 168),
        proxy_hops=read_integer(env, "PETITION_PROXY_HOPS", 0, 0, 10),
        trusted_hosts=read_trusted_hosts(env),
        digest_hour=read_integer(env, "PETITION_DIGEST_HOUR", 12, 0, 23),
        export_hours=read_integer(env, "PETITION_EXPORT_HOURS", 48, 1, 168),
        lease_seconds=read_number(env, "PETITION_LEASE_SECONDS", 75, 1, 3600),
        retry_base_seconds=read_number(env, "PETITION_RETRY_BASE_SECONDS", 30, 0.01, 3600),
        max_attempts=read_integer(env, "PETITION_MAX_ATTEMPTS", 10, 1, 100),
        idle_minutes=read_integer(env, "PETITION_IDLE_MINUTES", 60, 5, 720),
        reconcile_seconds=read_number(env, "PETITION_RECONCILE_SECONDS", 15, 0.2, 60),
        counts_seconds=read_number(env, "PETITION_COUNTS_SECONDS", 60, 0, 3600),
        web_workers=read_integer(env, "PETITION_WEB_WORKERS", min(os.cpu_count() or 2, 4), 1, 64),
        log_format=read_choice(env, "PETITION_LOG_FORMAT", "text", ("text", "json")),
        page_size=read_choice(env, "PETITION_PAGE_SIZE", "Letter", ("Letter", "A4")),
        comment_words=read_comment_words(env),
        tile_url=tile_url,
        tile_attribution=tile_attribution,
        site=read_site_facts(env),
        metrics_token=read_metrics_token(env),
        metrics_address=read_metrics_address(env),
        unknown=(),
        demo=demo,
    )
    return replace(settings, unknown=env.describe_unknown())


def make_demo_keys(data_dir: Path) -> Path:
    """Return the demo's key file, created once with random keys and readable by its owner only.

    - The demo keeps its keys with its data so that a second start can read the first one's rows.
    - An existing file is not changed.
    """
    path = data_dir / DEMO_KEYS
    if path.exists():
        return path
    keys = {
        "SECRET_KEY": secrets.token_urlsafe(KEY_BYTES),
        "PETITION_DATA_KEY": generate_data_key(),
    }
    write_new_file(path, json.dumps(keys).encode())  # a file of a concurrent start is kept
    return path


def _read_keys(env: Environment, data_dir: Path) -> tuple[Keys, bool]:
    if has_keys(env):
        return read_keys(env), False
    path = data_dir / DEMO_KEYS
    if path.exists():
        return read_keys(json.loads(path.read_text())), True
    return read_keys(env), False


def _socket_path(data_dir: Path) -> Path:
    path = data_dir / "valkey" / "valkey.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"hundredth-{digest}" / "valkey.sock"
