"""Reads the settings that are not a number or a choice; the error for a bad one names it."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from petition.core.environment import check_scheme, split_names
from petition.core.errors import ConfigurationError

CENSUS_URL = "https://geocoding.geo.census.gov/geocoder"
METRICS_TOKEN = re.compile(r"[!-~]{8,}")
METRICS_ADDRESS = re.compile(r"([A-Za-z0-9_.-]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")
LARGEST_PORT = 65_535
# The tag after the plus has up to 49 letters, and the part before the @ 64 at most (RFC 5321).
BOUNCE_ADDRESS = re.compile(r"[A-Za-z0-9_.-]{1,14}@[A-Za-z0-9][A-Za-z0-9.-]*", re.ASCII)
DKIM_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", re.ASCII)
TILE_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?", re.ASCII)
TRUSTED_HOST = re.compile(r"[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*|\[[0-9a-fA-F:.]+\]")


def read_public_url(env: Mapping[str, str], port: int, demo: bool) -> str:
    """Return the public URL of the service, without a slash at the end."""
    url = (env.get("PETITION_PUBLIC_URL") or "").rstrip("/")
    if not url:
        if not demo:
            raise ConfigurationError(
                "PETITION_PUBLIC_URL", "is not set; links in letters and e-mails start with it"
            )
        return f"http://127.0.0.1:{port}"
    return check_scheme(url, "PETITION_PUBLIC_URL", ("http", "https"))


def read_trusted_hosts(env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the additional host names that requests may be addressed to."""
    names = split_names(env.get("PETITION_TRUSTED_HOSTS") or "")
    if not all(TRUSTED_HOST.fullmatch(name) for name in names):
        raise ConfigurationError(
            "PETITION_TRUSTED_HOSTS",
            "must be host names or addresses without a scheme, a port or a star, such as "
            "www.example.org",
        )
    return names


def read_mail_from(env: Mapping[str, str]) -> str:
    """Return the sender address of mails and letters."""
    value = env.get("PETITION_MAIL_FROM") or "letters@hundredth.example"
    if "@" not in value or any(ord(character) < 32 for character in value):
        raise ConfigurationError("PETITION_MAIL_FROM", "is not an e-mail address")
    return value


def read_dkim_selector(env: Mapping[str, str]) -> str:
    """Return the selector of the DKIM key with which the mail server signs; empty for none."""
    value = env.get("PETITION_DKIM_SELECTOR") or ""
    if value and not DKIM_SELECTOR.fullmatch(value):
        raise ConfigurationError(
            "PETITION_DKIM_SELECTOR", "is not a name in the DNS, such as mail or 2027.mail"
        )
    return value


def read_dns_server(env: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the address and port of the name server to ask; None for those of the host."""
    value = env.get("PETITION_DNS_SERVER") or ""
    if not value:
        return None
    address, colon, port = value.rpartition(":") if not value.endswith("]") else (value, "", "")
    try:
        found = str(ip_address((address if colon else value).strip("[]")))
        number = int(port) if colon else 53
    except ValueError:
        found, number = "", 0
    if not found or not 1 <= number <= LARGEST_PORT:
        raise ConfigurationError(
            "PETITION_DNS_SERVER",
            "is not an address with a port, such as 192.0.2.53:53 or [2001:db8::53]:53",
        )
    return found, number


def read_bounce_address(env: Mapping[str, str]) -> str | None:
    """Return the address for bounces; it must leave room for a tag after a plus sign."""
    value = env.get("PETITION_BOUNCE_ADDRESS") or None
    if value is not None and not BOUNCE_ADDRESS.fullmatch(value):
        raise ConfigurationError(
            "PETITION_BOUNCE_ADDRESS",
            "is not an e-mail address with at most 14 characters before its @",
        )
    return value


def read_bounces_url(env: Mapping[str, str]) -> str | None:
    """Return the URL of the mailbox that is polled by IMAP; None if none is set."""
    url = env.get("PETITION_BOUNCES_URL") or None
    return None if url is None else check_scheme(url, "PETITION_BOUNCES_URL", ("imaps", "imap"))


def read_bounce_mailbox(env: Mapping[str, str]) -> Path | None:
    """Return the file or folder that bounces are read from; None if none is set."""
    value = env.get("PETITION_BOUNCE_MAILBOX")
    return Path(value).resolve() if value else None


def read_comment_words(env: Mapping[str, str]) -> Path | None:
    """Return the file of an organization's own words for screening; None if none is set."""
    value = env.get("PETITION_COMMENT_WORDS")
    if not value:
        return None
    path = Path(value).resolve()
    if not path.is_file():
        raise ConfigurationError("PETITION_COMMENT_WORDS", "is not a file")
    return path


def check_smtp(url: str | None, channel: str) -> None:
    """Raise ConfigurationError if the mail server's URL is not valid, or required and not set."""
    if url is None:
        if channel == "email":
            raise ConfigurationError(
                "PETITION_SMTP_URL", "is not set, and PETITION_CHANNEL=email needs it"
            )
        return
    check_scheme(url, "PETITION_SMTP_URL", ("smtp", "smtps", "smtp+starttls"))
    if not urlsplit(url).hostname:
        raise ConfigurationError("PETITION_SMTP_URL", "has no host")


def read_geocoder_urls(env: Mapping[str, str]) -> dict[str, str]:
    """Return the URLs of the geocoders for which one is set, by the geocoder's name."""
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


def read_tiles(env: Mapping[str, str]) -> tuple[str | None, str]:
    """Return the URL of the map's background, None without one, and its attribution."""
    url = env.get("PETITION_TILE_URL") or None
    attribution = env.get("PETITION_TILE_ATTRIBUTION") or ""
    if url is None:
        return None, attribution
    # The host is put into a header of the map's page.
    if not TILE_HOST.fullmatch(
        urlsplit(check_scheme(url, "PETITION_TILE_URL", ("http", "https"))).netloc
    ):
        raise ConfigurationError(
            "PETITION_TILE_URL", "must name one host, such as tiles.example.org"
        )
    if not all(name in url for name in ("{z}", "{x}", "{y}")):
        raise ConfigurationError("PETITION_TILE_URL", "must contain {z}, {x} and {y}")
    if not attribution:
        raise ConfigurationError(
            "PETITION_TILE_ATTRIBUTION", "is not set; a map must credit the source of its tiles"
        )
    return url, attribution


def read_metrics_token(env: Mapping[str, str]) -> str | None:
    """Return the token for access to the metrics; None if none is set."""
    token = env.get("PETITION_METRICS_TOKEN") or None
    if token is not None and not METRICS_TOKEN.fullmatch(token):
        raise ConfigurationError(
            "PETITION_METRICS_TOKEN",
            "must be at least 8 printable ASCII characters without spaces; use a long random value",
        )
    return token


def read_metrics_address(env: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the host and port on which the metrics are served; None if none is set."""
    value = env.get("PETITION_METRICS_ADDRESS") or None
    if value is None:
        return None
    found = METRICS_ADDRESS.fullmatch(value)
    if found is None or not 0 < int(found[2]) <= LARGEST_PORT:
        raise ConfigurationError(
            "PETITION_METRICS_ADDRESS", "must be a host and a port, such as 127.0.0.1:9100"
        )
    return found[1].strip("[]"), int(found[2])
