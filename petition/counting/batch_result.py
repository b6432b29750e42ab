"""What a batch of counting did, be it of those who joined or of those who left."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """So many signatures, and what follows from them.

    - ``milestones``: ids of those it raised or made good again, whose letters are now due.
    - ``full``: the batch was as large as it may be, so there is probably more.
    """

    signatures: int
    milestones: list[int]
    full: bool
