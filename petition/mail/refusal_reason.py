"""Whether a refusal speaks of the mailbox that was written to, or of us, of the way or of the text.

Only the first says that an address cannot be reached; the others an operator can mend.
"""

from petition.core.errors import ChannelRefused, ChannelUnavailable, PetitionError
from petition.mail.reports.refusal_kinds import About, CountsFrom
from petition.models import Cause

OF_RECIPIENT = frozenset({About.RECIPIENT, About.FULL})


def blames_recipient(refused: ChannelRefused) -> bool:
    """Return whether a refusal says that there is no such mailbox.

    - "Relay denied" does not: it says something about our own account.
    """
    return str(refused) == "malformed recipient" or refused.counts == CountsFrom.NOW


def doubts_recipient(refused: ChannelRefused) -> bool:
    """Return whether a refusal may be of the mailbox, and a second one days later would be."""
    return refused.counts == CountsFrom.SECOND


def find_cause(error: PetitionError) -> Cause | None:
    """Return what a mail server's refusal is about, where that is not the recipient's mailbox.

    - None also where no server was asked.
    """
    if not isinstance(error, ChannelRefused | ChannelUnavailable) or error.about in OF_RECIPIENT:
        return None
    return Cause.OURS if error.about == About.OURS else Cause.UNSURE
