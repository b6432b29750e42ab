"""Who asks for an export: a member by the portal, or a program by the API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportAsker:
    """A member's account or a token, of which only one is set."""

    user_id: int | None = None
    token_id: int | None = None

    @property
    def actor(self) -> str:
        """The asker in events and accesses: ``partner:<user>`` or ``token:<id>``."""
        if self.token_id is not None:
            return f"token:{self.token_id}"
        return f"partner:{self.user_id}"
