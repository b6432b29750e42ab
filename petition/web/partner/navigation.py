"""The pages of one organization in the portal, in their order."""

from dataclasses import dataclass

from petition.accounts.permissions import Permission
from petition.web.partner.organization_guard import find_shown_group
from petition.web.portals.guards import allows


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A page: its endpoint takes the organization's ``slug``."""

    endpoint: str
    label: str
    permission: Permission


# In this order: home, people, messages, exports, lists, API, webhooks, members, organization,
# record.
ENTRIES = (
    NavEntry("partner.show_group_home", "Home", Permission.ORGANIZATION_READ),
    NavEntry("partner.list_people", "People", Permission.PEOPLE_LOOK_UP),
    NavEntry("partner.list_group_messages", "Messages", Permission.PEOPLE_WRITE),
    NavEntry("partner.list_group_exports", "Exports", Permission.PEOPLE_EXPORT),
    NavEntry("partner.list_group_imports", "Lists", Permission.PEOPLE_IMPORT),
    NavEntry("partner.show_tokens", "API", Permission.TOKENS_MANAGE),
    NavEntry("partner.list_webhooks", "Webhooks", Permission.WEBHOOKS_MANAGE),
    NavEntry("partner.list_group_members", "Members", Permission.MEMBERS_MANAGE),
    NavEntry("partner.edit_group", "Organization", Permission.ORGANIZATION_EDIT),
    NavEntry("partner.show_record", "Record", Permission.ORGANIZATION_READ),
)


def list_entries() -> list[NavEntry]:
    """Return the pages that the account may open of the organization that is shown."""
    group = find_shown_group()
    if group is None:
        return []
    return [entry for entry in ENTRIES if allows(entry.permission, organization_id=group.id)]
