"""Messages for staff, and in the portal of partners, in English."""

from collections.abc import Mapping

from petition.attention.attention_problems import AttentionProblem
from petition.campaigns.campaign_problems import CampaignProblem
from petition.comments.comment_problems import CommentProblem
from petition.core.errors import ProblemCode
from petition.counting.counting_problems import CountingProblem
from petition.delivery.delivery_problems import DeliveryProblem
from petition.dispatch.pause_problems import PauseProblem
from petition.locating.review_problems import ReviewProblem
from petition.partners.partner_problems import PartnerProblem
from petition.retention.retention_problems import RetentionProblem
from petition.signers.staff_requests.held_campaigns import HoldProblem
from petition.signers.staff_requests.request_problems import RequestProblem


class StaffProblem(ProblemCode):
    """What the staff pages refuse by themselves."""

    MILESTONE_NOT_SURE = "milestone-not-sure"
    EVIDENCE_MISSING = "milestone-evidence-missing"
    DELIVERY_NOT_SURE = "delivery-not-sure"
    TWO_DISTRICTS = "two-districts"
    SIGNATURE_NOT_SURE = "signature-not-sure"


STAFF_MESSAGES: Mapping[ProblemCode, str] = {
    StaffProblem.MILESTONE_NOT_SURE: "Check the box to confirm: these people leave the count.",
    StaffProblem.EVIDENCE_MISSING: "Choose which signatures you mean.",
    StaffProblem.DELIVERY_NOT_SURE: "Check the box to confirm: this cannot be undone.",
    StaffProblem.TWO_DISTRICTS: (
        "You selected one district and chose another in the list. Choose only one."
    ),
    StaffProblem.SIGNATURE_NOT_SURE: "Check the box to confirm: this cannot be undone.",
    RequestProblem.WHY_MISSING: "Write why, in a sentence without names.",
    RequestProblem.WHY_LONG: "Shorten this to %(most)s characters.",
    RequestProblem.NAME_MISSING: "Enter the full name.",
    RequestProblem.CAMPAIGN_MISSING: "Choose a campaign.",
    RequestProblem.NOT_FOUND: "There is no such signature.",
    RequestProblem.NOT_READABLE: (
        "This signature has no personal data any more, or the keys that are set do not open it."
    ),
    RequestProblem.ENDED: "This signature has ended. Nothing was changed.",
    RequestProblem.SEARCHED_OFTEN: (
        "You have searched very often. Try again in %(minutes)s min. Nothing was searched."
    ),
    RequestProblem.NAME_CHANGED: (
        "Someone has changed the name since you opened the page. Show who signed again. Nothing "
        "was changed."
    ),
    HoldProblem.ERASURE: (
        "The campaign is under a legal hold: nothing of it may be destroyed. Nothing was erased. "
        "Only an account that manages settings may erase it, for one signer, or "
        "`petition signatures erase --despite-hold`."
    ),
    HoldProblem.UNDO: (
        "The campaign is under a legal hold: nothing of it may be destroyed. No further row is "
        "imported. The people and the proof stay until the hold is released."
    ),
    HoldProblem.DISCARD: (
        "The campaign is under a legal hold: nothing of it may be destroyed. The list stays until "
        "the hold is released."
    ),
    CampaignProblem.EDITED: (
        "Someone else has changed this campaign since you opened the page. Nothing was saved."
    ),
    CampaignProblem.NO_VERSION: "There is no such version of this campaign.",
    CampaignProblem.NO_DRAFT: "This campaign has no draft.",
    ReviewProblem.SIGNATURE_NOT_FOUND: "There is no such signature.",
    ReviewProblem.NOT_IN_REVIEW: "This signature is no longer in review.",
    ReviewProblem.JUST_SETTLED: "This signature was settled a moment ago.",
    ReviewProblem.NOTHING_TO_READ: (
        "The address of this signature cannot be read. Restore its row from a backup, or erase it."
    ),
    ReviewProblem.NOT_READABLE: (
        "This signature's data cannot be read, so no letter could name its signer. Restore its "
        "row from a backup and look it up again, or erase it."
    ),
    ReviewProblem.DISTRICT_MISSING: "Choose the district that the signer lives in.",
    ReviewProblem.IN_NO_DISTRICT: (
        "The campaign does not count any district there. Reject the signature, or leave it."
    ),
    ReviewProblem.WHY_MISSING: "Write how you know, in a sentence without names.",
    ReviewProblem.WHY_LONG: "Shorten this to %(most)s characters.",
    PauseProblem.OF_SERVICE: (
        "Somebody whose role is for the whole service paused these letters, and only such a role "
        "resumes them."
    ),
    AttentionProblem.NOT_FOUND: "There is no such card.",
    AttentionProblem.ENDED: "This cause has ended. Nothing was changed.",
    AttentionProblem.CHANGED: (
        "Someone else has assigned or deferred this since you opened the page. Nothing was changed."
    ),
    AttentionProblem.NOBODY: "This account cannot act on this card. Choose another.",
    AttentionProblem.HOURS_MISSING: "Choose for how long.",
    AttentionProblem.NOTE_MISSING: "Write a note, without names.",
    AttentionProblem.WHY_MISSING: "Write why, in a sentence without names.",
    AttentionProblem.WORDS_LONG: "Shorten this to %(most)s characters.",
    AttentionProblem.NOT_STOPPED: "It has been resumed already. Nothing was changed.",
    RetentionProblem.WHY_MISSING: "Write why, in a sentence without names.",
    RetentionProblem.WHY_LONG: "Shorten this to %(most)s characters.",
    RetentionProblem.CAMPAIGN_MISSING: "Choose a campaign.",
    RetentionProblem.HELD_ALREADY: "This campaign is under a legal hold already.",
    RetentionProblem.NOT_HELD: "This campaign is no longer under a legal hold.",
    CommentProblem.VERDICT_MISSING: "Choose Allow or Strike.",
    CommentProblem.NONE_TICKED: "Select the comments that you are deciding on.",
    CommentProblem.TOO_MANY: "Select at most %(most)s at once.",
    CommentProblem.WHY_MISSING: ("Write why, in a sentence without names and quotes."),
    CommentProblem.WHY_LONG: "Shorten this to %(most)s characters.",
    CommentProblem.NOTHING_TO_DECIDE: "Signature %(signature_id)s has no comment to decide on.",
    CommentProblem.TAKEN_BACK: (
        "The signer of signature %(signature_id)s no longer wants the comment printed."
    ),
    CommentProblem.CHANGED: "The comment of signature %(signature_id)s has changed. Read it again.",
    CountingProblem.MILESTONE_NOT_FOUND: "There is no such hundred.",
    CountingProblem.MILESTONE_NOT_HELD: (
        "Only a held hundred can be released; this one is %(state)s."
    ),
    CountingProblem.MILESTONE_CHANGED: (
        "The signers of this hundred have changed since you opened it. Check them again."
    ),
    CountingProblem.EARLIER_WAITS: (
        "It waits for an earlier hundred of its district. Settle that one first."
    ),
    CountingProblem.LETTER_SENT: (
        "The letter of this hundred has been sent. It keeps its names and cannot be recalled."
    ),
    CountingProblem.NOBODY_MEANT: "No signature of this hundred matches; nothing was changed.",
    CountingProblem.NOBODY_TO_PUT_BACK: (
        "The signatures rejected with this hundred can no longer be put back."
    ),
    CountingProblem.LIMIT_WRONG: (
        "Enter a number from 1 to %(most)s, or off; leave it empty for the service's limit."
    ),
    CountingProblem.MINUTES_WRONG: (
        "Enter minutes from 1 to %(most)s; leave it empty for the service's limit."
    ),
    CountingProblem.LIMITS_CHANGED: (
        "Someone else has changed this campaign's limits since you opened the page. Nothing was "
        "changed."
    ),
    CountingProblem.LIMITS_WHY_MISSING: "Write why, in a sentence without names.",
    CountingProblem.WHY_MISSING: "Write how you know, in a sentence without names.",
    CountingProblem.EVIDENCE_UNKNOWN: (
        "The check %(only)s does not pick out signatures; choose another."
    ),
    DeliveryProblem.NOT_FOUND: "There is no such delivery.",
    DeliveryProblem.NO_LETTER: "This delivery has no letter yet.",
    DeliveryProblem.OUTCOME_UNKNOWN: (
        "This letter may or may not have arrived. Ask the office, then resolve the delivery as "
        "sent or as not sent; only then can it be sent again."
    ),
    DeliveryProblem.NOT_RETRIED: "A delivery that is %(state)s cannot be tried again.",
    DeliveryProblem.NOT_HELD_BACK: "A delivery that is %(state)s cannot be held by staff.",
    DeliveryProblem.NOT_RELEASED: (
        "This delivery is %(state)s and not held by staff, so there is nothing to release."
    ),
    DeliveryProblem.NOT_ENDED: (
        "A delivery of this letter to the post is %(state)s. The letter can be sent by another "
        "channel only after that one has failed, bounced or been cancelled."
    ),
    DeliveryProblem.MAY_HAVE_ARRIVED: (
        "This delivery was cancelled after an attempt that may have arrived. If the letter were "
        "sent by another channel, the office could get it twice."
    ),
    DeliveryProblem.PEOPLE_ERASED: (
        "The signers of this campaign were erased after it closed, so its letters are not sent."
    ),
    DeliveryProblem.NAMES_ANOTHER: (
        "The letter is addressed to someone who no longer holds the post. It is not sent to anyone "
        "else."
    ),
    DeliveryProblem.NO_EMAIL: "The office has no e-mail address. Correct it first.",
    DeliveryProblem.CHANNEL_MISSING: (
        "Choose a channel that has not been planned for this letter yet."
    ),
    DeliveryProblem.NONE_TICKED: "Select the deliveries first.",
    DeliveryProblem.NOT_CONFIRMED: (
        "A delivery that is %(state)s cannot be confirmed by the office."
    ),
    DeliveryProblem.NOT_CANCELLED: "A delivery that is %(state)s cannot be cancelled.",
    DeliveryProblem.OUTCOME_KNOWN: (
        "Only a delivery with an unknown outcome can be resolved; this one is %(state)s."
    ),
    DeliveryProblem.OUTCOME_MISSING: "Choose “It arrived” or “It did not arrive”.",
    DeliveryProblem.WHY_MISSING: "Write why, in a sentence without names.",
    DeliveryProblem.VIEW_UNNAMED: "Give the view a name.",
    DeliveryProblem.VIEW_UNKNOWN: "There is no such view.",
    DeliveryProblem.TOO_MANY_VIEWS: (
        "You have %(most)s views already. Delete one that you no longer use."
    ),
    DeliveryProblem.NOTE_MISSING: "Write the note first.",
    DeliveryProblem.EMAIL_CHANGED: (
        "Someone has changed the address: it was %(seen)s when you opened this page, and now it is"
        " %(now)s. Check both, then send the form again to replace it."
    ),
    DeliveryProblem.SOURCE_MISSING: "Enter where the address is from.",
    DeliveryProblem.DAY_WRONG: "Enter the day on which you checked it, today at the latest.",
    DeliveryProblem.NOT_TO_FIX: "A delivery that is %(state)s does not wait for an address.",
    DeliveryProblem.CHANGED: "The delivery has just changed. Check it again before you decide.",
    PartnerProblem.NO_APPLICATION: "There is no such application, or its address is not proved.",
    PartnerProblem.APPLICATION_DECIDED: "Someone else has already decided on this.",
    PartnerProblem.NO_CHANGE: "There is no such change, or someone has already decided on it.",
    PartnerProblem.STATE_OTHERWISE: "The state of the organization has changed. Check it again.",
    PartnerProblem.WHY_MISSING: "Write why, in a sentence without names.",
    PartnerProblem.VOUCH_MISSING: (
        "The address is not at the domain of the website. Write how you know that the applicant "
        "may speak for the organization."
    ),
    PartnerProblem.SLUG_TAKEN: "Another organization has the short name %(slug)s; choose another.",
    PartnerProblem.SLUG_REFUSED: (
        "%(slug)s cannot be a short name. Use lowercase letters, digits and single hyphens, and "
        "no word that the pages use themselves."
    ),
    PartnerProblem.REACH_REFUSED: "Enter a whole number of kilometers from 1 to 500, or nothing.",
    PartnerProblem.LOGO_REFUSED: (
        "Use a PNG, JPEG or WebP picture of at most 100 kB, without the place where it was taken."
    ),
    PartnerProblem.DIVISION_REFUSED: (
        "Write one division id in each line, such as ocd-division/country:us/state:ma; at most 200."
    ),
    PartnerProblem.DIVISION_UNKNOWN: "No district that is in force has the id %(division)s.",
    PartnerProblem.DIVISIONS_MANY: "Choose at most %(most)s districts.",
    PartnerProblem.REACH_TWICE: "Give kilometers or districts, not both.",
    PartnerProblem.NO_BASE: "There is no such base, or it has changed by now.",
    PartnerProblem.BASE_KNOWN: "This base is in the list already.",
    PartnerProblem.BASES_FULL: "An organization has at most %(most)s bases. Remove one first.",
    PartnerProblem.LAST_OWNER: (
        "An organization keeps at least one owner. Make another member an owner first."
    ),
    PartnerProblem.NO_MEMBER: "This account is not a member of the organization.",
}
