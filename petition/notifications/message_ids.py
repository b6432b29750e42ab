"""The Message-IDs of mails to signers, by which a bounce is matched to its signature.

``<kind.pair.tag@host>``: the pair is the signature's id and a number, hidden: whoever signs twice
would else see from two ids whether another signature was stored in between, and so whether an
address that they typed had signed before. The tag is a keyed hash of the rest and of the
signature's mark (petition/journals/marks.py). Without it, forged bounces could make signers
unreachable, and after a restore a bounce would be matched to another signature of the same id.
"""

import base64
import binascii
import re
from collections.abc import Collection

from sqlalchemy import select

from petition.core.errors import SealBroken
from petition.core.extensions import db, get_settings
from petition.core.sealing import get_sealer
from petition.journals.marks import make_mark
from petition.models import Signature

PURPOSE = "mail.message-id"
PADDING = "======"  # of base32, which is left out
TAG_BYTES = 8
LARGEST_ID = 2**63 - 1  # of a database's number
# As an envelope sender carries it, which hosts on the way may rewrite (SRS) or spell anew.
_WITHIN = re.compile(r"(?<![a-z0-9.])([a-z]{1,12}\.[a-z2-7]{26})\.([0-9a-f]{16})(?![0-9a-z])")
_SHAPE = re.compile(r"<([a-z]{1,12}\.[a-z2-7]{26})\.([0-9a-f]{16})@[^<>@\s]+>")


def make_message_id(kind: str, signature_id: int, number: int) -> str:
    """Return the Message-ID of one mail; the same for each try at it.

    - ``number`` tells a signature's mails of one kind apart.
    """
    pair = get_sealer().hide_pair(signature_id, number, PURPOSE)
    name = f"{kind}.{base64.b32encode(pair).decode().rstrip('=').lower()}"
    return f"<{name}.{_make_tag(name, signature_id)}@{get_settings().mail_host}>"


def names_any(name: str, signature_ids: Collection[int]) -> bool:
    """Return whether what begins as a Message-ID does is of a mail for one of these signatures."""
    return read_named_id(name) in signature_ids


def read_message_id(text: str) -> int | None:
    """Return the id of the signature that the mail was for; None where it is none of ours."""
    found = _SHAPE.fullmatch(text)
    return _check(found[1], found[2]) if found is not None else None


def read_envelope(address: str) -> int | None:
    """Return the id of the signature whose mail was sent from an address; None for another's.

    - The address holds what stands before the @ of the Message-ID: petition/mail/mailer.py.
    """
    found = _WITHIN.search(address.lower())
    return _check(found[1], found[2]) if found is not None else None


def _check(name: str, tag: str) -> int | None:
    signature_id = read_named_id(name)
    if signature_id is None or signature_id > LARGEST_ID:
        return None
    return signature_id if tag == _make_tag(name, signature_id) else None


def read_named_id(name: str) -> int | None:
    """Return the id that a name claims, unchecked; None where it has no pair.

    - ``name``: what stands before the @, or only begins so, as the name of a kept file does.
    """
    _, _, rest = name.partition(".")
    try:
        hidden = base64.b32decode(rest.partition(".")[0].upper() + PADDING)
        return get_sealer().read_pair(hidden, PURPOSE)[0]
    except (ValueError, binascii.Error, SealBroken):
        return None


def _make_tag(name: str, signature_id: int) -> str:
    row = db.session.execute(
        select(Signature.email_digest, Signature.created_at).where(Signature.id == signature_id)
    ).one_or_none()
    mark = make_mark(signature_id, row.email_digest, row.created_at) if row is not None else ""
    return get_sealer().digest(f"{name}|{mark}", PURPOSE)[:TAG_BYTES].hex()
