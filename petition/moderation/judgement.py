"""Decide whether a comment may be printed without review, or only after it."""

from enum import StrEnum

from petition.core.extensions import get_settings
from petition.models.campaigns.campaign import CommentMode
from petition.models.signatures.comment import CommentState
from petition.moderation.hidden_links import find_email, find_link
from petition.moderation.listed_words import find_listed
from petition.moderation.long_numbers import find_number
from petition.moderation.text_folding import make_latin, make_plain


class ReadingReason(StrEnum):
    """Why a comment must be reviewed, whatever the setting of its campaign."""

    EMAIL = "email"
    LINK = "link"  # or an account name on another service
    PHONE = "phone"  # or another sensitive number, such as a card's
    WORD = "word"  # a listed word


def judge_comment(
    mode: str, comment: str, publish: bool, before: str | None = None
) -> CommentState | None:
    """Return the state of a comment when it is signed, edited or released for print again.

    - None: there is nothing to print. ``mode``: see CommentMode.
    - ``before``: the state of the comment that it replaces. One that was waiting or struck requires
      a new review, whatever replaces it; ``comment_decided_at`` of an edited comment is then None.
    """
    if not publish or not comment.strip() or mode == CommentMode.NONE:
        return None
    if mode != CommentMode.ALL or before in (CommentState.WAITING, CommentState.STRUCK):
        return CommentState.WAITING
    return CommentState.ALLOWED if find_reason(comment) is None else CommentState.WAITING


def find_reason(comment: str) -> ReadingReason | None:
    """Return why a comment must be reviewed; None where screening finds no reason."""
    plain = make_plain(comment)
    latin = make_latin(plain)
    if find_email(latin):
        return ReadingReason.EMAIL
    if find_link(plain, latin):
        return ReadingReason.LINK
    if find_number(latin):
        return ReadingReason.PHONE
    return ReadingReason.WORD if find_listed(latin, get_settings().comment_words) else None
