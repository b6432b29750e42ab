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
    CampaignProblem.FOLLOWS_ITSELF: "A campaign cannot follow itself.",
    CampaignProblem.PEOPLE_ERASED: (
        "The signers of %(slug)s were erased under PETITION_KEEP_CLOSED_DAYS, so people could be "
        "counted twice. Have another campaign follow it (petition campaigns follow)."
    ),
    CampaignProblem.NO_ASK: (
        "%(slug)r has no ask yet. Add `ask` to its file, one sentence that says what you want the "
        "lawmaker to do; then run `petition campaigns update FILE` and open it again."
    ),
    LetterProblem.MERGE_FIELD_UNREAD: "There is a merge field where none is allowed.",
    BoundaryProblem.SET_NOT_FOUND: (
        "There is no boundary set %(set_id)s; list them with `petition districts list`."
    ),
    PostProblem.NOT_FOUND: (
        "There is no post %(text)r: give its number, its title or its division."
    ),
    PostProblem.NUMBER_UNKNOWN: "There is no post %(post_id)s.",
    PostProblem.SEVERAL: ("%(count)s posts match %(text)r; give the number of one:\n%(posts)s"),
    PostProblem.SEVERAL_MORE: (
        "%(count)s posts match %(text)r; give the number of one:\n%(posts)s\n  and %(more)s more"
    ),
    PostProblem.IS_PAST: (
        "%(until)s is in the past, so nothing would be corrected; give a later day."
    ),
    PostProblem.NO_HOLDER: (
        "No one holds the seat of %(post)s: name its holder (--holder), or say that the address "
        "belongs to the post (--for-post)."
    ),
    PostProblem.IS_BODY: "%(post)s is addressed as a body, so it has no holder.",
    PostProblem.EMAIL_REFUSED: "%(text)r is not an e-mail address that a letter could be sent to.",
    PostProblem.OFFICE_REFUSED: (
        "%(text)r is not a postal address: give its lines with semicolons between them, "
        "including a street or a box."
    ),
    PostProblem.NAME_REFUSED: "%(text)r is not a name that can be printed.",
    PostProblem.CHANGED: (
        "Something has changed since this was shown, so nothing was corrected. Run the command "
        "again."
    ),
    PostProblem.CORRECTION_NOT_FOUND: "There is no correction %(correction_id)s in force.",
    LookupProblem.EMAIL_REFUSED: "This is not an e-mail address.",
    LookupProblem.NOBODY_SIGNED: "No one has signed %(slug)r with this address.",
    LookupProblem.NUMBER_UNKNOWN: "There is no signature %(signature_id)s.",
    # Each is the end of a sentence that begins with the name of the field.
    AccountProblem.EMAIL_TAKEN: "already has an account",
    AccountProblem.EMAIL_REFUSED: "is not an e-mail address",
    AccountProblem.NOT_FOUND: "There is no account with this e-mail address.",
    AccountProblem.TOO_SHORT: "needs at least %(least)s characters",
    AccountProblem.TOO_LONG: "can have at most %(most)s characters",
    AccountProblem.REPEATS_CHARACTERS: "repeats the same few characters",
    AccountProblem.HOLDS_NAME: "must not contain the name in the e-mail address",
    AccountProblem.GUESSABLE: "is one that programs guess first: choose several words of your own",
    AccountProblem.REPEATED_OTHERWISE: "is not the same both times",
    AccountProblem.WRONG_PASSWORD: "is wrong",
    AccountProblem.WRONG_CODE: "is wrong, or was used before",
    AccountProblem.LINK_SPENT: "This link was used, has expired, or was called back.",
    AccountProblem.ROLE_HELD: "has this role already",
    AccountProblem.ROLE_UNSCOPED: "is not one for this: staff roles are for the service or a"
    " campaign, group roles for an organization",
    AccountProblem.NO_INVITATION: "There is no such invitation.",
    AccountProblem.NOT_OPEN: "This invitation was accepted or called back.",
    AccountProblem.NO_SECOND_FACTOR: "This account has no second factor.",
}
