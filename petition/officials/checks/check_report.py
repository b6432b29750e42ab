"""What a check of posts found: counts by layer, who cannot be reached, what to look at."""

from dataclasses import dataclass, field

from petition.officials.checks.placed_posts import PostFinding
from petition.officials.corrections.roster_comparison import Compared
from petition.officials.post_status import ObstacleReason


@dataclass(slots=True)
class LayerCount:
    """How the posts of a layer stand.

    - ``unreachable`` are those held that no letter can reach by the channel; of these ``web_form``
      have only that, ``paper`` a postal address or fax, ``no_address`` nothing.
    - ``without_post``: districts that have nobody to write to.
    """

    posts: int = 0
    held: int = 0
    vacant: int = 0
    ended: int = 0
    unreachable: int = 0
    web_form: int = 0
    paper: int = 0
    no_address: int = 0
    without_post: int = 0


@dataclass(frozen=True, slots=True)
class Unreached:
    """A post whose letters cannot go now; ``post_id`` is the number that a command takes."""

    post_id: int
    post: str
    layer: str
    district: str
    holder: str | None
    reason: ObstacleReason


@dataclass(slots=True)
class RosterCheck:
    """What a check found, by layer and in the order of the kinds.

    - ``unreached``: the posts whose letters cannot go. ``corrections``: those of its posts.
    - ``campaign``: the slug of the one that it is of; None: of all posts. ``empty``: its layers
      that have no district in force, in which nobody is counted.
    """

    campaign: str | None = None
    empty: list[str] = field(default_factory=list)
    counts: dict[str, LayerCount] = field(default_factory=dict)
    findings: list[PostFinding] = field(default_factory=list)
    unreached: list[Unreached] = field(default_factory=list)
    corrections: list[Compared] = field(default_factory=list)

    @property
    def needs_action(self) -> bool:
        """Whether somebody cannot be reached for whom something can be done.

        - A vacant seat is no fault. A district without a post is one where a campaign counts in it,
          and so is a layer of it that has no district.
        """
        return bool(self.empty) or any(
            count.unreachable or count.ended or (self.campaign and count.without_post)
            for count in self.counts.values()
        )
