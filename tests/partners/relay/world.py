"""An organization with two authors, and people who allowed it to write to them."""

from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings, transaction
from petition.dispatch.engine import send_due
from petition.mail import get_folder
from petition.models import Campaign, ConsentOffer, RelayMessage, RelaySend, RoleGrant, User
from petition.notifications.relayed.relay_kind import RELAY
from petition.partners.relay.drafts import DraftForm, save_draft
from petition.partners.relay.sending import start_sending
from tests.factories import make_campaign, make_consent, make_offer, make_signature


@dataclass
class World:
    """Ids of what was made; ``consents`` in the order of ``signatures``."""

    campaign_id: int
    offer_id: int
    group_id: int
    users: list[int]
    signatures: list[int] = field(default_factory=list)
    consents: list[int] = field(default_factory=list)

    def draft(self, subject: str = "A walk", body: str = "Come along.", **fields: str) -> int:
        """Keep a draft of the first author; return its id."""
        return save_draft(self.group_id, self.users[0], DraftForm(subject, body, **fields))

    def start(self, **fields: str) -> int:
        """Begin to send a message of the first author; return its id."""
        message_id = self.draft(**fields)
        start_sending(self.group_id, self.users[0], message_id)
        return message_id

    def add_person(self, **changes: Any) -> int:
        """Add a signer who allows the organization to write; return the signature's id."""
        with transaction() as session:
            campaign = session.get_one(Campaign, self.campaign_id)
            signature = make_signature(session, campaign, **changes)
            consent = make_consent(
                session, signature.id, session.get_one(ConsentOffer, self.offer_id)
            )
            self.signatures.append(signature.id)
            self.consents.append(consent.id)
            return signature.id


def make_world(people: int = 3, slug: str = "riders", **campaign: Any) -> World:
    """Make an organization with two organizers and ``people`` who consented to it."""
    with transaction() as session:
        made = make_campaign(session, **campaign)
        offer = make_offer(session, made, slug=slug)
        users = [_make_member(f"{name}@{slug}.example", offer.organization_id) for name in "ab"]
        world = World(made.id, offer.id, offer.organization_id, users)
    for _ in range(people):
        world.add_person()
    return world


def _make_member(email: str, group_id: int) -> int:
    session = db.session()
    user = User(email=email, fs_uniquifier=email.ljust(32, "u")[:64], active=True)
    session.add(user)
    session.flush()
    session.add(
        RoleGrant(
            user_id=user.id,
            role="organizer",
            organization_id=group_id,
            granted_at=utcnow(),
            granted_by="test",
        )
    )
    session.flush()
    return user.id


def send_all() -> int:
    """Send what is due; return how many rows were handled."""
    handled = 0
    while found := send_due(RELAY):
        handled += found
    return handled


def read_states(message_id: int) -> list[str]:
    """Return the state of each row of a message, in order."""
    db.session.rollback()
    rows = select(RelaySend.state).where(RelaySend.message_id == message_id)
    return list(db.session.scalars(rows.order_by(RelaySend.id)))


def read_message(message_id: int) -> RelayMessage:
    """Return a message as it is now."""
    db.session.rollback()
    return db.session.get_one(RelayMessage, message_id, populate_existing=True)


def make_all_due() -> None:
    """Make the rows that wait due now."""
    with transaction() as session:
        waiting = RelaySend.due_at.is_not(None)
        session.execute(update(RelaySend).where(waiting).values(due_at=utcnow()))


def read_mails() -> list[EmailMessage]:
    """Return the messages in the folder, by their recipients."""
    paths = get_folder(get_settings()).folder.glob("relay*/message.eml")
    mails = [
        cast(EmailMessage, message_from_bytes(path.read_bytes(), policy=default)) for path in paths
    ]
    return sorted(mails, key=lambda mail: str(mail["To"]))
