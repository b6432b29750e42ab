"""The content of a roster in any format: who holds which seat, and where they take mail."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from petition.core.errors import ImportRefused
from petition.models import Layer, PostRole
from petition.validation.printable import has_letter, make_printable

# Roles imported together: nobody sits in two chambers of one legislature, or of Congress.
LEGISLATURE = frozenset({PostRole.UPPER, PostRole.LOWER, PostRole.LEGISLATURE})
CONGRESS = frozenset({PostRole.US_REPRESENTATIVE, PostRole.US_SENATOR})
BODIES = frozenset({PostRole.COUNCIL, PostRole.BOARD})
# Roles of which a division has one, whatever a file says.
SINGLE = frozenset({PostRole.MAYOR, PostRole.US_REPRESENTATIVE, PostRole.GOVERNOR})
NOTHING = "Nothing was imported."
# The layer that a role is elected from, where it is only one.
LAYERS = {
    PostRole.UPPER: Layer.SLDU,
    PostRole.LOWER: Layer.SLDL,
    PostRole.LEGISLATURE: Layer.SLDU,
    PostRole.US_REPRESENTATIVE: Layer.CD,
}


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file, as a refusal names it: "ma.csv, row 3".

    - ``notes``: values that were corrected or treated as empty, of all places of one import.
    """

    file: str
    spot: str
    notes: list[str] = field(default_factory=list, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.file}, {self.spot}"

    def refuse(self, problem: str, expected: str, remedy: str) -> ImportRefused:
        """Return the refusal of the whole import because of this place."""
        return refuse(str(self), problem, expected, remedy)

    def note(self, what: str) -> None:
        """Add a note about a value that was corrected here."""
        self.notes.append(f"{self}: {what}")


@dataclass(frozen=True, slots=True)
class RosterOffice:
    """An office that takes mail; ``address`` as the lines of an envelope, without a name.

    - ``form``: the URL of a web form for messages.
    """

    classification: str
    address: tuple[str, ...] = ()
    voice: str | None = None
    fax: str | None = None
    email: str | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """One person of a roster.

    - ``email`` and ``form`` are the person's own; they are stored with the first of all their
      offices.
    - ``covered``: the classifications of offices that the file has, including empty ones; stored
      offices of other classifications are kept. None: all.
    """

    source_id: str
    name: str
    given_name: str
    family_name: str
    email: str | None = None
    offices: tuple[RosterOffice, ...] = ()
    covered: frozenset[str] | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class RosterDivision:
    """The division that a seat belongs to, by its id or by a state's own label of a district.

    - ``root``: the division id of its state; None where the file does not say which.
    """

    root: str | None
    division_id: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A seat or body, and its holder according to a file.

    - ``person`` None: a body, which is addressed as a body and takes mail at ``offices``.
    - ``title`` and ``salutation`` None: those of the role.
    - ``dated``: the file has the dates of terms; otherwise the stored dates are kept.
    - ``alone``: the file covers this division only, not its whole state.
    """

    where: Where
    role: PostRole
    area: RosterDivision
    person: RosterPerson | None
    title: str | None = None
    salutation: str | None = None
    offices: tuple[RosterOffice, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    dated: bool = True
    alone: bool = False

    def is_current(self, today: date) -> bool:
        """Return whether the term runs on that day; its last day is included."""
        return (self.starts_on is None or self.starts_on <= today) and (
            self.ends_on is None or today <= self.ends_on
        )


@dataclass(frozen=True, slots=True)
class DistrictOffices:
    """The offices outside the capital of a person in another file."""

    where: Where
    source_id: str
    offices: tuple[RosterOffice, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """The content of all files of one import.

    - ``passed_over``: people whose role has no post here (secretaries of state, judges).
    - ``notes``: values that were corrected or treated as empty, each with its place.
    """

    entries: tuple[Entry, ...] = ()
    district_offices: tuple[DistrictOffices, ...] = ()
    passed_over: int = 0
    notes: tuple[str, ...] = ()

    def name_files(self) -> str:
        """Return the name of its file, and of several how many more there are."""
        places = [one.where for one in self.entries]
        places += [one.where for one in self.district_offices]
        files = list(dict.fromkeys(place.file for place in places)) or [""]
        return f"{files[0]} and {len(files) - 1} more" if len(files) > 1 else files[0]


def refuse(where: str, problem: str, expected: str, remedy: str) -> ImportRefused:
    """Return the refusal of an import: where, what is wrong, what was expected, what to do."""
    return ImportRefused(f"{where}: {problem}; expected {expected}; {remedy}. {NOTHING}")


def gather_refusals(refusals: Sequence[ImportRefused], heading: str, remedy: str) -> ImportRefused:
    """Return one refusal with a line for each of them; a single one is returned unchanged."""
    if len(refusals) == 1:
        return refusals[0]
    lines = [f"  {str(refused).removesuffix(NOTHING).strip()}" for refused in refusals]
    return ImportRefused("\n".join([f"{heading}:", *lines, f"{remedy}{NOTHING}"]))


def list_blank_names(entries: Iterable[Entry]) -> Iterator[ImportRefused]:
    """Yield a refusal for each name, title or salutation without a printable letter.

    - A family name without one is taken from the whole name.
    """
    for entry in entries:
        printed = {"title": entry.title, "salutation": entry.salutation}
        if entry.person is not None:
            printed["name"] = entry.person.name
        for column, text in printed.items():
            if text is not None and not has_letter(make_printable(text)):
                yield entry.where.refuse(
                    f"the {column} contains no letter", "readable text", "fill it in"
                )


def list_duplicate_ids(persons: Iterable[tuple[Where, str]]) -> Iterator[ImportRefused]:
    """Yield a refusal for each repeated person or body; ``persons`` are places and ids."""
    seen: dict[str, Where] = {}
    for where, source_id in persons:
        if source_id in seen:
            yield where.refuse(
                f"the id {source_id} is already at {seen[source_id]}",
                "each person or body once",
                "remove one of the two",
            )
        seen.setdefault(source_id, where)
