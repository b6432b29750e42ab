"""Whether a refusal concerns the recipient's mailbox, or our server, the route or the content.

Only the first means that an address is unreachable; an operator can fix the others.
"""

from petition.core.errors import ChannelRefused, ChannelUnavailable, PetitionError
from petition.mail.reports.refusal_kinds import About, CountsFrom
from petition.models import Cause

OF_RECIPIENT = frozenset({About.RECIPIENT, About.FULL})


def blames_recipient(refused: ChannelRefused) -> bool:
    """Return whether a refusal means that there is no such mailbox.

    - "Relay denied" does not: it concerns our own account.
    """
    return str(refused) == "malformed recipient" or refused.counts == CountsFrom.NOW


def doubts_recipient(refused: ChannelRefused) -> bool:
    """Return whether a refusal counts against the mailbox only if a second follows days later."""
    return refused.counts == CountsFrom.SECOND


def find_cause(error: PetitionError) -> Cause | None:
    """Return the cause of a mail server's refusal, None where it is the recipient's mailbox.

    - None also where no server was contacted.
    """
    if not isinstance(error, ChannelRefused | ChannelUnavailable) or error.about in OF_RECIPIENT:
        return None
    return Cause.OURS if error.about == About.OURS else Cause.UNSURE
