"""The Message-IDs of mails to signers: they tell a bounce's signature, and nobody can make one up.

``<kind.signature.number.tag@host>``: without the tag, a keyed hash of the rest, whoever counts from
one could have any signer taken for unreachable.
"""

import re
from collections.abc import Collection

from petition.extensions import get_settings
from petition.sealing import get_sealer

PURPOSE = "mail.message-id"
TAG_BYTES = 8
# As an envelope sender carries it, which hosts on the way may rewrite (SRS) or spell anew.
_WITHIN = re.compile(
    r"(?<![a-z0-9.])([a-z]{1,12}\.[0-9]{1,19}\.[0-9]{1,19})\.([0-9a-f]{16})(?![0-9a-z])"
)
_SHAPE = re.compile(r"<([a-z]{1,12}\.([0-9]{1,19})\.[0-9]{1,19})\.([0-9a-f]{16})@[^<>@\s]+>")


def make_message_id(kind: str, signature_id: int, number: int) -> str:
    """Return the Message-ID of one mail; the same for each try at it.

    - ``number`` tells a signature's mails of one kind apart.
    """
    name = f"{kind}.{signature_id}.{number}"
    return f"<{name}.{_make_tag(name)}@{get_settings().mail_host}>"


def names_any(name: str, signature_ids: Collection[int]) -> bool:
    """Return whether what begins as a Message-ID does is of a mail for one of these signatures."""
    number = name.split(".")[1:2]
    return bool(number) and number[0].isdecimal() and int(number[0]) in signature_ids


def read_message_id(text: str) -> int | None:
    """Return the id of the signature that the mail was for; None where it is none of ours."""
    found = _SHAPE.fullmatch(text)
    if found is None or found[3] != _make_tag(found[1]):
        return None
    return int(found[2])


def read_envelope(address: str) -> int | None:
    """Return the id of the signature whose mail was sent from an address; None for another's.

    - The address holds what stands before the @ of the Message-ID: petition/mail/mailer.py.
    """
    found = _WITHIN.search(address.lower())
    if found is None or found[2] != _make_tag(found[1]):
        return None
    return int(found[1].split(".")[1])


def _make_tag(name: str) -> str:
    return get_sealer().digest(name, PURPOSE)[:TAG_BYTES].hex()
