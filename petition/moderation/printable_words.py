"""Which words of its signers the letter of a milestone prints, as of now.

Letters print by it, and delivery holds a letter that has not gone against it once more: whatever
was decided, mended or taken back meanwhile shows in ``mark``.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.columns import write_json
from petition.core.sealing import get_sealer
from petition.models import Campaign, CommentMode, LedgerEntry, Milestone, Signature
from petition.models.comment import may_be_printed, waits_for_review
from petition.models.person import skip_broken
from petition.moderation.text_folding import make_same

# An office reads a few; the others are told in a number.
MOST_PRINTED = 20


@dataclass(frozen=True, slots=True)
class PrintedWords:
    """One signer's words; ``others``: how many more of the letter wrote the same."""

    ordinal: int
    name: str
    locality: str
    text: str
    others: int


@dataclass(frozen=True, slots=True)
class Words:
    """The words of those whom a letter names.

    - ``printed``: what is allowed, in the order they joined, the same words once.
    - ``rest``: how many more wanted theirs printed. ``waiting``: how many of those nobody has read.
    - ``mark``: a keyed hash of what the letter says of all this; None where nobody wrote.
    """

    printed: tuple[PrintedWords, ...]
    rest: int
    waiting: int
    mark: str | None


def read_words(session: Session, milestone: Milestone) -> Words:
    """Return the words that the letter of a milestone prints, read in the caller's transaction."""
    rows = session.execute(
        select(
            LedgerEntry.ordinal,
            LedgerEntry.signature_id,
            Signature.person,
            may_be_printed().label("allowed"),
            waits_for_review().label("waits"),
        )
        .join(Signature, Signature.id == LedgerEntry.signature_id)
        .join(Campaign, Campaign.id == LedgerEntry.campaign_id)
        .where(
            milestone.carries(),
            Signature.ended_at.is_(None),
            Signature.publish_comment,
            Campaign.comments != CommentMode.NONE,
        )
        .order_by(LedgerEntry.ordinal)
    )
    seen: set[int] = set()
    first: dict[str, PrintedWords] = {}
    alike: dict[str, int] = {}
    wrote = waiting = 0
    for ordinal, signature_id, person, allowed, waits in rows:
        # What one who does not open wrote is not printed; the letter is not made without them.
        person = skip_broken(person)
        if signature_id in seen or person is None or not person.comment.strip():
            continue
        seen.add(signature_id)
        wrote += 1
        waiting += bool(waits)
        if allowed:
            same = make_same(person.comment)
            alike[same] = alike.get(same, 0) + 1
            words = PrintedWords(ordinal, person.name, person.locality, person.comment, 0)
            first.setdefault(same, words)
    printed = tuple(
        PrintedWords(words.ordinal, words.name, words.locality, words.text, alike[same] - 1)
        for same, words in list(first.items())[:MOST_PRINTED]
    )
    rest = wrote - len(printed) - sum(words.others for words in printed)
    return Words(printed, rest, waiting, _mark(printed, rest) if wrote else None)


def _mark(printed: tuple[PrintedWords, ...], rest: int) -> str:
    told = [[words.ordinal, words.others, words.text] for words in printed]
    return get_sealer().digest(write_json([told, rest]), "letter.words").hex()
