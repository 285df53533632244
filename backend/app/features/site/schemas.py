"""The wire shapes of the site."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from app.core.places import Locale, TimeZone, check_place
from app.core.schemas import AnswerModel, RequestModel, example
from app.core.text import Line, WebAddress, clean_line

ONLY_ID = 1
MOST_LINKS = 50
MOST_PROFILES = 20

_OTHER_TARGET = re.compile(r"#[^\s<>\"]+|mailto:[^\s@<>\"]+@[^\s@<>\"]+", re.IGNORECASE)


def _target(value: str) -> str:
    """Return where a link leads; raise ValueError for what is no address of any kind."""
    try:
        return value if _OTHER_TARGET.fullmatch(value) else check_place(value)
    except ValueError as error:
        raise ValueError(f"{error}; or else #about or mailto:name@example.com") from None


Target = Annotated[
    str,
    Field(min_length=1, max_length=2000),
    AfterValidator(clean_line),
    AfterValidator(_target),
]

_LINK = {"label": "Articles", "href": "/articles"}
_PROFILE = {"platform": "mastodon", "url": "https://social.example.com/@galley"}
_EDITABLE = {
    "title": "Down the river",
    "description": "Notes from the water.",
    "locale": "en-GB",
    "timezone": "Europe/Dublin",
    "navigation": [_LINK],
    "social": [_PROFILE],
}


class NewLink(RequestModel):
    """One entry of the navigation."""

    model_config = example(_LINK)

    label: Annotated[str, Line(1, 100)]
    href: Target = Field(
        description="A web address, a path of the site, `#place` or `mailto:` with a mailbox."
    )


class NewProfile(RequestModel):
    """The site's profile on some platform."""

    model_config = example(_PROFILE)

    platform: Annotated[str, Line(1, 50)]
    url: WebAddress


class SiteUpdate(RequestModel):
    """Changes to the site; only what is given changes, and null means: as in the settings."""

    model_config = example(_EDITABLE)

    title: Annotated[str, Line(1, 200)] | None = None
    description: Annotated[str, Line(0, 500)] | None = None
    locale: Locale | None = None
    timezone: TimeZone | None = None
    navigation: Annotated[list[NewLink], Field(max_length=MOST_LINKS)] | None = None
    social: Annotated[list[NewProfile], Field(max_length=MOST_PROFILES)] | None = None


class Link(AnswerModel):
    """One entry of the navigation."""

    model_config = example(_LINK)

    label: str
    href: str


class Profile(AnswerModel):
    """The site's profile on some platform."""

    model_config = example(_PROFILE)

    platform: str
    url: str


class SiteRead(AnswerModel):
    """What a front end shows on every page."""

    model_config = example({
        **_EDITABLE,
        "url": "https://river.example.com",
        "article_path": "/articles/{slug}",
        "version": 1,
    })  # fmt: skip

    title: str
    description: str
    url: str = Field(description="The site's public address, without a slash at its end.")
    locale: str = Field(description="The language of the site (BCP 47).")
    timezone: str = Field(description="The time zone of the site (IANA's name).")
    navigation: list[Link]
    social: list[Profile]
    article_path: str = Field(description="Where an article is shown, with `{slug}` for its slug.")
    version: int = Field(description="How often it was changed; 0: all is as in the settings.")
