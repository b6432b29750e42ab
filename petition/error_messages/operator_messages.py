"""Messages for operators at the command line about their input, in English."""

from collections.abc import Mapping

from petition.accounts.account_problems import AccountProblem
from petition.boundaries.boundary_problems import BoundaryProblem
from petition.bulk.import_problems import ImportProblem
from petition.bulk.rosters.roster_problems import RosterProblem
from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.errors import ProblemCode
from petition.letters.letter_problems import LetterProblem
from petition.models.slug_problems import SlugProblem
from petition.officials.post_problems import PostProblem
from petition.signers.signer_problems import LookupProblem

OPERATOR_MESSAGES: Mapping[ProblemCode, str] = {
    SlugProblem.CAMPAIGN_UNKNOWN: (
        "There is no campaign %(slug)r; list them with `petition campaigns list`."
    ),
    SlugProblem.ORGANIZATION_UNKNOWN: (
        "There is no organization %(slug)r; list them with `petition partners list`."
    ),
    CampaignProblem.FOLLOWS_ITSELF: "A campaign cannot follow itself; name another as SUCCESSOR.",
    CampaignProblem.PEOPLE_ERASED: (
        "The signers of %(slug)s were erased under PETITION_KEEP_CLOSED_DAYS, so people could be "
        "counted twice. Have another campaign follow it (petition campaigns follow)."
    ),
    CampaignProblem.NO_ASK: (
        "%(slug)r has no ask yet. Add `ask` to its file, one sentence that says what you want the "
        "lawmaker to do; then run `petition campaigns update FILE` and open it again."
    ),
    LetterProblem.MERGE_FIELD_UNREAD: (
        "There is a merge field where none is allowed; move it into the text, or remove it."
    ),
    ImportProblem.QUOTES_WRONG: (
        "The quotation marks of this row are wrong: one is never closed, or text follows a closing "
        'one. Write a quotation mark inside a cell twice ("").'
    ),
    ImportProblem.CELLS_WRONG: (
        "The row has %(count)s cells and the first line of the file %(wanted)s. Put quotation "
        "marks around a cell that has a comma."
    ),
    ImportProblem.UNREADABLE: (
        "Some characters cannot be read. Save the file as CSV UTF-8, or give its --encoding."
    ),
    ImportProblem.DATE_MALFORMED: "Write the day as 2026-11-30 or 11/30/2026.",
    ImportProblem.DATE_AHEAD: "The day is in the future.",
    ImportProblem.SIGNED_ALREADY: "This address has signed already.",
    ImportProblem.TWICE_IN_FILE: "This address is in the file twice; the first row was imported.",
    ImportProblem.WITHDREW: (
        "This person withdrew their signature. They can sign again themselves; no one else can "
        "for them."
    ),
    BoundaryProblem.SET_NOT_FOUND: (
        "There is no boundary set %(set_id)s; list them with `petition districts list`."
    ),
    RosterProblem.NOT_FOUND: (
        "There is no such roster. One that is not imported is kept for a week."
    ),
    RosterProblem.FILE_MISSING: "Choose a file.",
    RosterProblem.FILE_EMPTY: "The file is empty. Export it again.",
    RosterProblem.FILE_LARGE: (
        "The file has more than %(most)s MB. Upload one of a single state, or use "
        "`petition officials import`."
    ),
    RosterProblem.ARCHIVE_BROKEN: (
        "The ZIP cannot be unpacked: it is damaged, needs a password, or has paths outside its "
        "folder. Pack the folder again."
    ),
    RosterProblem.ARCHIVE_LARGE: (
        "The files in the ZIP have more than %(most)s MB together. Upload one of a single state."
    ),
    RosterProblem.ARCHIVE_MANY: (
        "The ZIP has more than %(most)s files. Upload one of a single state."
    ),
    RosterProblem.ARCHIVE_EMPTY: (
        "The ZIP has no roster: a file that ends in .yml, .yaml, .csv, .tsv or .txt."
    ),
    RosterProblem.CHANGED: (
        "Nothing was imported: the import would now change something else than was shown. Check "
        "the new report below."
    ),
    RosterProblem.IMPORTED: "This roster has been imported already. Upload a newer one.",
    RosterProblem.DAMAGED: "The stored file is damaged. Upload it again.",
    RosterProblem.NO_ROWS: "Fill in at least one row.",
    RosterProblem.DIVISION_MISSING: (
        "Give the division id of a loaded district, such as "
        "ocd-division/country:us/state:ma/place:boston."
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
        "No one holds the seat of %(post)s: name its holder (--holder), or give --for-post if the "
        "address belongs to the post."
    ),
    PostProblem.IS_BODY: "%(post)s is addressed as a body, so it has no holder.",
    PostProblem.EMAIL_REFUSED: "%(text)r is not an e-mail address that a letter could be sent to.",
    PostProblem.OFFICE_REFUSED: (
        "%(text)r is not a postal address: give its lines with semicolons between them, "
        "including a street or a box."
    ),
    PostProblem.NAME_REFUSED: (
        "%(text)r is not a name that can be printed; give one with at least one letter."
    ),
    PostProblem.CHANGED: (
        "Something has changed since this was shown, so nothing was corrected. Run the command "
        "again."
    ),
    PostProblem.DAY_UNREAD: "Give a day such as 2027-01-31, or leave it empty.",
    PostProblem.VALUE_CHANGED: (
        "Someone has changed this: it was %(seen)s when you opened this page, and now it is "
        "%(now)s. Check both, then send the form again to replace it."
    ),
    PostProblem.CORRECTION_NOT_FOUND: (
        "There is no correction %(correction_id)s in force; list them with `petition officials "
        "corrections`."
    ),
    LookupProblem.EMAIL_REFUSED: "This is not an e-mail address; write it like name@example.org.",
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
    AccountProblem.NO_ACCOUNT: "There is no such account.",
    AccountProblem.OWN_ACCOUNT: "You cannot change your own account here. Ask another admin.",
    AccountProblem.LAST_ADMIN: (
        "This is the only admin who can sign in. Make another account an admin first. Nothing was "
        "changed."
    ),
    AccountProblem.LAST_OWNER: (
        "This is the last owner of the organization. Make another member an owner first. Nothing "
        "was changed."
    ),
    AccountProblem.OWNER_NOT_SURE: (
        "Make sure that the account's owner asks for this, then check the box."
    ),
    AccountProblem.GRANT_ENDED: "The account no longer has this role.",
    AccountProblem.SCOPE_UNKNOWN: "There is no such campaign or organization.",
}
