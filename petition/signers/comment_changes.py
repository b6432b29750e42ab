"""Gives a signature's words their state again after its signer has changed them."""

from petition.models import CommentState, Signature
from petition.moderation.judgement import judge_comment


def judge_again(signature: Signature, mode: str, words: str, publish: bool) -> None:
    """Set the box and the state for the words that the signature has now.

    - ``mode``: see CommentMode. ``publish``: the signer wants them printed.
    - Words that staff struck stay struck while they are emptied or not to be printed. Otherwise
      their signer could take them back and offer them again, judged as if nobody had read them.
    - Others that replace struck or waiting ones wait for a review.
    """
    signature.publish_comment = publish
    state = judge_comment(mode, words, publish, signature.comment_state)
    if state is None and signature.comment_state == CommentState.STRUCK:
        return
    signature.comment_state = state
    signature.comment_decided_at = None
