"""What a campaign does with the words of its signers, and where one signer's words stand."""

from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_

from petition.models.campaigns.campaign import Campaign, CommentMode
from petition.models.signatures.signature import Signature


class CommentState(StrEnum):
    """Where words stand that their signer wants printed; NULL where there are none to print."""

    WAITING = "waiting"  # for a person to read them
    ALLOWED = "allowed"  # by a person, or by screening while the campaign prints all
    STRUCK = "struck"  # a person keeps them out of every letter


def may_be_printed() -> ColumnElement[bool]:
    """Return which words a letter may print, over signatures joined with their campaigns.

    - Where words are reviewed, only what a person has allowed: a campaign that printed all and is
      reviewed from now on needs no row changed for that.
    """
    read = Signature.comment_decided_at.is_not(None)
    return and_(
        Signature.publish_comment,
        Signature.comment_state == CommentState.ALLOWED,
        Campaign.comments != CommentMode.NONE,
        or_(Campaign.comments == CommentMode.ALL, read),
    )


def waits_for_review() -> ColumnElement[bool]:
    """Return which words wait to be read, over signatures joined with their campaigns.

    - Said so that the index ``ix_signatures_comments_undecided`` has them.
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
