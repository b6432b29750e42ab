"""Person: what a signer told us about themselves, and what stands for one that does not open."""

from dataclasses import dataclass, field
from typing import ClassVar, NoReturn

from petition.core.errors import SealBroken
from petition.validation.names import join_names


@dataclass(frozen=True, slots=True)
class Person:
    """What a signer told us about themselves; stored only sealed.

    - One of the two names may be empty: some people have one.
    - ``home``: the districts that they named where their ZIP code lies in several; see home.py.
    - ``bound_to``: the secret of the row that it is sealed for.
    """

    is_readable: ClassVar[bool] = True

    given_name: str
    family_name: str
    email: str
    street_address: str
    locality: str
    region: str
    postal_code: str
    comment: str
    home: str = ""
    bound_to: bytes = field(default=b"", repr=False, compare=False)

    @property
    def name(self) -> str:
        """The name as it is printed."""
        return join_names(self.given_name, self.family_name)

    @property
    def called(self) -> str:
        """What a mail calls them: the first name, or the only one."""
        return self.given_name or self.family_name


class BrokenPerson(Person):
    """Stands for what does not open; whoever asks it for anything gets SealBroken."""

    __slots__ = ()
    is_readable: ClassVar[bool] = False
    __eq__ = object.__eq__
    __hash__ = object.__hash__
    __repr__ = object.__repr__

    def __init__(self) -> None:
        """Leave every field unset."""

    def __getattr__(self, name: str) -> NoReturn:
        raise SealBroken


BROKEN = BrokenPerson()


def skip_broken(person: Person | None) -> Person | None:
    """Return the person; None where none is kept, and where it does not open."""
    return person if person is not None and person.is_readable else None
