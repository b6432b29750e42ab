"""A mailbox that signs, changes its words on every road there is, and staff who decide on them."""

from dataclasses import dataclass, field

from sqlalchemy import select

from petition.comments.comment_decisions import decide
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Campaign, CommentState, Signature
from petition.models.signatures.comment import may_be_printed
from petition.postal.zip_places import known_postal_code
from petition.signers.confirm import confirm
from petition.signers.later_answers import answer_words
from petition.signers.preferences import choose
from petition.signing.just_signed import JustSigned, make_answers_token
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.signing.sign import sign
from tests.factories import make_campaign
from tests.ground import fill_form

SQUARE, BUS, TREES = "The square is for all.", "The 83 never comes.", "Plant more trees."


def add_campaign(**values: object) -> str:
    """Add a campaign that prints what screening finds harmless; return its slug."""
    with transaction() as session:
        slug: str = make_campaign(session, **{"comments": "all"} | values).slug
    return slug


@dataclass
class Mailbox:
    """One mailbox in a campaign; ``rows``: the ids of what it has signed, in order."""

    slug: str
    number: int = 1
    rows: list[int] = field(default_factory=list)
    tokens: dict[int, str] = field(default_factory=dict)

    def sign(self, words: str = "", publish: bool = True) -> int:
        """Sign; return the id of the row, which waits for the mailbox if it has signed before."""
        form = fill_form(self.number) | {"comment": words}
        if publish:
            form["publish_comment"] = "1"
        signed = sign(self.slug, form, known_postal_code)
        row = signed.asked.signature_id
        self.rows.append(row)
        self.tokens[row] = make_answers_token(
            JustSigned(whom=signed.asked, campaign_id=signed.campaign_id, at=utcnow())
        )
        return row

    def tap(self, row: int, words: str, publish: bool = True) -> None:
        """Answer on the page after signing."""
        form = {"comment": words} | ({"publish_comment": "1"} if publish else {})
        answer_words(self.tokens[row], form)


def link(row: int) -> str:
    return make_token(row, LinkPurpose.STATUS)


def tick(row: int, publish: bool) -> None:
    """Set the box of the private page."""
    choose(link(row), publish, show_name=None, notify=False, tell_successor=False)


def confirm_as(row: int, choice: str) -> None:
    confirm(make_token(row, LinkPurpose.CONFIRM), choice)


def strike(row: int) -> None:
    decide([row], CommentState.STRUCK, "staff:1", "not for print")


def allow(row: int) -> None:
    decide([row], CommentState.ALLOWED, "staff:1")


def read_state(row: int) -> str | None:
    db.session.rollback()
    return db.session.scalar(select(Signature.comment_state).where(Signature.id == row))


def read_printable(rows: list[int]) -> dict[int, str]:
    """Return the words of these signatures that a letter would print now."""
    db.session.rollback()
    found = db.session.execute(
        select(Signature.id, Signature.person)
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(
            Signature.id.in_(rows),
            Signature.ended_at.is_(None),
            Signature.state != "pending",
            may_be_printed(),
        )
    )
    return {id: person.comment for id, person in found if person.comment}
