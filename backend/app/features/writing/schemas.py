"""The wire shapes of articles that come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app.core.clock import Instant
from app.core.markup import ContentFormat, Rendering
from app.core.places import Locale, Place
from app.core.schemas import RequestModel, example, omitted
from app.core.text import Line, Ref, Slug, Text, WebAddress
from app.features.site.schemas import OF_POLICY, CommentPolicy
from app.features.tags.schemas import TagNames, UsedTag
from app.models import Article, User

LONGEST_CONTENT = 200_000  # One page of a list may hold twenty of them.
MOST_AUTHORS = 20
LAST_POSITION = 10_000

# Words that stand, or may one day stand, where a slug does in an address.
RESERVED_SLUGS = frozenset({
    "admin", "api", "archive", "authors", "batch", "comments", "drafts", "edit", "export", "feed",
    "import", "index", "latest", "me", "media", "new", "popular", "preview", "previews", "random",
    "redirects", "revisions", "rss", "search", "series", "settings", "sitemap", "tags", "trash",
    "undelete",
})  # fmt: skip


def _check_reserved(slug: str) -> str:
    if slug in RESERVED_SLUGS:
        raise ValueError("is reserved")
    return slug


Title = Annotated[str, Line(1, 200)]
Content = Annotated[str, Text(10, LONGEST_CONTENT)]
Excerpt = Annotated[str, Text(1, 1000)]
Note = Annotated[str, Line(1, 500)]
ArticleSlug = Annotated[Slug, AfterValidator(_check_reserved)]
Authors = Annotated[list[Ref], Field(min_length=1, max_length=MOST_AUTHORS)]
Position = Annotated[int, Field(ge=0, le=LAST_POSITION)]

OF_AUTHORS = "Usernames or ids, in order; the first owns the article."
OF_COMMENTS = f"Who may comment; null: as on the whole site. {OF_POLICY}"
OF_CONTENT = "The text, in Markdown or, by `content_format`, in HTML."
OF_EXCERPT = "Plain text for lists. Without one, it is made from the beginning of the text."
OF_NOTE = "What this change is about, for the history."
OF_SERIES = "The id or slug of a series."
OF_TAGS = "By name, in the order in which they are shown; what is new is made."
OF_TRANSLATION = "The id or slug of an article that this is a translation of."


class Meta(RequestModel):
    """What search engines and other sites are told, where it differs from the article's own."""

    title: Annotated[str, Line(1, 200)] | None = None
    description: Annotated[str, Line(1, 500)] | None = None
    robots: (
        Literal["index,follow", "noindex,follow", "index,nofollow", "noindex,nofollow"] | None
    ) = None
    og_title: Annotated[str, Line(1, 200)] | None = None
    og_description: Annotated[str, Line(1, 500)] | None = None
    og_image: Place | None = None
    twitter_title: Annotated[str, Line(1, 200)] | None = None
    twitter_description: Annotated[str, Line(1, 500)] | None = None
    twitter_image: Place | None = None
    twitter_card: Literal["summary", "summary_large_image"] | None = None


class ArticleCreate(RequestModel):
    """A new article: a draft unless it is published, now or (with `published_at`) later."""

    model_config = example(
        {
            "title": "Down the river",
            "content": "We set out at *five* in the morning.",
            "tags": ["rivers"],
            "published": True,
        }
    )

    title: Title
    content: Content = Field(description=OF_CONTENT)
    content_format: ContentFormat = Field(ContentFormat.MARKDOWN, strict=False)
    excerpt: Excerpt | None = Field(None, description=OF_EXCERPT)
    published: bool = False
    published_at: Instant | None = Field(
        None, description="When it becomes public. Published without it: now."
    )
    slug: ArticleSlug = Field(
        default_factory=omitted, description="Its address. Without one, it is made from the title."
    )
    tags: TagNames = Field(default_factory=list, description=OF_TAGS)
    authors: Authors = Field(default_factory=omitted, description=OF_AUTHORS)
    series: Ref | None = Field(None, description=OF_SERIES)
    series_position: Position | None = Field(None, description="Without one: the last place.")
    featured: bool = Field(default=False, description="For editors to set.")
    pinned: bool = Field(default=False, description="For editors to set.")
    cover: Place | None = Field(None, description="The address of an image.")
    cover_alt: Annotated[str, Line(1, 500)] | None = Field(None, description="What it shows.")
    canonical_url: WebAddress | None = Field(
        None, description="Where the text appeared first, if that was elsewhere."
    )
    meta: Meta = Field(default_factory=omitted)
    locale: Locale = Field(default_factory=omitted, description="Its language; else the site's.")
    translation_of: Ref | None = Field(None, description=OF_TRANSLATION)
    comments: CommentPolicy | None = Field(None, description=OF_COMMENTS)
    note: Note | None = Field(None, description=OF_NOTE)


