"""The state of a signer's words, and the conditions by which a campaign prints words."""

from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_

from petition.models.campaigns.campaign import Campaign, CommentMode
from petition.models.signatures.signature import Signature


class CommentState(StrEnum):
    """The state of words that their signer wants printed; NULL if there are none to print."""

    WAITING = "waiting"  # for a person to read them
    ALLOWED = "allowed"  # by a person, or by screening while the campaign prints all
    STRUCK = "struck"  # a person keeps them out of every letter


def may_be_printed() -> ColumnElement[bool]:
    """Return the condition for words that a letter may print, on signatures joined with campaigns.

    - If words are reviewed, only those that a person has allowed: when a campaign changes from all
      words to reviewed ones, no row need be changed.
    """
    read = Signature.comment_decided_at.is_not(None)
    return and_(
        Signature.publish_comment,
        Signature.comment_state == CommentState.ALLOWED,
        Campaign.comments != CommentMode.NONE,
        or_(Campaign.comments == CommentMode.ALL, read),
    )


def waits_for_review() -> ColumnElement[bool]:
    """Return the condition for words that wait to be read, on signatures joined with campaigns.

    - Written so that it uses the index ``ix_signatures_comments_undecided``.
    """
    unread = or_(
        Signature.comment_state == CommentState.WAITING,
        and_(
            Signature.comment_state == CommentState.ALLOWED,
            Campaign.comments == CommentMode.REVIEWED,
        ),
    )
    return and_(
        Signature.comment_state.is_not(None),
        Signature.comment_decided_at.is_(None),
        Signature.ended_at.is_(None),
        Signature.publish_comment,
        Campaign.comments != CommentMode.NONE,
        unread,
    )
