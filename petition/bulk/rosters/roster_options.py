"""The options of an import, as a form has them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from petition.officials.rosters.mailing_address import tidy
from petition.postal.us_states import BY_CODE, State

PARTIAL = "partial"
COMPLETE = "complete"
MOST_LABELS = 50
LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True)
class RosterOptions:
    """What `petition officials import` has as options; see import_roster.

    - ``mode``: PARTIAL, COMPLETE or empty. ``state``: a postal abbreviation, or empty.
    """

    state: str = ""
    mode: str = ""
    leave_out: tuple[str, ...] = ()
    skip_unjoined: bool = False

    @property
    def only(self) -> State | None:
        """The state whose people are read; None: all."""
        return BY_CODE[self.state] if self.state else None

    def as_json(self) -> dict[str, Any]:
        """Return them as they are stored."""
        return asdict(self) | {"leave_out": list(self.leave_out)}


def read_options(form: Mapping[str, str]) -> RosterOptions:
    """Return the options of a form, with one label in a line; what is not known is left out."""
    labels = [tidy(line)[:LONGEST_LABEL] for line in form.get("leave_out", "").splitlines()]
    state, mode = form.get("state", ""), form.get("mode", "")
    return RosterOptions(
        state=state if state in BY_CODE else "",
        mode=mode if mode in (PARTIAL, COMPLETE) else "",
        leave_out=tuple(label for label in labels if label)[:MOST_LABELS],
        skip_unjoined=form.get("skip_unjoined") == "1",
    )


def load_options(stored: Mapping[str, Any]) -> RosterOptions:
    """Return stored options."""
    return RosterOptions(**(dict(stored) | {"leave_out": tuple(stored["leave_out"])}))
