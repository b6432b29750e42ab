"""The store of archived events: the content store of the settings, beside the letters."""

from petition.core.content.content_kind import EVENT_ARCHIVES
from petition.core.content.stores import ContentStore, open_store
from petition.core.extensions import get_settings


def open_archives() -> ContentStore:
    """Return the store that the settings name; see ``open_store``."""
    return open_store(get_settings().storage, EVENT_ARCHIVES)
