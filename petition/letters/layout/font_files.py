"""The files of the letter's fonts, by the names that its style sheet has for them."""

from collections.abc import Mapping

# The package and the file's name; packages are at locked versions.
FONTS: Mapping[str, tuple[str, str]] = {
    "asset:serif-regular": ("font_source_serif_pro", "SourceSerifPro-Regular.otf"),
    "asset:serif-italic": ("font_source_serif_pro", "SourceSerifPro-It.otf"),
    "asset:serif-semibold": ("font_source_serif_pro", "SourceSerifPro-Semibold.otf"),
    "asset:sans-regular": ("font_source_sans_pro", "SourceSansPro-Regular.otf"),
    "asset:sans-semibold": ("font_source_sans_pro", "SourceSansPro-Semibold.otf"),
}
