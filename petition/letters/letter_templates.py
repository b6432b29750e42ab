"""The templates of letters, which need no request and escape everything."""

from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from petition.core.paths import find_templates


def fill_template(name: str, **values: Any) -> Markup:
    """Return a template of templates/letter with ``values`` in it."""
    return Markup(_open_templates().get_template(name).render(values))  # noqa: S704 - it escapes


@lru_cache(maxsize=1)
def _open_templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(find_templates() / "letter"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
