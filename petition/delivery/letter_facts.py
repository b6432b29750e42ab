"""The data of one attempt at a letter, from which its message is composed."""

from dataclasses import dataclass

from petition.core.extensions import get_settings
from petition.delivery.letter_message import Facts
from petition.models import Delivery, Letter
from petition.models.officials.post import Addressee


@dataclass(frozen=True, slots=True)
class ReadyLetter:
    """A letter that may be sent, with the data of the attempt.

    - ``replies``: the mark of the file that goes with it; None for none.
    - ``holder_changed``: the seat is vacant, or its holder is not the one the letter addresses.
    - ``block_changed``: the current address block differs from the printed one.
    """

    channel: str
    milestone_id: int
    replies: str | None
    facts: Facts
    holder_changed: bool
    block_changed: bool


def gather_facts(delivery: Delivery, letter: Letter, addressee: Addressee | None) -> Facts:
    """Return the data that the message of a letter is composed from."""
    settings = get_settings()
    milestone, post = delivery.milestone, delivery.post
    campaign, district = milestone.campaign, milestone.district
    # A topic may contain merge fields, which only the letter replaces.
    topic = campaign.topic if campaign.topic and "{{" not in campaign.topic else campaign.title
    return Facts(
        message_id=delivery.message_id,
        dated=letter.rendered_at,
        sha256=letter.sha256,
        code=milestone.code,
        language=campaign.language,
        topic=topic,
        organization=campaign.organization,
        reply_to=campaign.organization_email,
        sender=settings.mail_from,
        recipient=addressee.email if addressee else None,
        title=post.title,
        salutation=addressee.salutation if addressee else post.salutation,
        district=district.say(campaign.language),
        state=district.state,
        names=letter.names,
        total=milestone.threshold,
        url=f"{settings.public_url}/letters/{milestone.code}",
        message=letter.message,
    )
