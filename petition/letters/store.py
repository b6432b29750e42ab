"""The store of letters: the PDFs under their SHA-256, where the settings say."""

from pathlib import Path

from petition.core.content.content_kind import LETTERS
from petition.core.content.folder_store import FolderStore
from petition.core.content.stores import PATIENCE_SECONDS, ContentStore, open_store
from petition.core.extensions import get_settings


class LetterStore(FolderStore):
    """A folder of letters."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, LETTERS)


def open_letters(patience: float = PATIENCE_SECONDS) -> ContentStore:
    """Return the store that the settings name; see ``open_store``."""
    return open_store(get_settings().storage, LETTERS, patience)
