"""Delivery: sends each rendered letter to its post by its channel once, and logs how."""

from petition.delivery.held_deliveries import release_held
from petition.delivery.letter_kind import LETTERS
from petition.delivery.send import deliver
from petition.delivery.staff_decisions import cancel, resolve, retry

__all__ = ["LETTERS", "cancel", "deliver", "release_held", "resolve", "retry"]
