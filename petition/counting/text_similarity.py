"""Find short texts that are nearly the same, as a program varies them to look like many people.

Two are alike if their words are the same in any order, whatever their case, accents, digits and
punctuation, or when they differ by one letter. Indexing each text by its one-letter deletions finds
those pairs without comparing every text with every other (the idea of SymSpell).
"""

import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

# Shorter names that differ by a letter may be two people's: Ana and Ann.
SHORTEST_VARIED = 10  # letters
# Longer texts are compared by words, since each letter would add a variant.
LONGEST_VARIED = 60


def find_alike(texts: Sequence[str]) -> set[int]:
    """Return the positions of the texts that are nearly the same as another one."""
    groups: dict[Hashable, set[int]] = defaultdict(set)
    for place, text in enumerate(texts):
        for key in _list_keys(text):
            groups[key].add(place)
    return {place for places in groups.values() if len(places) > 1 for place in places}


def fold(text: str) -> str:
    """Return the words of ``text`` sorted, in lower case, letters only, without diacritics."""
    plain = "".join(
        character if character.isalpha() else " "
        for character in unicodedata.normalize("NFKD", text).casefold()
        if not unicodedata.combining(character)
    )
    return " ".join(sorted(plain.split()))


def _list_keys(text: str) -> Iterator[Hashable]:
    """Yield the keys that the text has in common with each text that is nearly the same."""
    folded = fold(text)
    if not folded:
        return
    yield folded
    if SHORTEST_VARIED <= len(folded) <= LONGEST_VARIED:
        for at in range(len(folded)):
            yield folded[:at] + folded[at + 1 :]
    elif len(folded) > LONGEST_VARIED:
        words = folded.split()
        for at in range(len(words)):
            yield tuple(words[:at] + words[at + 1 :])
