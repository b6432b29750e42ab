"""The tokens in the links that a signer is mailed: a signature's id and secret, for one purpose.

A token holds nothing personal and is not stored; whoever holds the link may do that one thing,
until the secret is made anew. The number alone would not do: a restored database gives it
out again.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from enum import StrEnum
from hashlib import sha1, sha256
from hmac import compare_digest

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import Row, bindparam, select

from petition.core.errors import ProblemCode, TokenExpired, TokenRefused
from petition.core.extensions import core_statements, get_settings
from petition.models import Signature
from petition.models.signatures.signature import make_link_secret

LARGEST_ID = 2**63 - 1  # of a column; a database refuses what is larger
_SECRET = select(Signature.id, Signature.link_secret).where(Signature.id == bindparam("number"))


class LinkProblem(ProblemCode):
    """What is wrong with a link that was followed."""

    INVALID = "link-invalid"
    EXPIRED = "link-expired"
    QUESTION_EXPIRED = "question-expired"


class LinkPurpose(StrEnum):
    """What a token allows."""

    CONFIRM = "confirm"
    STATUS = "status"
    UNSUBSCRIBE = "unsubscribe"


# A confirmation that nobody followed for two weeks expires; the other links stay good.
LIFETIMES = {LinkPurpose.CONFIRM: timedelta(days=14)}


def make_token(signature_id: int, purpose: LinkPurpose) -> str:
    """Return the token that lets its holder do ``purpose`` with one signature.

    - It opens nothing where there is no such signature, whoever gets its number later.
    """
    row = _find_row(signature_id)
    secret = (row.link_secret if row is not None else None) or make_link_secret()
    token = _serializer(purpose).dumps([signature_id, _write(secret)])
    return token if isinstance(token, str) else token.decode()


def read_token(token: str, purpose: LinkPurpose) -> int:
    """Return the signature's id; raises TokenRefused or TokenExpired.

    - TokenRefused also for one that was called back, and for another row's that had the number.
    """
    lifetime = LIFETIMES.get(purpose)
    try:
        found = _serializer(purpose).loads(
            token, max_age=int(lifetime.total_seconds()) if lifetime else None
        )
    except SignatureExpired:
        raise TokenExpired(LinkProblem.EXPIRED) from None
    except (BadSignature, UnicodeError, ValueError):
        raise refuse_link() from None
    signature_id, secret = _split(found)
    if not 0 < signature_id <= LARGEST_ID:
        raise refuse_link()
    row = _find_row(signature_id)
    if row is None or not row.link_secret or not compare_digest(row.link_secret, secret):
        raise refuse_link()
    return signature_id


def refuse_link() -> TokenRefused:
    """Return the error for a link that is none of ours, the same everywhere."""
    return TokenRefused(LinkProblem.INVALID)


def _split(held: object) -> tuple[int, bytes]:
    """Return the id and the secret that a token holds; id 0 for a token of another shape."""
    match held:
        case [int() as signature_id, str() as text]:
            try:
                return signature_id, urlsafe_b64decode(text)
            except ValueError:
                return 0, b""
    return 0, b""


def _find_row(signature_id: int) -> Row[int, bytes | None] | None:
    with core_statements() as connection:
        return connection.execute(_SECRET, {"number": signature_id}).one_or_none()


def _write(secret: bytes) -> str:
    return urlsafe_b64encode(secret).decode()


def _serializer(purpose: LinkPurpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        get_settings().signing_keys,
        salt=f"hundredth-{purpose}",
        signer_kwargs={"digest_method": sha256},
        # itsdangerous' own default, with which links were signed at first.
        fallback_signers=[{"digest_method": sha1}],
    )
