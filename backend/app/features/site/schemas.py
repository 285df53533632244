"""The wire shapes of the site, and of what the heads of its pages say."""

import re
from datetime import datetime
from typing import Annotated, Literal

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

CommentPolicy = Literal["open", "moderated", "members", "closed"]

OF_POLICY = (
    "`open`: whoever is signed in. `moderated`: likewise, and each is shown once somebody has "
    "looked. `members`: only who is signed in reads them, too. `closed`: nobody."
)
OF_FIRST = "Hold the first comment of each account until somebody has looked."

_LINK = {"label": "Articles", "href": "/articles"}
_PROFILE = {"platform": "mastodon", "url": "https://social.example.com/@galley"}
_HEAD = {
    "title": "Down the river",
    "description": "We set out at five in the morning.",
    "image": "http://localhost:8080/images/river.jpg",
}
_URL = "http://localhost:8080/articles/down-the-river"
SEO = {
    "title": "Down the river",
    "description": "We set out at five in the morning.",
    "canonical_url": _URL,
    "robots": "index,follow",
    "open_graph": {
        **_HEAD,
        "type": "article",
        "url": _URL,
        "image_alt": "The river at dawn",
        "locale": "en",
        "site_name": "Galley",
        "published_time": "2026-11-21T09:30:00Z",
        "modified_time": "2026-11-21T09:30:00Z",
        "authors": ["Anna Liffey"],
        "tags": ["rivers"],
    },
    "twitter": {"card": "summary_large_image", **_HEAD},
}
_EDITABLE = {
    "title": "Down the river",
    "description": "Notes from the water.",
    "locale": "en-GB",
    "timezone": "Europe/Dublin",
    "navigation": [_LINK],
    "social": [_PROFILE],
    "comments": "moderated",
    "comments_hold_first": True,
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
    comments: CommentPolicy | None = Field(None, description=f"Who may comment. {OF_POLICY}")
    comments_hold_first: bool | None = Field(None, description=OF_FIRST)


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
    comments: CommentPolicy = Field(
        description=f"Who may comment, unless an article says otherwise. {OF_POLICY}"
    )
    comments_hold_first: bool = Field(description=OF_FIRST)
    article_path: str = Field(description="Where an article is shown, with `{slug}` for its slug.")
    version: int = Field(description="How often it was changed; 0: all is as in the settings.")


class OpenGraph(AnswerModel):
    """The values of the `og:` and `article:` properties (the Open Graph protocol, ogp.me)."""

    type: Literal["article"] = "article"
    title: str
    description: str
    url: str
    image: str | None
    image_alt: str | None
    locale: str
    site_name: str
    published_time: datetime | None
    modified_time: datetime
    authors: list[str]
    tags: list[str]


class TwitterCard(AnswerModel):
    """The values of the `twitter:` properties."""

    card: str
    title: str
    description: str
    image: str | None


class Seo(AnswerModel):
    """Final values for the head of the page, so that a front end has nothing to fall back on."""

    model_config = example(SEO)

    title: str
    description: str
    canonical_url: str
    robots: str
    open_graph: OpenGraph
    twitter: TwitterCard
