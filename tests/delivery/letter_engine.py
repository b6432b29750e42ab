"""The engine of petition/dispatch on letters, as the tests of deliveries call it."""

from datetime import datetime

from petition.delivery.letter_facts import ReadyLetter
from petition.delivery.letter_kind import LETTERS
from petition.dispatch import claims, recovery, settlement
from petition.dispatch.attempts import AttemptEnd
from petition.dispatch.kinds import Claim
from petition.models import DeliveryState
from petition.models.states import OutgoingState

LetterClaim = Claim[ReadyLetter]


def claim(delivery_id: int) -> LetterClaim | None:
    return claims.claim(LETTERS, delivery_id)


def mark_handover(claimed: LetterClaim, digest: str) -> None:
    claims.mark_handover(LETTERS, claimed, digest)


def settle(claimed: LetterClaim, state: DeliveryState, end: AttemptEnd) -> DeliveryState | None:
    settled = settlement.settle(LETTERS, claimed, OutgoingState(state), end)
    return DeliveryState(settled) if settled is not None else None


def find_due(limit: int = 200) -> list[int]:
    return LETTERS.find_due(limit)


def recover_expired(now: datetime | None = None, limit: int = 500) -> int:
    return recovery.recover_expired(LETTERS, now, limit)
