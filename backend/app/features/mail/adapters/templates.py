"""The words of mails: Jinja templates beside the code, one pair a message and language.

`NAME.LANGUAGE.txt.j2` has the subject as its first line, then an empty one, then the text;
`NAME.LANGUAGE.html.j2` is the same for programs that show HTML, where every value is escaped.
"""

from collections.abc import Mapping

from jinja2 import (
    Environment,
    PackageLoader,
    StrictUndefined,
    TemplateError,
    select_autoescape,
)

from app.features.mail.errors import CannotWrite
from app.features.mail.schemas import Written

FALLBACK = "en"

_templates = Environment(
    loader=PackageLoader("app.features.mail"),
    autoescape=select_autoescape(["html.j2"], default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_known = frozenset(_templates.list_templates())


def write(template: str, locale: str, values: Mapping[str, object]) -> Written:
    """Return a message in the language of a locale, or in English; raise CannotWrite."""
    language = _language(template, locale)
    try:
        plain, html = (
            _templates.get_template(f"{template}.{language}.{kind}.j2").render(
                {**values, "language": language}
            )
            for kind in ("txt", "html")
        )
    except TemplateError as error:
        raise CannotWrite(f"{template}: {type(error).__name__}") from None
    subject, _, text = plain.partition("\n")
    return Written(language, subject.strip(), text.strip() + "\n", html)


def _language(template: str, locale: str) -> str:
    """Return the most particular language that there is: of `pt-BR`, that, then `pt`, then `en`."""
    parts = locale.split("-")
    tags = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((tag for tag in tags if f"{template}.{tag}.txt.j2" in _known), FALLBACK)
