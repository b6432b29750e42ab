"""The result of one batch, of signatures that joined or of signatures that left."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The number of signatures in a batch and the milestones that are due because of it.

    - ``milestones``: ids of the milestones that it raised or reached again; their letters are due.
    - ``full``: the batch reached its size limit, so more signatures probably wait.
    """

    signatures: int
    milestones: list[int]
    full: bool
