"""What is said to operators at the command line, of what they named or typed: in English."""

from collections.abc import Mapping

from petition.accounts.account_problems import AccountProblem
from petition.boundaries.boundary_problems import BoundaryProblem
from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.errors import ProblemCode
from petition.letters.letter_problems import LetterProblem
from petition.models.slug_problems import SlugProblem
from petition.officials.post_problems import PostProblem
from petition.signers.signer_problems import LookupProblem

OPERATOR_MESSAGES: Mapping[ProblemCode, str] = {
    SlugProblem.CAMPAIGN_UNKNOWN: "There is no campaign %(slug)r.",
    SlugProblem.ORGANIZATION_UNKNOWN: "There is no organization %(slug)r.",
    CampaignProblem.FOLLOWS_ITSELF: "A campaign does not follow itself.",
    CampaignProblem.PEOPLE_ERASED: (
        "Who signed %(slug)s was erased, as PETITION_KEEP_CLOSED_DAYS says: they "
        "would be counted twice. Have another campaign follow it (petition campaigns "
        "follow)."
    ),
    CampaignProblem.NO_ASK: (
        "%(slug)r has no ask yet. Add `ask` to its file, one sentence that says what you want the "
        "lawmaker to do; then run `petition campaigns update FILE` and open it again."
    ),
    LetterProblem.MERGE_FIELD_UNREAD: "A merge field stands where none is read.",
    BoundaryProblem.SET_NOT_FOUND: (
        "There is no boundary set %(set_id)s; `petition districts list` has all."
    ),
    PostProblem.NOT_FOUND: (
        "There is no post %(text)r: say its number, its title or its division."
    ),
    PostProblem.NUMBER_UNKNOWN: "There is no post %(post_id)s.",
    PostProblem.SEVERAL: (
        "%(count)s posts could be meant by %(text)r; say the number of one:\n%(posts)s"
    ),
    PostProblem.SEVERAL_MORE: (
        "%(count)s posts could be meant by %(text)r; say the number of "
        "one:\n%(posts)s\n  and %(more)s more"
    ),
    PostProblem.IS_PAST: "%(until)s is past: nothing would be corrected.",
    PostProblem.NO_HOLDER: (
        "Nobody holds the seat of %(post)s: say who does (--holder), or that the "
        "address is the post's own, whoever comes (--for-post)."
    ),
    PostProblem.IS_BODY: "%(post)s is addressed as a body: nobody holds it.",
    PostProblem.EMAIL_REFUSED: "%(text)r is no e-mail address that a letter could be sent to.",
    PostProblem.OFFICE_REFUSED: (
        "%(text)r is no address of an office: its lines, parted by semicolons, with "
        "a street or a box."
    ),
    PostProblem.NAME_REFUSED: "%(text)r is no name that can be printed.",
    PostProblem.CHANGED: (
        "Something has changed since it was shown: look again. Nothing was corrected."
    ),
    PostProblem.CORRECTION_NOT_FOUND: "There is no correction %(correction_id)s in force.",
    LookupProblem.EMAIL_REFUSED: "This is not an e-mail address.",
    LookupProblem.NOBODY_SIGNED: "Nobody has signed %(slug)r with this address.",
    LookupProblem.NUMBER_UNKNOWN: "There is no signature %(signature_id)s.",
    # Each is the end of a sentence that begins with the name of the field.
    AccountProblem.EMAIL_TAKEN: "has an account already",
    AccountProblem.EMAIL_REFUSED: "is not an address",
    AccountProblem.NOT_FOUND: "There is no account with this e-mail address.",
    AccountProblem.TOO_SHORT: "needs at least %(least)s characters",
    AccountProblem.TOO_LONG: "takes at most %(most)s characters",
    AccountProblem.REPEATS_CHARACTERS: "repeats too few characters",
    AccountProblem.HOLDS_NAME: "must not hold the name in the e-mail address",
    AccountProblem.GUESSABLE: "is one that programs guess first: take several words of your own",
}
