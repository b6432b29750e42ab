"""Letters whose pages are not laid out, for worlds that need one that was made and sent.

- Each is composed as ever, so that what cannot be said is refused; then one PDF, which was rendered
  once in this process, stands for it. It ends with the hash of what was composed, so that its bytes
  are its own. It is filed, stored, delivered and shown by the service itself.
- What a letter looks like is tested in tests/letters and tests/comments, which lay out each.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import pytest

from petition.letters import make
from petition.letters.compose import compose
from petition.letters.content import LetterContent, RenderPurpose
from petition.letters.render import RenderedLetter, render_letter
from tests.factories import render_milestone
from tests.letter_store import LetterStore
from tests.letters.samples import make_content


def store_milestone(milestone_id: int, store: LetterStore) -> list[int]:
    """Do what the render job does, without a layout; return the deliveries as it does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "render_letters", _compose_letters)
        return render_milestone(milestone_id, store)


def _compose_letters(
    contents: Sequence[LetterContent], purpose: RenderPurpose = RenderPurpose.PRINT
) -> list[RenderedLetter]:
    return [_stand_for(compose(content, purpose).write_whole()) for content in contents]


def _stand_for(html: str) -> RenderedLetter:
    sample = _render_sample()
    pdf = sample.pdf + f"\n%{hashlib.sha256(html.encode()).hexdigest()}\n%%EOF\n".encode()
    return RenderedLetter(pdf, hashlib.sha256(pdf).hexdigest(), sample.pages)


@lru_cache(maxsize=1)
def _render_sample() -> RenderedLetter:
    return render_letter(make_content())