class ArticleUpdate(RequestModel):
    """Changes to an article; only what is given changes."""

    model_config = example({"title": "Down the wide river", "note": "Wider"})

    title: Title = Field(default_factory=omitted)
    content: Content = Field(default_factory=omitted, description=OF_CONTENT)
    content_format: ContentFormat = Field(default_factory=omitted, strict=False)
    excerpt: Excerpt | None = Field(None, description=OF_EXCERPT)
    published: bool = Field(default_factory=omitted)
    published_at: Instant | None = None
    slug: ArticleSlug = Field(
        default_factory=omitted, description="A new address; the old one will lead to it."
    )
    tags: TagNames = Field(default_factory=omitted, description=OF_TAGS)
    authors: Authors = Field(default_factory=omitted, description=OF_AUTHORS)
    series: Ref | None = Field(None, description=OF_SERIES)
    series_position: Position | None = None
    featured: bool = Field(default_factory=omitted, description="For editors to set.")
    pinned: bool = Field(default_factory=omitted, description="For editors to set.")
    cover: Place | None = None
    cover_alt: Annotated[str, Line(1, 500)] | None = None
    canonical_url: WebAddress | None = None
    meta: Meta = Field(default_factory=omitted, description="What is given changes; null clears.")
    locale: Locale = Field(default_factory=omitted)
    translation_of: Ref | None = Field(None, description=OF_TRANSLATION)
    comments: CommentPolicy | None = Field(None, description=OF_COMMENTS)
    note: Note | None = Field(None, description=OF_NOTE)


class Publication(RequestModel):
    """How an article is published; an empty body publishes it now."""

    model_config = example({"note": "Ready"})

    published_at: Instant | None = Field(
        None, description="When it becomes public. Without it: now, or as long since as it was."
    )
    note: Note | None = Field(None, description=OF_NOTE)


@dataclass(frozen=True, slots=True)
class Edit:
    """Who changes something, when, and what they say about it.

    It `is_approved` when it holds nothing but what was let into a working copy: what editors decide
    has an editor put there.
    """

    editor: User
    at: datetime
    note: str | None = None
    is_approved: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """Changes in the words of a state, with what takes time or other locks done before.

    `meta` among them is still what changes of it, and `translation_of` an article's id.
    """

    changes: dict[str, Any]
    tags: Sequence[UsedTag] = ()
    rendering: Rendering | None = None
    rendered: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of one edit of an article: which fields it changed, and what the tags are."""

    fields: Sequence[str]
    edit: Edit
    tags: Sequence[UsedTag] = ()

    def of(self, article: Article) -> dict[str, Any]:
        """Return what stands beside the article as it is now."""
        return {
            "editor_id": self.edit.editor.id,
            "made_at": self.edit.at,
            "note": self.edit.note,
            "fields": list(self.fields),
            "state": article.state(),
            "tag_ids": [tag.id for tag in self.tags],
        }


@dataclass(frozen=True, slots=True)
class Slugs:
    """A slug that is wanted, one that takes a number, and one that nobody takes on purpose."""

    wanted: str
    stem: str
    spare: str
