"""The tokens in the links that a signer is mailed: a signature's id, signed for one purpose.

A token holds nothing personal and is not stored; whoever holds the link may do that one thing.
"""

from datetime import timedelta
from enum import StrEnum

from flask_babel import gettext
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from petition.errors import TokenExpired, TokenRefused
from petition.extensions import get_settings


class Purpose(StrEnum):
    """What a token allows."""

    CONFIRM = "confirm"
    STATUS = "status"
    UNSUBSCRIBE = "unsubscribe"


# A confirmation that nobody followed for two weeks expires; the other links stay good.
LIFETIMES = {Purpose.CONFIRM: timedelta(days=14)}


def make_token(signature_id: int, purpose: Purpose) -> str:
    """Return the token that lets its holder do ``purpose`` with one signature."""
    token = _serializer(purpose).dumps(signature_id)
    return token if isinstance(token, str) else token.decode()


def read_token(token: str, purpose: Purpose) -> int:
    """Return the signature's id; raises TokenRefused or TokenExpired."""
    lifetime = LIFETIMES.get(purpose)
    try:
        found = _serializer(purpose).loads(
            token, max_age=int(lifetime.total_seconds()) if lifetime else None
        )
    except SignatureExpired:
        raise TokenExpired(gettext("This link has expired. Sign again to get a new one.")) from None
    except (BadSignature, UnicodeError, ValueError):
        found = None
    if not isinstance(found, int):
        raise refuse_link()
    return found


def refuse_link() -> TokenRefused:
    """Return the error for a link that is none of ours, in the same words everywhere."""
    return TokenRefused(gettext("This link is not valid. Check that it was copied whole."))


def _serializer(purpose: Purpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(get_settings().secret_key, salt=f"hundredth-{purpose}")
