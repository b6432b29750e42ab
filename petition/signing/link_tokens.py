"""Tokens for the links in mails to signers: a signature's hidden id and secret, for one purpose.

- A token contains nothing personal and is not stored; its holder may use it for its purpose until
  the secret is replaced.
- The id alone would not suffice: a restored database assigns the same id again. It is hidden, as
  in petition/notifications/message_ids.py: two of one's own would tell how many signed in between.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from hashlib import sha1, sha256
from hmac import compare_digest, digest

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import bindparam, select

from petition.core.errors import ProblemCode, SealBroken, TokenExpired, TokenRefused
from petition.core.extensions import core_statements, get_settings
from petition.core.sealing import hide_pair, read_pair, read_text, write_text
from petition.models import Signature
from petition.models.signatures.signature import make_link_secret

LARGEST_ID = 2**63 - 1  # of a column; a database raises an error for a larger one
_SECRET = select(Signature.id, Signature.link_secret).where(Signature.id == bindparam("number"))


class LinkProblem(ProblemCode):
    """Why the token of a link is refused."""

    INVALID = "link-invalid"
    EXPIRED = "link-expired"
    QUESTION_EXPIRED = "question-expired"


class LinkPurpose(StrEnum):
    """What a token allows."""

    CONFIRM = "confirm"
    STATUS = "status"
    UNSUBSCRIBE = "unsubscribe"


# A confirmation link expires after two weeks; the other links do not expire.
LIFETIMES = {LinkPurpose.CONFIRM: timedelta(days=14)}


def make_token(signature_id: int, purpose: LinkPurpose) -> str:
    """Return a token that allows ``purpose`` for one signature, as ``make_tokens`` does."""
    return make_tokens(signature_id, [purpose])[purpose]


def make_tokens(signature_id: int, purposes: Iterable[LinkPurpose]) -> dict[LinkPurpose, str]:
    """Return a token for each purpose of one signature, whose row is read once.

    - If there is no such signature no token is ever valid, also if its id is assigned later.
    """
    secret = find_link_secret(signature_id) or make_link_secret()
    held = [hide_id(signature_id), _write(secret)]
    return {purpose: _sign(held, purpose) for purpose in purposes}


def _sign(held: list[str], purpose: LinkPurpose) -> str:
    token = make_serializer(purpose).dumps(held)
    return token if isinstance(token, str) else token.decode()


def read_token(token: str, purpose: LinkPurpose) -> int:
    """Return the signature's id; raises TokenRefused or TokenExpired.

    - TokenRefused also for a token that was revoked, or of another row that had the same id.
    """
    lifetime = LIFETIMES.get(purpose)
    try:
        found = make_serializer(purpose).loads(
            token, max_age=int(lifetime.total_seconds()) if lifetime else None
        )
    except SignatureExpired:
        raise TokenExpired(LinkProblem.EXPIRED) from None
    except (BadSignature, UnicodeError, ValueError):
        raise refuse_link() from None
    signature_id, secret = _split(found)
    if not 0 < signature_id <= LARGEST_ID:
        raise refuse_link()
    check_link_secret(signature_id, secret)
    return signature_id


def check_link_secret(signature_id: int, secret: bytes) -> None:
    """Raise TokenRefused unless this is the secret of the signature's links."""
    known = find_link_secret(signature_id)
    if not known or not compare_digest(known, secret):
        raise refuse_link()


def refuse_link() -> TokenRefused:
    """Return the error for an invalid link, the same for every cause except expiry."""
    return TokenRefused(LinkProblem.INVALID)


def _split(held: object) -> tuple[int, bytes]:
    """Return the id and the secret in a token; id 0 if its content has another shape."""
    match held:
        case [str() as hidden, str() as text]:
            try:
                return read_hidden_id(hidden), urlsafe_b64decode(text)
            except ValueError:
                return 0, b""
    return 0, b""


def find_link_secret(signature_id: int) -> bytes | None:
    """Return the secret of a signature's links; None if there is no such signature."""
    with core_statements() as connection:
        row = connection.execute(_SECRET, {"number": signature_id}).one_or_none()
    return row.link_secret if row is not None else None


def hide_id(signature_id: int) -> str:
    """Return a signature's id as the tokens of links have it."""
    return write_text(hide_pair(_make_key(get_settings().signing_keys[-1]), signature_id, 0))


def read_hidden_id(hidden: str) -> int:
    """Return the id that ``hide_id`` hid; 0 for what it cannot have returned."""
    for key in get_settings().signing_keys:
        try:
            signature_id, zero = read_pair(_make_key(key), read_text(hidden))
        except (SealBroken, ValueError):
            return 0
        if zero == 0:
            return signature_id
    return 0


def _make_key(signing_key: str) -> bytes:
    # Of the keys that sign links, not of those that seal: where the data keys are other ones than
    # those of the database, a link is no forged one, and its page says what is wrong.
    return digest(signing_key.encode(), b"link id\0", "sha256")


def _write(secret: bytes) -> str:
    return urlsafe_b64encode(secret).decode()


def make_serializer(purpose: str) -> URLSafeTimedSerializer:
    """Return the serializer of the tokens for one purpose."""
    return URLSafeTimedSerializer(
        get_settings().signing_keys,
        salt=f"hundredth-{purpose}",
        signer_kwargs={"digest_method": sha256},
        # itsdangerous' default, with which older links are signed.
        fallback_signers=[{"digest_method": sha1}],
    )
