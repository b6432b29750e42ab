"""Lays out one letter in a process of its own, with limits on its time and memory.

For whoever waits for a page: laying out takes the processor that others' requests need, and a text
made to be slow could take minutes. What goes out is made by workers (petition/letters/make.py).
"""

import hashlib
import os
import pickle
import resource
import subprocess
import sys

from petition.core.errors import Permanent, UserError
from petition.letters.content import LetterContent, RenderPurpose
from petition.letters.render import RenderedLetter, render_letter

SECONDS = 20.0
MEMORY = 2 * 1024**3  # bytes of addresses
# What the process finds programs, modules and fonts by; it gets no key and no address of a host.
KEPT = (
    *("PATH", "PYTHONPATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"),
    *("XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH"),
)
_HEAD = 4  # bytes before the PDF: the number of its pages


class LetterNotDrawn(Permanent):
    """A letter could not be laid out, or not within the limits."""

    code = "letter-not-drawn"


def render_apart(
    content: LetterContent,
    purpose: RenderPurpose = RenderPurpose.PREVIEW,
    *,
    seconds: float = SECONDS,
) -> RenderedLetter:
    """Return the PDF of one letter as ``render_letter`` does; raises LetterNotDrawn.

    - ``seconds``: after which the process is ended.
    """
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603  our own program, without anything that was typed
            [sys.executable, "-m", __name__],
            input=pickle.dumps((content, purpose, seconds)),
            capture_output=True,
            timeout=seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LetterNotDrawn(f"not within {seconds:g} s") from error
    if done.returncode != 0 or len(done.stdout) <= _HEAD:
        raise LetterNotDrawn(f"the process ended with {done.returncode}")
    pdf = done.stdout[_HEAD:]
    pages = int.from_bytes(done.stdout[:_HEAD], "big")
    return RenderedLetter(pdf, hashlib.sha256(pdf).hexdigest(), pages)


def main() -> int:
    """Lay out the letter of the standard input; return the status with which to end."""
    content, purpose, seconds = pickle.load(sys.stdin.buffer)  # noqa: S301  from render_apart
    processor = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        letter = render_letter(content, purpose)
    except (UserError, Permanent, MemoryError, RecursionError):
        return 1
    sys.stdout.buffer.write(letter.pages.to_bytes(_HEAD, "big") + letter.pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
