"""Which of the consents in a form its campaign asked for."""

from dataclasses import replace

from petition.models.campaigns.campaign import ConsentSharing
from petition.signing.form import Answers


def keep_asked(answers: Answers, sharing: str) -> Answers:
    """Return the answers with the consents that the form asked for.

    - Where organizations share by their own link, a form asks for the one by whose link the signer
      came, and for no other: what a program adds is left out.
    """
    if sharing != ConsentSharing.OWN_LINK:
        return answers
    asked = frozenset(one for one in answers.consents if one.organization == answers.source)
    return replace(answers, consents=asked)
