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

from petition.core.errors import SealBroken

# The first byte says how the rest is laid out, and what it is bound to.
LOOSE = b"\x01"  # nonce, ciphertext with its tag; bound to a purpose
BOUND = b"\x02"  # key's id, nonce, ciphertext with its tag; bound to a purpose and to a row
NONCE_BYTES = 12  # NIST SP 800-38D, 96 bits for a random nonce
TAG_BYTES = 16
KEY_ID_BYTES = 4


class Sealer:
    """Seals and opens bytes, and hashes what must be found again."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(_derive(key, b"hundredth sealing"))
        self._hash_key = _derive(key, b"hundredth look-up")
        self._bound = BOUND + self.digest("", "key id")[:KEY_ID_BYTES]

    def seal(self, plain: bytes, purpose: str, row: bytes = b"") -> bytes:
        """Return ``plain`` encrypted; it opens only for the same ``purpose`` and ``row``.

        - ``row``: the secret of the one row that it stands in; empty for what stands in none.
        """
        nonce = os.urandom(NONCE_BYTES)
        if not row:
            return LOOSE + nonce + self._cipher.encrypt(nonce, plain, purpose.encode())
        return self._bound + nonce + self._cipher.encrypt(nonce, plain, _bind(purpose, row))

    def open(self, sealed: bytes, purpose: str, row: bytes = b"") -> bytes:
        """Return what was sealed; ``row`` as for ``seal``.

        - What was sealed for no row opens for each: rows were not bound to at first.
        - Raises SealBroken where the key, the purpose or the row is another one, or a byte is.
        """
        if sealed.startswith(self._bound):
            start, bound_to = len(self._bound), _bind(purpose, row)
        elif sealed.startswith(LOOSE):
            start, bound_to = len(LOOSE), purpose.encode()
        else:
            raise SealBroken
        nonce, body = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
        if len(body) < TAG_BYTES:
            raise SealBroken
        try:
            return self._cipher.decrypt(nonce, body, bound_to)
        except InvalidTag:
            raise SealBroken from None

    def is_by_this_key(self, sealed: bytes) -> bool | None:
        """Return whether this key sealed it, by what it says; None where it does not say.

        - True also for what no key has sealed: it is damaged whichever the key is.
        """
        if sealed.startswith(BOUND):
            return sealed.startswith(self._bound)
        return None if sealed.startswith(LOOSE) else True

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


def _bind(purpose: str, row: bytes) -> bytes:
    return purpose.encode() + b"\0" + row


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)
