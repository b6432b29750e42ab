"""Tokens for the links by which a signer stops one organization, without signing in.

- As those of link_tokens.py: a signature's hidden id and secret, and the organization's id; nothing
  personal, not stored, valid until the signer's links are renewed. Such a link opens nothing else.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from itsdangerous import BadSignature

from petition.models.signatures.signature import make_link_secret
from petition.signing.link_tokens import (
    LARGEST_ID,
    check_link_secret,
    find_link_secret,
    hide_id,
    make_serializer,
    read_hidden_id,
    refuse_link,
)

PURPOSE = "unsubscribe-group"


def make_group_token(signature_id: int, organization_id: int) -> str:
    """Return a token that withdraws what a signer allowed one organization.

    - If there is no such signature the token is never valid.
    """
    secret = find_link_secret(signature_id) or make_link_secret()
    held = [hide_id(signature_id), organization_id, urlsafe_b64encode(secret).decode()]
    token = make_serializer(PURPOSE).dumps(held)
    return token if isinstance(token, str) else token.decode()


def read_group_token(token: str) -> tuple[int, int]:
    """Return the ids of signature and organization; raises TokenRefused."""
    try:
        held: object = make_serializer(PURPOSE).loads(token)
    except (BadSignature, UnicodeError, ValueError):
        raise refuse_link() from None
    match held:
        case [str() as hidden, int() as organization_id, str() as text] if (
            0 < organization_id <= LARGEST_ID
        ):
            signature_id = read_hidden_id(hidden)
            if not 0 < signature_id <= LARGEST_ID:
                raise refuse_link()
            try:
                secret = urlsafe_b64decode(text)
            except ValueError:
                raise refuse_link() from None
            check_link_secret(signature_id, secret)
            return signature_id, organization_id
    raise refuse_link()
