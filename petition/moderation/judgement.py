"""Judge what a signer wrote: printed without a person's reading, or not before."""

from enum import StrEnum

from petition.core.extensions import get_settings
from petition.models.campaign import CommentMode
from petition.models.comment import CommentState
from petition.moderation.hidden_links import find_email, find_link
from petition.moderation.listed_words import find_listed
from petition.moderation.long_numbers import find_number
from petition.moderation.text_folding import make_latin, make_plain


class ReadingReason(StrEnum):
    """Why words must be read by a person whatever their campaign prints."""

    EMAIL = "email"
    LINK = "link"  # or an account elsewhere
    PHONE = "phone"  # or another number to misuse, as a card's
    WORD = "word"  # a listed one


def judge_comment(
    mode: str, comment: str, publish: bool, before: str | None = None
) -> CommentState | None:
    """Return the state of words as they are signed, mended or offered for print again.

    - None: there is nothing to print. ``mode``: see CommentMode.
    - ``before``: the state of the words whose place they take. What waited or was struck is read
      again, whatever takes its place; ``comment_decided_at`` of mended words is then None.
    """
    if not publish or not comment.strip() or mode == CommentMode.NONE:
        return None
    if mode != CommentMode.ALL or before in (CommentState.WAITING, CommentState.STRUCK):
        return CommentState.WAITING
    return CommentState.ALLOWED if find_reason(comment) is None else CommentState.WAITING


def find_reason(comment: str) -> ReadingReason | None:
    """Return what a person must look at in it; None where it is harmless as far as is known."""
    plain = make_plain(comment)
    latin = make_latin(plain)
    if find_email(latin):
        return ReadingReason.EMAIL
    if find_link(plain, latin):
        return ReadingReason.LINK
    if find_number(latin):
        return ReadingReason.PHONE
    return ReadingReason.WORD if find_listed(latin, get_settings().comment_words) else None
