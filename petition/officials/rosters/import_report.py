"""What an import of a roster changed."""

from dataclasses import dataclass, field

from petition.officials.corrections.roster_comparison import Compared


@dataclass(slots=True)
class ImportReport:
    """What an import changed, or with ``dry_run`` would change.

    - ``former``, ``vacant`` and ``ended`` name seats, with their holder where they had one; the
      last two are all such seats of the chambers that the roster speaks for.
    - ``passed_over``: people of the files with no post that letters go to, or unknown to us;
      ``without_place``: mayors of states of which no place is loaded.
    - ``notes``: what of the files was mended or taken for empty. ``left_out`` are the seats that
      were named so, ``skipped`` those without a district, ``unnamed`` the labels of --leave-out
      that no seat has.
    - ``fleeting``: seats that a file by hand took from whom a public roster names, ``undone`` those
      that a public roster took back: without a correction the last word holds.
    - ``corrections``: those of the roster's posts that stand, beside what it says itself.
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
        """Whether anything is other than before."""
        return bool(self.new_posts or self.new_officials or self.updated or self.former)
