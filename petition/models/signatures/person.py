"""Person: the personal data of a signer, and the placeholder for data that does not open."""

from dataclasses import dataclass, field
from typing import ClassVar

from petition.core.columns import Unreadable
from petition.validation.names import join_names


@dataclass(frozen=True, slots=True)
class Person:
    """The personal data that a signer gave; stored only sealed.

    - One of the two names may be empty: some people have only one.
    - ``home``: the districts that they named if their ZIP code is in several; see home.py.
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
        """The full name, as it is printed."""
        return join_names(self.given_name, self.family_name)

    @property
    def called(self) -> str:
        """The name for the salutation of a mail: the first name, or the only one."""
        return self.given_name or self.family_name


class BrokenPerson(Unreadable, Person):
    """The placeholder for data that does not open; access to any field raises SealBroken."""

    __slots__ = ()


BROKEN = BrokenPerson()


def skip_broken(person: Person | None) -> Person | None:
    """Return the person; None if none is kept, or if it does not open."""
    return person if person is not None and person.is_readable else None
