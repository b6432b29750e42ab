"""Reads the keys from the environment: those that seal, the one that hashes, those that sign."""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from petition.core.environment import split_names
from petition.core.errors import ConfigurationError

KEY_BYTES = 32
NAMES = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "PETITION_DATA_KEY", "PETITION_DATA_KEYS")
HASH_KEY = "PETITION_HASH_KEY"
# Python's decoder skips what is not base64: two keys with a space between them would be read as
# one.
_ONE_KEY = re.compile(r"[A-Za-z0-9_+/-]+={0,2}")
_MAKE_ONE = "make one with `petition keys`"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one installation; ``Settings`` documents each."""

    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)
    data_keys: tuple[bytes, ...] = field(repr=False)
    hash_key: bytes | None = field(repr=False)


def has_keys(env: Mapping[str, str]) -> bool:
    """Return whether any of the keys is set that a service requires."""
    return any([env.get(name) for name in (*NAMES, HASH_KEY)])


def read_keys(env: Mapping[str, str]) -> Keys:
    """Return the keys that are set.

    - Raises ConfigurationError naming the one that is missing, malformed, weak or given twice.
    """
    secret_key = env.get("SECRET_KEY") or ""
    _check_strength("SECRET_KEY", secret_key.encode())
    fallbacks = split_names(env.get("SECRET_KEY_FALLBACKS") or "")
    for fallback in fallbacks:
        _check_strength("SECRET_KEY_FALLBACKS", fallback.encode())
    hash_key = env.get(HASH_KEY)
    return Keys(
        secret_key=secret_key,
        secret_key_fallbacks=fallbacks,
        data_keys=_read_data_keys(env),
        hash_key=decode_key(HASH_KEY, hash_key) if hash_key else None,
    )


def generate_data_key() -> str:
    """Return a new random data key: 32 bytes as URL-safe base64."""
    return encode_key(secrets.token_bytes(KEY_BYTES))


def encode_key(key: bytes) -> str:
    """Return a key in the format of a setting: URL-safe base64."""
    return base64.urlsafe_b64encode(key).decode()


def decode_key(name: str, text: str) -> bytes:
    """Return the bytes of a key; raises ConfigurationError naming the setting ``name``."""
    try:
        key = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(name, f"is not base64; {_MAKE_ONE}") from error
    _check_strength(name, key)
    return key


def _read_data_keys(env: Mapping[str, str]) -> tuple[bytes, ...]:
    one, several = env.get("PETITION_DATA_KEY"), env.get("PETITION_DATA_KEYS")
    if one and several:
        raise ConfigurationError(
            "PETITION_DATA_KEYS",
            "and PETITION_DATA_KEY are both set; it must be clear which one seals: keep only "
            "PETITION_DATA_KEYS, and add the other key to it",
        )
    if not several:
        return (decode_key("PETITION_DATA_KEY", one or ""),)
    texts = split_names(several)
    if not texts:
        raise ConfigurationError("PETITION_DATA_KEYS", f"contains no key; {_MAKE_ONE}")
    if not all(_ONE_KEY.fullmatch(text) for text in texts):
        raise ConfigurationError("PETITION_DATA_KEYS", "must be keys with commas between them")
    keys = tuple(decode_key("PETITION_DATA_KEYS", text) for text in texts)
    if len(set(keys)) < len(keys):
        raise ConfigurationError("PETITION_DATA_KEYS", "contains the same key twice; remove one")
    return keys


def _check_strength(name: str, key: bytes) -> None:
    if not key:
        raise ConfigurationError(name, f"is not set; {_MAKE_ONE}")
    if len(key) < KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        raise ConfigurationError(
            name, f"is too weak: {KEY_BYTES} random bytes are needed; {_MAKE_ONE}"
        )
