"""Tokens of the links in e-mails to accounts: a row's id and secret, signed for one purpose.

- A token is not stored. It works until the secret of its row is replaced, or the row has ended.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from hashlib import sha256

from itsdangerous import BadSignature, URLSafeSerializer

from petition.core.extensions import get_settings

LARGEST_ID = 2**31 - 1


class AccountLink(StrEnum):
    """What a token allows."""

    INVITATION = "invitation"
    RESET = "reset"
    APPLICATION = "application"


def make_account_token(purpose: AccountLink, row_id: int, secret: bytes) -> str:
    """Return the token of a row's link."""
    token = _serializer(purpose).dumps([row_id, urlsafe_b64encode(secret).decode()])
    return token if isinstance(token, str) else token.decode()


def read_account_token(purpose: AccountLink, token: str) -> tuple[int, bytes]:
    """Return the id and the secret in a token; id 0 if it is forged or damaged."""
    try:
        found = _serializer(purpose).loads(token)
    except (BadSignature, UnicodeError, ValueError):
        return 0, b""
    match found:
        case [int() as row_id, str() as text] if 0 < row_id <= LARGEST_ID:
            try:
                return row_id, urlsafe_b64decode(text)
            except ValueError:
                return 0, b""
    return 0, b""


def _serializer(purpose: AccountLink) -> URLSafeSerializer:
    return URLSafeSerializer(
        get_settings().signing_keys,
        salt=f"hundredth-account-{purpose}",
        signer_kwargs={"digest_method": sha256},
    )
