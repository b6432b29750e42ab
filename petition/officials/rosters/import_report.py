"""The result of an import of a roster."""

from dataclasses import dataclass, field

from petition.officials.corrections.roster_comparison import Compared


@dataclass(slots=True)
class ImportReport:
    """What an import changed, or with ``dry_run`` would change.

    - ``former``, ``vacant`` and ``ended`` name seats, with their holder where they had one; the
      last two are all such seats of the chambers in the roster.
    - ``passed_over``: people of the files whose role has no post here, or who are unknown;
      ``without_place``: mayors of states without any loaded place.
    - ``notes``: values that were corrected or treated as empty.
    - ``left_out``: the seats left out by name; ``skipped``: those without a district; ``unnamed``:
      the labels of --leave-out that match no seat.
    - ``fleeting``: seats that a manual file took from a person whom a public roster names;
      ``undone``: those that a public roster took back. Without a correction the last import wins.
    - ``corrections``: those of the roster's posts, compared with it.
    """

    dry_run: bool
    new_posts: int = 0
    new_officials: int = 0
    updated: int = 0
    passed_over: int = 0
    without_place: int = 0
    seats: int = 0
    held: int = 0
    former: list[str] = field(default_factory=list)
    vacant: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    fleeting: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    corrections: list[Compared] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything was changed."""
        return bool(self.new_posts or self.new_officials or self.updated or self.former)
