"""What is said to staff who decide on signatures, hundreds, comments and deliveries: in English."""

from collections.abc import Mapping

from petition.comments.comment_problems import CommentProblem
from petition.core.errors import ProblemCode
from petition.counting.counting_problems import CountingProblem
from petition.delivery.delivery_problems import DeliveryProblem
from petition.locating.review_problems import ReviewProblem


class StaffProblem(ProblemCode):
    """What the staff pages refuse by themselves."""

    MILESTONE_NOT_SURE = "milestone-not-sure"
    EVIDENCE_MISSING = "milestone-evidence-missing"
    DELIVERY_NOT_SURE = "delivery-not-sure"
    TWO_DISTRICTS = "two-districts"


STAFF_MESSAGES: Mapping[ProblemCode, str] = {
    StaffProblem.MILESTONE_NOT_SURE: "Tick the box: these people leave the count.",
    StaffProblem.EVIDENCE_MISSING: "Choose whom you mean.",
    StaffProblem.DELIVERY_NOT_SURE: "Tick the box: this cannot be undone.",
    StaffProblem.TWO_DISTRICTS: (
        "You ticked one district and chose another in the list. Take one of them."
    ),
    ReviewProblem.SIGNATURE_NOT_FOUND: "There is no such signature.",
    ReviewProblem.NOT_IN_REVIEW: "This signature is not in review any more.",
    ReviewProblem.JUST_SETTLED: "This signature was settled a moment ago.",
    ReviewProblem.NOTHING_TO_READ: "There is nothing to read of this signature.",
    ReviewProblem.NOT_READABLE: (
        "Nothing of this signature can be read, so nobody could name it in a letter. "
        "Put its row back from a backup and look it up again, or erase it."
    ),
    ReviewProblem.DISTRICT_MISSING: "Choose the district that the signer lives in.",
    ReviewProblem.IN_NO_DISTRICT: (
        "The campaign counts by no district there; reject the signature, or leave it."
    ),
    ReviewProblem.WHY_MISSING: "Say how you know. It stays in the log, so name nobody.",
    ReviewProblem.WHY_LONG: "Shorten this to %(most)s characters.",
    CommentProblem.VERDICT_MISSING: "Words are allowed or struck.",
    CommentProblem.NONE_TICKED: "Tick the words that you decide on.",
    CommentProblem.TOO_MANY: "At most %(most)s at once.",
    CommentProblem.WHY_MISSING: "Say why. It stays in the log, so name nobody and quote nothing.",
    CommentProblem.WHY_LONG: "Shorten this to %(most)s characters.",
    CommentProblem.NOTHING_TO_DECIDE: "Signature %(signature_id)s has no words to decide on.",
    CommentProblem.TAKEN_BACK: "The words of signature %(signature_id)s were taken back.",
    CommentProblem.CHANGED: "Signature %(signature_id)s has other words by now. Read them again.",
    CountingProblem.MILESTONE_NOT_FOUND: "There is no such hundred.",
    CountingProblem.MILESTONE_NOT_HELD: "Only a held hundred is released; this one is %(state)s.",
    CountingProblem.MILESTONE_CHANGED: (
        "The people of this hundred have changed since you looked at it. Look again."
    ),
    CountingProblem.EARLIER_WAITS: (
        "It waits for an earlier hundred of its district. Settle that one."
    ),
    CountingProblem.LETTER_SENT: (
        "The letter of this hundred has gone. It keeps its names, and nothing calls it back."
    ),
    CountingProblem.NOBODY_MEANT: "Nobody of this hundred is meant; nothing was changed.",
    CountingProblem.NOBODY_TO_PUT_BACK: (
        "Nobody who was rejected with this hundred can be put back any more."
    ),
    CountingProblem.WHY_MISSING: "Say how you know; it stays in the log, so name nobody.",
    CountingProblem.EVIDENCE_UNKNOWN: "Nobody is told by %(only)s.",
    DeliveryProblem.NOT_FOUND: "There is no such delivery.",
    DeliveryProblem.NO_LETTER: "This delivery has no letter yet.",
    DeliveryProblem.OUTCOME_UNKNOWN: (
        "Nobody knows whether this letter arrived. Ask the office, then resolve the "
        "delivery as sent or as not sent; only then may it go again."
    ),
    DeliveryProblem.NOT_RETRIED: "A delivery that is %(state)s cannot be tried again.",
    DeliveryProblem.NOT_CANCELLED: "A delivery that is %(state)s cannot be cancelled.",
    DeliveryProblem.OUTCOME_KNOWN: (
        "Only a delivery whose outcome is unknown can be resolved; it is %(state)s."
    ),
    DeliveryProblem.OUTCOME_MISSING: "Say sent or not-sent.",
    DeliveryProblem.WHY_MISSING: "Say how you know; it stays in the delivery's log.",
    DeliveryProblem.CHANGED: "The delivery has just changed. Look again.",
}
