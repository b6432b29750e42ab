"""Sealing of personal columns, and the keyed hashes that stand for them in look-ups.

A data key (``PETITION_DATA_KEYS``) gives two by HKDF: one seals (AES-256-GCM), one hashes
(HMAC-SHA-256). Of several data keys the first seals and all open; a value of a row carries the id
of its key. Hashes are made with ``PETITION_HASH_KEY``, or, where it is not set, with what the first
data key gives: they must stay the same when the data key is another. A stolen database file without
the keys names nobody. Nothing is sealed so that it looks alike each time: of few things, as ZIP
codes are, a list could be made.
"""

import base64
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from petition.core.errors import ConfigurationError, KeyMissing, SealBroken

# The first byte says how the rest is laid out, and what it is bound to.
LOOSE = b"\x01"  # nonce, ciphertext with its tag; bound to a purpose: stands in no row
BOUND = b"\x02"  # key's id, nonce, ciphertext with its tag; bound to a purpose and to a row
NONCE_BYTES = 12  # NIST SP 800-38D, 96 bits for a random nonce
TAG_BYTES = 16
KEY_ID_BYTES = 4
PREFIX_BYTES = len(BOUND) + KEY_ID_BYTES  # of a value that is bound to a row


class Sealer:
    """Seals and opens bytes, and hashes what must be found again.

    - ``keys``: data keys; the first seals, all open. ``hash_key``: makes the hashes; None for the
      one that the first data key gives.
    - Raises ConfigurationError where two keys have one id.
    """

    def __init__(self, *keys: bytes, hash_key: bytes | None = None) -> None:
        self._ciphers = {
            make_key_id(key): AESGCM(_derive(key, b"hundredth sealing")) for key in keys
        }
        if len(self._ciphers) < len(keys):
            raise ConfigurationError(
                "PETITION_DATA_KEYS",
                "holds two keys with one id; make another with `petition keys`",
            )
        self.key_ids = tuple(self._ciphers)
        self.prefix = BOUND + self.key_ids[0]
        self._first = self._ciphers[self.key_ids[0]]
        self._hash_key = hash_key or derive_hash_key(keys[0])

    def seal(self, plain: bytes, purpose: str, row: bytes = b"") -> bytes:
        """Return ``plain`` encrypted; it opens only for the same ``purpose`` and ``row``.

        - ``row``: the secret of the one row that it stands in; empty for what stands in none.
        """
        nonce = os.urandom(NONCE_BYTES)
        if not row:
            return LOOSE + nonce + self._first.encrypt(nonce, plain, purpose.encode())
        return self.prefix + nonce + self._first.encrypt(nonce, plain, _bind(purpose, row))

    def open(self, sealed: bytes, purpose: str, row: bytes = b"") -> bytes:
        """Return what was sealed; ``row`` as for ``seal``.

        - What was sealed for no row opens in none.
        - Raises KeyMissing where it carries the id of a key that is not here, SealBroken where the
          key, the purpose or the row is another one, or a byte is.
        """
        key_id = read_key_id(sealed)
        if key_id is not None:
            if key_id not in self._ciphers:
                raise KeyMissing(key_id)
            return _decrypt([self._ciphers[key_id]], sealed[PREFIX_BYTES:], _bind(purpose, row))
        if row or not sealed.startswith(LOOSE):
            raise SealBroken
        # It carries no id: each key is tried, and there are few.
        return _decrypt([*self._ciphers.values()], sealed[len(LOOSE) :], purpose.encode())

    def digest(self, value: str, purpose: str) -> bytes:
        """Return the 32-byte keyed hash of ``value``, apart for each ``purpose``."""
        return hmac.digest(self._hash_key, f"{purpose}\0{value}".encode(), "sha256")


def write_text(sealed: bytes) -> str:
    """Return sealed bytes as an address or a form carries them."""
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_text(text: str) -> bytes:
    """Return the bytes that were written so; raises ValueError for what never was."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_key_id(sealed: bytes) -> bytes | None:
    """Return the id of the key that a value says it was sealed with; None where it says none."""
    if not sealed.startswith(BOUND) or len(sealed) < PREFIX_BYTES:
        return None
    return sealed[len(BOUND) : PREFIX_BYTES]


def make_key_id(key: bytes) -> bytes:
    """Return the id of a data key: the same for ever, and it tells nothing of the key."""
    return hmac.digest(derive_hash_key(key), b"key id\0", "sha256")[:KEY_ID_BYTES]


def derive_hash_key(key: bytes) -> bytes:
    """Return what makes the hashes where the data key alone is set; the data key stays unknown."""
    return _derive(key, b"hundredth look-up")


def get_sealer() -> Sealer:
    """Return the sealer of the current app."""
    sealer: Sealer = current_app.extensions["hundredth-sealer"]
    return sealer


def _decrypt(ciphers: Sequence[AESGCM], sealed: bytes, bound_to: bytes) -> bytes:
    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    if len(body) < TAG_BYTES:
        raise SealBroken
    for cipher in ciphers:
        try:
            return cipher.decrypt(nonce, body, bound_to)
        except InvalidTag:
            continue
    raise SealBroken


def _bind(purpose: str, row: bytes) -> bytes:
    return purpose.encode() + b"\0" + row


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)
