"""What the e-mails about causes say, read when they are sent."""

from sqlalchemy.orm import Session

from petition.accounts.account_messages import AccountLetter
from petition.attention.cards import Card, list_cards, may_see
from petition.core.extensions import get_settings
from petition.models import AccountMail, AccountMailKind, AttentionCause, User


def prepare_digest(session: Session, mail: AccountMail, user: User) -> AccountLetter | None:
    """Return the day's e-mail; None if nothing waits any more."""
    cards = list_cards(session, user.roles, with_trail=False)
    return _write(mail, user, [card for card in cards if card.deferred_until is None])


def prepare_alert(session: Session, mail: AccountMail, user: User) -> AccountLetter | None:
    """Return the e-mail about one cause; None if it ended, or is not for this account any more."""
    cause = session.get(AttentionCause, mail.cause_id or 0, populate_existing=True)
    if cause is None or cause.ended_at is not None or not may_see(user.roles, cause):
        return None
    cards = list_cards(session, user.roles, with_trail=False)
    return _write(mail, user, [card for card in cards if card.id == cause.id])


PREPARERS = {AccountMailKind.DIGEST: prepare_digest, AccountMailKind.ALERT: prepare_alert}


def _write(mail: AccountMail, user: User, cards: list[Card]) -> AccountLetter | None:
    if not cards:
        return None
    return AccountLetter(
        mail.id,
        mail.kind,
        mail.portal,
        user.email,
        f"{get_settings().public_url}/{mail.portal}/attention",
        mail.created_at,
        lines=tuple(_describe(card) for card in cards),
    )


def _describe(card: Card) -> str:
    facts = [card.count] if card.count else []
    facts.append(f"since {card.since:%B} {card.since.day}, {card.since:%H:%M} UTC")
    campaign = f" ({card.campaign_title})" if card.campaign_title else ""
    return f"{card.title}{campaign}: {', '.join(facts)}"
