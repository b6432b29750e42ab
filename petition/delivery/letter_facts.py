"""What an attempt at a letter must know, and what its message is composed from."""

from dataclasses import dataclass

from petition.core.extensions import get_settings
from petition.delivery.letter_message import Facts
from petition.models import Delivery, Letter
from petition.models.officials.post import Addressee


@dataclass(frozen=True, slots=True)
class ReadyLetter:
    """A letter that may go, with all that the attempt needs to know.

    - ``holder_changed``: another holds the seat than the letter is addressed to, or nobody.
    - ``block_changed``: the address block is not the printed one any more, for whatever reason.
    """

    channel: str
    facts: Facts
    holder_changed: bool
    block_changed: bool


def gather_facts(delivery: Delivery, letter: Letter, addressee: Addressee | None) -> Facts:
    """Return what the message about a letter is composed from."""
    settings = get_settings()
    milestone, post = delivery.milestone, delivery.post
    campaign, district = milestone.campaign, milestone.district
    # A topic may hold merge fields, which only the letter itself fills.
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
    )
