"""Names the container images of Dockerfile and compose.yaml by digest.

    python scripts/pin_images.py [--check]

- Asks the engine's own tool, `docker buildx imagetools` or else `skopeo`, which digest each tag has
  now, and writes it behind the tag. A second run takes the newest digest of the same tags.
- ``--check`` asks nobody and changes nothing: it lists the images without a digest.
- Exit status 1 where an image has no digest: with --check, or because no tool could tell it. Then
  no file was changed.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# `ARG BASE=...` is what both stages of the Dockerfile are made FROM. Group 2 is name and tag.
PATTERNS = {
    "Dockerfile": re.compile(r"^(ARG BASE=)([^\s@]+)(@\S+)?$", re.M),
    "compose.yaml": re.compile(r"^( {4}image: )(?!hundredth$)([^\s@]+)(@\S+)?$", re.M),
}
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Image:
    """An image that a file names; ``digest`` is empty where it is named by tag alone."""

    file: str
    name: str
    digest: str


def list_images(root: Path) -> list[Image]:
    """Return every image that is taken from a registry, in the files' order."""
    return [
        Image(file, found[2], (found[3] or "").removeprefix("@"))
        for file, pattern in PATTERNS.items()
        for found in pattern.finditer((root / file).read_text("utf-8"))
    ]


def list_unpinned(root: Path) -> list[Image]:
    """Return the images without a whole digest."""
    return [image for image in list_images(root) if not DIGEST.fullmatch(image.digest)]


def find_digest(name: str) -> str:
    """Return the digest that a tag has now, of all platforms together; raises SystemExit."""
    if shutil.which("docker"):
        words = ["docker", "buildx", "imagetools", "inspect", name]
        words += ["--format", "{{.Manifest.Digest}}"]
    elif shutil.which("skopeo"):
        words = ["skopeo", "inspect", "--no-tags", "--format", "{{.Digest}}", f"docker://{name}"]
    else:
        raise SystemExit("pin-images: neither docker nor skopeo is here; nothing was changed.")
    asked = subprocess.run(words, capture_output=True, text=True, check=False)
    digest = asked.stdout.strip()
    if asked.returncode != 0 or not DIGEST.fullmatch(digest):
        said = asked.stderr.strip() or f"it answered {digest!r}"
        raise SystemExit(f"pin-images: no digest for {name}: {said}; nothing was changed.")
    return digest


def pin(root: Path) -> None:
    """Write the newest digest behind each tag; all of them or none."""
    digests = {image.name: find_digest(image.name) for image in list_images(root)}
    for file, pattern in PATTERNS.items():
        path = root / file
        text = path.read_text("utf-8")
        path.write_text(pattern.sub(lambda at: f"{at[1]}{at[2]}@{digests[at[2]]}", text), "utf-8")
    for name, digest in digests.items():
        print(f"pin-images: {name}@{digest}")


def main(words: list[str], root: Path = ROOT) -> int:
    """Pin, or with --check list what is not pinned; return the exit status."""
    if words != ["--check"]:
        pin(root)
    unpinned = list_unpinned(root)
    for image in unpinned:
        print(f"pin-images: NOT PINNED by digest: {image.name} ({image.file})")
    return 1 if unpinned else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
