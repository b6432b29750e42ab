"""Sealing of personal columns, and the keyed hashes that stand for them in look-ups.

One operator key (``PETITION_DATA_KEY``) gives two by HKDF: one seals (AES-256-GCM), one hashes
(HMAC-SHA-256). A stolen database file without the key names nobody. Nothing is sealed so that it
looks alike each time: of few things, as ZIP codes are, a list could be made.
"""

import base64
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from petition.errors import ConfigurationError

VERSION = b"\x01"  # of the envelope: version, nonce, ciphertext with its tag
NONCE_BYTES = 12  # NIST SP 800-38D, 96 bits for a random nonce


class Sealer:
    """Seals and opens bytes, and hashes what must be found again."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(_derive(key, b"hundredth sealing"))
        self._hash_key = _derive(key, b"hundredth look-up")

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Return ``plain`` encrypted; it opens only for the same ``purpose``."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Return what was sealed; raises ConfigurationError where the key is another one."""
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, purpose.encode())
        except InvalidTag:
            raise ConfigurationError(
                "PETITION_DATA_KEY", "does not open the stored data: it was sealed with another key"
            ) from None

    def digest(self, value: str, purpose: str) -> bytes:
        """Return the 32-byte keyed hash of ``value``, apart for each ``purpose``."""
        return hmac.digest(self._hash_key, f"{purpose}\0{value}".encode(), "sha256")


def write_text(sealed: bytes) -> str:
    """Return sealed bytes as an address or a form carries them."""
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_text(text: str) -> bytes:
    """Return the bytes that were written so; raises ValueError for what never was."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def get_sealer() -> Sealer:
    """Return the sealer of the current app."""
    sealer: Sealer = current_app.extensions["hundredth-sealer"]
    return sealer


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)
