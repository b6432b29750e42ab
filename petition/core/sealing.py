"""Encrypts ("seals") personal columns, and makes the keyed hashes by which they are looked up.

A stolen database file without the keys identifies nobody.

- Two keys are derived by HKDF from a data key (``PETITION_DATA_KEYS``): one seals (AES-256-GCM),
  one hashes (HMAC-SHA-256). Of several data keys the first seals and all open; a value of a row
  contains the id of its key.
- Hashes are made with ``PETITION_HASH_KEY``, or, if it is not set, with the key derived from the
  first data key: they must stay the same when the data key is replaced.
- A name is an id that its holder cannot read, guess or compare (AES-SIV, RFC 5297): the same for
  the same id each time, and made with the key of the hashes, so that it lasts as long.
- A pair is two numbers in one block of AES-256: short enough for a Message-ID, and as unreadable;
  whoever reads one checks what goes with it, since any other block is a pair too.
- Sealing the same value twice gives different bytes: otherwise the sealed values of a small set,
  such as ZIP codes, could be listed and compared.
"""

import base64
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from petition.core.errors import ConfigurationError, KeyMissing, SealBroken

# The first byte defines the layout of the rest, and what it is bound to.
LOOSE = b"\x01"  # nonce, ciphertext with its tag; bound to a purpose: not stored in a row
BOUND = b"\x02"  # key's id, nonce, ciphertext with its tag; bound to a purpose and to a row
NONCE_BYTES = 12  # NIST SP 800-38D, 96 bits for a random nonce
TAG_BYTES = 16
KEY_ID_BYTES = 4
ID_BYTES = 8
NAME_BYTES = TAG_BYTES + ID_BYTES
PAIR_BYTES = 2 * ID_BYTES
PREFIX_BYTES = len(BOUND) + KEY_ID_BYTES  # of a value that is bound to a row


class Sealer:
    """Seals and opens bytes, and hashes values that are looked up.

    - ``keys``: data keys; the first seals, all open. ``hash_key``: makes the hashes; None for the
      one derived from the first data key.
    - Raises ConfigurationError if two keys have the same id.
    """

    def __init__(self, *keys: bytes, hash_key: bytes | None = None) -> None:
        self._ciphers = {
            make_key_id(key): AESGCM(_derive(key, b"hundredth sealing")) for key in keys
        }
        if len(self._ciphers) < len(keys):
            raise ConfigurationError(
                "PETITION_DATA_KEYS",
                "contains two keys with the same id; make another with `petition keys`",
            )
        self.key_ids = tuple(self._ciphers)
        self._keys = keys
        self.prefix = BOUND + self.key_ids[0]
        self._first = self._ciphers[self.key_ids[0]]
        self._hash_key = hash_key or derive_hash_key(keys[0])
        self._namer = AESSIV(self.digest("1", "name") + self.digest("2", "name"))

    def seal(self, plain: bytes, purpose: str, row: bytes = b"") -> bytes:
        """Return ``plain`` encrypted; it opens only for the same ``purpose`` and ``row``.

        - ``row``: the secret of the row that stores it; empty for a value that no row stores.
        """
        nonce = os.urandom(NONCE_BYTES)
        if not row:
            return LOOSE + nonce + self._first.encrypt(nonce, plain, purpose.encode())
        return self.prefix + nonce + self._first.encrypt(nonce, plain, _bind(purpose, row))

    def open(self, sealed: bytes, purpose: str, row: bytes = b"") -> bytes:
        """Return the bytes that were sealed; ``row`` as for ``seal``.

        - A value that was sealed without a row does not open with one.
        - Raises KeyMissing if it contains the id of a key that is not set, SealBroken if the key,
          the purpose or the row is a different one, or any byte was changed.
        """
        key_id = read_key_id(sealed)
        if key_id is not None:
            if key_id not in self._ciphers:
                raise KeyMissing(key_id)
            return _decrypt([self._ciphers[key_id]], sealed[PREFIX_BYTES:], _bind(purpose, row))
        if row or not sealed.startswith(LOOSE):
            raise SealBroken
        # It contains no id: each key is tried, and there are few.
        return _decrypt([*self._ciphers.values()], sealed[len(LOOSE) :], purpose.encode())

    def digest(self, value: str, purpose: str) -> bytes:
        """Return the 32-byte keyed hash of ``value``, which differs for each ``purpose``."""
        return hmac.digest(self._hash_key, f"{purpose}\0{value}".encode(), "sha256")

    def name(self, number: int, purpose: str) -> bytes:
        """Return the name of an id, NAME_BYTES long, which differs for each ``purpose``."""
        return self._namer.encrypt(number.to_bytes(ID_BYTES), [purpose.encode()])

    def read_name(self, name: bytes, purpose: str) -> int:
        """Return the id of a name; raises SealBroken if it was not made for this ``purpose``."""
        if len(name) != NAME_BYTES:
            raise SealBroken
        try:
            return int.from_bytes(self._namer.decrypt(name, [purpose.encode()]))
        except InvalidTag:
            raise SealBroken from None

    def derive_keys(self, purpose: bytes) -> tuple[bytes, ...]:
        """Return a key of 32 bytes from each data key, in their order, for this ``purpose``."""
        return tuple(_derive(key, purpose) for key in self._keys)

    def hide_pair(self, first: int, second: int, purpose: str) -> bytes:
        """Return two numbers as ``hide_pair`` does, under a key of this ``purpose``."""
        return hide_pair(self.digest(purpose, "pair"), first, second)

    def read_pair(self, hidden: bytes, purpose: str) -> tuple[int, int]:
        """Return the numbers of a pair as ``read_pair`` does."""
        return read_pair(self.digest(purpose, "pair"), hidden)


def hide_pair(key: bytes, first: int, second: int) -> bytes:
    """Return two numbers below 2**64 as PAIR_BYTES that only the key, of 32 bytes, reads."""
    block = first.to_bytes(ID_BYTES) + second.to_bytes(ID_BYTES)
    return _open_pairs(key).encryptor().update(block)


def read_pair(key: bytes, hidden: bytes) -> tuple[int, int]:
    """Return the numbers of a pair; raises SealBroken for another length.

    - Any bytes of that length give some numbers, and so does another key.
    """
    if len(hidden) != PAIR_BYTES:
        raise SealBroken
    block = _open_pairs(key).decryptor().update(hidden)
    return int.from_bytes(block[:ID_BYTES]), int.from_bytes(block[ID_BYTES:])


def _open_pairs(key: bytes) -> Cipher[ECB]:
    # One block alone: there is no pattern of several that ECB would show.
    return Cipher(AES256(key), ECB())  # noqa: S305


def write_text(sealed: bytes) -> str:
    """Return sealed bytes as text for a URL or a form: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_text(text: str) -> bytes:
    """Return the bytes that ``write_text`` encoded; raises ValueError for invalid base64."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_key_id(sealed: bytes) -> bytes | None:
    """Return the id of the key that a value was sealed with; None if it contains none."""
    if not sealed.startswith(BOUND) or len(sealed) < PREFIX_BYTES:
        return None
    return sealed[len(BOUND) : PREFIX_BYTES]


def make_key_id(key: bytes) -> bytes:
    """Return the id of a data key: it never changes, and reveals nothing about the key."""
    return hmac.digest(derive_hash_key(key), b"key id\0", "sha256")[:KEY_ID_BYTES]


def derive_hash_key(key: bytes) -> bytes:
    """Return the hash key if only the data key is set; it does not reveal the data key."""
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
