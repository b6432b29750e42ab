"""The comments that the letter of a milestone prints, as of now.

Letters are rendered from them, and delivery compares ``mark`` again before a letter is sent: it
changes with every comment that was decided, edited or withdrawn since.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.columns import write_json
from petition.core.sealing import get_sealer
from petition.models import Campaign, CommentMode, LedgerEntry, Milestone, Signature
from petition.models.signatures.comment import may_be_printed, waits_for_review
from petition.models.signatures.person import skip_broken
from petition.moderation.text_folding import make_same

# An office reads a few; of the others only the number is printed.
MOST_PRINTED = 20


@dataclass(frozen=True, slots=True)
class PrintedWords:
    """One signer's comment; ``others``: how many more signers of the letter wrote the same."""

    ordinal: int
    name: str
    locality: str
    text: str
    others: int


@dataclass(frozen=True, slots=True)
class Words:
    """The comments of the signers named in a letter.

    - ``printed``: the allowed ones, in the order of counting, identical ones once.
    - ``rest``: how many more signers wanted theirs printed. ``waiting``: how many of these await
      review.
    - ``mark``: a keyed hash of what the letter prints of all this; None without any comment.
    """

    printed: tuple[PrintedWords, ...]
    rest: int
    waiting: int
    mark: str | None


def read_words(session: Session, milestone: Milestone) -> Words:
    """Return the comments for the letter of a milestone, read in the caller's transaction."""
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
        # The comment of a person who cannot be opened is skipped; the letter is not rendered until
        # the signature is set aside (transitions/unreadable_signatures.py).
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
