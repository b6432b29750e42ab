"""What staff do at a signer's request. Each needs a reason, and is one event with its actor."""

from collections.abc import Mapping
from typing import Any

from petition.audit.trail import record
from petition.core.errors import TokenRefused, UserError
from petition.core.extensions import db, transaction
from petition.signers.amend import NameChanged, amend_signature
from petition.signers.export import export_signature
from petition.signers.staff_requests.held_campaigns import CampaignHeld, HoldProblem, find_hold_of
from petition.signers.staff_requests.request_problems import RequestProblem, read_why
from petition.signers.withdraw import erase_signature, withdraw_signature

NAMES = ("given_name", "family_name")


def correct_name(
    signature_id: int, form: Mapping[str, str], seen: str, why: str, actor: str
) -> None:
    """Correct the name of a signer until a letter that names them is sealed.

    - ``form``: ``given_name``, ``family_name``. ``seen``: the mark of the name that was
      shown (``mark_name``).
    - Raises InvalidInput, also once a letter is sealed; UserError if it has ended, or has another
      name by now. The refusal does not say which: only opening a signature shows its name.
    """
    reason = read_why(why)
    names = {name: form.get(name, "") for name in NAMES}
    try:
        amend_signature(signature_id, names, seen, actor=actor, why=reason)
    except TokenRefused:
        raise UserError(RequestProblem.ENDED) from None
    except NameChanged:
        raise UserError(RequestProblem.NAME_CHANGED) from None


def withdraw_for_signer(signature_id: int, why: str, actor: str) -> bool:
    """Withdraw a signature; return False if it had ended before. Raises InvalidInput."""
    return withdraw_signature(signature_id, actor, {"why": read_why(why)})


def erase_for_signer(
    signature_id: int, why: str, actor: str, *, despite_hold: bool = False
) -> bool:
    """Erase a signer's data; return False if it was erased before. Raises InvalidInput.

    - Raises CampaignHeld under a legal hold, unless ``despite_hold``: then the event names the
      hold.
    """
    reason = read_why(why)
    hold = detail_hold(signature_id, despite_hold)
    return erase_signature(signature_id, actor, detail={"why": reason, **hold})


def detail_hold(signature_id: int, despite_hold: bool) -> dict[str, int]:
    """Return the hold of a signature's campaign for the event of its erasure; {} without one.

    - Raises CampaignHeld if there is one, unless ``despite_hold``.
    """
    hold = find_hold_of(db.session(), signature_id)
    db.session.rollback()
    if hold is None:
        return {}
    if not despite_hold:
        raise CampaignHeld(HoldProblem.ERASURE)
    return {"hold": hold}


def export_for_signer(signature_id: int, why: str, actor: str) -> dict[str, Any]:
    """Return all that is stored about a signer, to be handed to them; raises InvalidInput.

    - Recorded before anything leaves.
    """
    reason = read_why(why)
    with transaction() as session:
        record(
            session,
            "signature.exported",
            "signature",
            signature_id,
            actor=actor,
            detail={"why": reason},
        )
    return export_signature(signature_id)
