"""The staff pages of the menu, in three groups, those used most often first."""

from dataclasses import dataclass

from flask_security import current_user

from petition.accounts.permissions import Permission
from petition.web.portals.guards import allows
from petition.web.staff.scopes import may_somewhere


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """A page of the menu.

    - ``group``: the title under which it is listed.
    - ``permission``: what it requires; None: to be signed in. ``scoped``: a role for one campaign
      opens it too, and sees that campaign.
    """

    group: str
    endpoint: str
    label: str
    permission: Permission | None
    scoped: bool = False

    def opens(self) -> bool:
        """Return whether the signed-in account may open it."""
        if self.permission is None:
            return True
        if self.scoped:
            return may_somewhere(self.permission)
        return allows(self.permission)


DAILY, SETUP, SERVICE = "Daily work", "Setup", "Service"
ENTRIES = (
    StaffEntry(DAILY, "staff.list_causes", "Attention", None),
    StaffEntry(DAILY, "staff.list_all", "Deliveries", Permission.DELIVERIES_READ, scoped=True),
    StaffEntry(DAILY, "staff.list_milestones", "Hundreds", Permission.MILESTONES_READ, scoped=True),
    StaffEntry(DAILY, "staff.list_review", "Review", Permission.REVIEW_LIST, scoped=True),
    StaffEntry(DAILY, "staff.ask_signature", "Signatures", Permission.SIGNATURES_OPEN, scoped=True),
    StaffEntry(DAILY, "staff.list_words", "Comments", Permission.COMMENTS_READ, scoped=True),
    StaffEntry(SETUP, "staff.list_edited", "Campaigns", Permission.CAMPAIGNS_EDIT, scoped=True),
    StaffEntry(SETUP, "staff.list_officials", "Officials", Permission.OFFICIALS_READ),
    StaffEntry(SETUP, "staff.list_boundaries", "Boundaries", Permission.BOUNDARIES_READ),
    StaffEntry(SETUP, "staff.list_groups", "Organizations", Permission.ORGANIZATIONS_APPROVE),
    StaffEntry(SERVICE, "staff.show_figures", "Figures", Permission.REPORTS_READ, scoped=True),
    StaffEntry(SERVICE, "staff.list_people", "Accounts", Permission.ACCOUNTS_MANAGE),
    StaffEntry(SERVICE, "staff.list_trail", "Audit", Permission.SETTINGS_MANAGE),
    StaffEntry(SERVICE, "staff.show_retention", "Retention", Permission.SETTINGS_MANAGE),
)


def list_entries() -> list[StaffEntry]:
    """Return the pages that the signed-in account may open; none if no one is signed in."""
    if not current_user.is_authenticated:
        return []
    return [entry for entry in ENTRIES if entry.opens()]
