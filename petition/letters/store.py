"""The store of letters: the PDFs under their SHA-256, where the settings say."""

from petition.core.content.content_kind import LETTERS
from petition.core.content.stores import PATIENCE_SECONDS, ContentStore, open_store
from petition.core.extensions import get_settings


def open_letters(patience: float = PATIENCE_SECONDS) -> ContentStore:
    """Return the store that the settings name; see ``open_store``."""
    return open_store(get_settings().storage, LETTERS, patience)
