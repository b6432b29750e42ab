"""The result of a check of posts: counts by layer, unreachable posts, findings."""

from dataclasses import dataclass, field

from petition.officials.checks.placed_posts import PostFinding
from petition.officials.corrections.roster_comparison import Compared
from petition.officials.post_status import ObstacleReason


@dataclass(slots=True)
class LayerCount:
    """The counts of the posts of a layer.

    - ``unreachable``: held posts that no letter can reach by the channel; of these ``web_form``
      have only a web form, ``paper`` a postal address or fax, ``no_address`` nothing.
    - ``without_post``: districts without a post to write to.
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
    """A post whose letters cannot be sent now; ``post_id`` is the number that commands take."""

    post_id: int
    post: str
    layer: str
    district: str
    holder: str | None
    reason: ObstacleReason


@dataclass(slots=True)
class RosterCheck:
    """The result of a check, by layer and in the order of the kinds.

    - ``unreached``: the posts whose letters cannot be sent. ``corrections``: those of its posts.
    - ``campaign``: the slug of the campaign that was checked; None: all posts.
    - ``empty``: its layers that have no district in force, in which nobody is counted.
    """

    campaign: str | None = None
    empty: list[str] = field(default_factory=list)
    counts: dict[str, LayerCount] = field(default_factory=dict)
    findings: list[PostFinding] = field(default_factory=list)
    unreached: list[Unreached] = field(default_factory=list)
    corrections: list[Compared] = field(default_factory=list)

    @property
    def needs_action(self) -> bool:
        """Whether a finding can be resolved by an operator.

        - A vacant seat cannot. For a campaign, a district without a post and a layer without a
          district count as well.
        """
        return bool(self.empty) or any(
            count.unreachable or count.ended or (self.campaign and count.without_post)
            for count in self.counts.values()
        )
