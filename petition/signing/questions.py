"""The link that asks a signer where they live, right after they have signed.

It must tell nobody whether the person had signed before, so it is sealed: of one length for the
same answers, and the same to look at for a signature, for answers that wait to be confirmed, and
for a robot's.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask_babel import gettext

from petition.clock import utcnow
from petition.errors import ConfigurationError, TokenExpired
from petition.sealing import get_sealer, read_text, write_text
from petition.signing.tokens import refuse_link

PURPOSE = "signature.address"
# Signature, campaign, moment, how many were asked before, whether a box was given for a street and
# whether the mailbox has confirmed, ZIP; behind it what was named so far.
LAYOUT = struct.Struct(">QQdB??5s")
GOOD_FOR = timedelta(hours=2)
MOST_ASKED = 6  # pages in a row: each layer by name, another ZIP, a street


@dataclass(frozen=True, slots=True)
class Question:
    """Whom the link asks where they live; ``signature_id`` 0 for one that is not to be changed.

    - ``home``: what they have named so far (petition/models/home.py), also where nothing is stored.
      ``asked``: how many pages asked before this one. ``boxed``: a box was given for a street.
      ``confirmed``: it was made for who had confirmed by mail. ``at``: when it was made.
    """

    signature_id: int
    campaign_id: int
    postal_code: str
    home: str
    asked: int
    boxed: bool
    confirmed: bool
    at: datetime


def make_question(
    signature_id: int | None,
    campaign_id: int,
    postal_code: str,
    home: str = "",
    *,
    asked: int = 0,
    boxed: bool = False,
    confirmed: bool = False,
) -> str:
    """Return the token of the page that asks this signer where they live."""
    moment = utcnow().timestamp()
    code = postal_code.encode()[:5]
    packed = LAYOUT.pack(signature_id or 0, campaign_id, moment, asked, boxed, confirmed, code)
    return write_text(get_sealer().seal(packed + home.encode(), PURPOSE))


def read_question(token: str) -> Question:
    """Return whom the token asks; raises TokenRefused or TokenExpired."""
    try:
        packed = get_sealer().open(read_text(token), PURPOSE)
        signer, campaign, at, asked, boxed, confirmed, code = LAYOUT.unpack_from(packed)
    except (ValueError, struct.error, ConfigurationError):
        raise refuse_link() from None
    if utcnow().timestamp() > at + GOOD_FOR.total_seconds():
        raise TokenExpired(
            gettext(
                "This page has expired. Your signature is kept; if we mailed you its private link, "
                "say there where you live."
            )
        )
    home = packed[LAYOUT.size :].decode()
    made = datetime.fromtimestamp(at, UTC)
    return Question(signer, campaign, code.decode(), home, asked, boxed, confirmed, made)
