"""The store of letters: the PDFs by their SHA-256, at the location of the settings."""

from petition.core.content.content_kind import LETTERS
from petition.core.content.stores import PATIENCE_SECONDS, ContentStore, open_store
from petition.core.extensions import get_settings


def open_letters(patience: float = PATIENCE_SECONDS) -> ContentStore:
    """Return the store of the settings; see ``open_store``."""
    return open_store(get_settings().storage, LETTERS, patience)
