"""Gives a signature's words their state again after its signer has changed them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.models import CommentState, Signature, StruckMailbox
from petition.models.signatures.person import skip_broken
from petition.moderation.judgement import judge_comment


def judge_again(
    session: Session, signature: Signature, mode: str, words: str, publish: bool
) -> None:
    """Set the box and the state for the words that the signature has from now on.

    - Called before they are stored. ``mode``: see CommentMode. ``publish``: the signer wants them
      printed.
    - Words that staff struck stay struck while they are only taken back.
    - Once staff have struck words of a mailbox in this campaign, all its later words there wait for
      a review when they are offered; so do others that replace waiting ones.
    """
    person = skip_broken(signature.person)
    is_same = person is not None and person.comment == words
    is_struck = find_struck(session, signature) is not None
    before = CommentState.STRUCK if is_struck else signature.comment_state
    signature.publish_comment = publish
    state = judge_comment(mode, words, publish, before)
    if state is None and is_same and signature.comment_state == CommentState.STRUCK:
        return
    signature.comment_state = state
    signature.comment_decided_at = None


def find_struck(session: Session, signature: Signature) -> datetime | None:
    """Return when staff first struck words of the signature's mailbox in its campaign, or None."""
    of_mailbox = select(StruckMailbox.struck_at).where(
        StruckMailbox.campaign_id == signature.campaign_id,
        StruckMailbox.email_digest == signature.email_digest,
    )
    with session.no_autoflush:  # the box and the state are written together
        return session.scalar(of_mailbox)
