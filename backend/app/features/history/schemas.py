"""The wire shapes of an article's history."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field

from app.core.markup import ContentFormat
from app.core.schemas import AnswerModel, RequestModel, example, omitted
from app.features.lists.schemas import ArticleAuthor
from app.features.pages.schemas import ArticleMeta
from app.features.site.schemas import CommentPolicy
from app.features.writing.schemas import Note
from app.models import EDITABLE, Revision

Op = Literal["equal", "insert", "delete"]

_BRIEF = {
    "version": 2,
    "made_at": "2026-11-21T09:30:00Z",
    "editor": {"id": 1, "username": "anna", "full_name": "Anna Liffey", "avatar": None},
    "note": "Later",
    "fields": ["content"],
    "published": True,
    "is_current": False,
}
_STATE: dict[str, Any] = {
    "title": "Down the river",
    "slug": "down-the-river",
    "content": "We set out at *six* in the morning.",
    "content_format": "markdown",
    "excerpt": None,
    "tags": ["rivers"],
    "authors": [{"id": 1, "username": "anna"}],
    "series": None,
    "series_position": None,
    "published": True,
    "published_at": "2026-11-20T18:00:00Z",
    "featured": False,
    "pinned": False,
    "cover": None,
    "cover_alt": None,
    "canonical_url": None,
    "meta": {},
    "locale": "en",
    "translation_group": None,
    "comments": None,
}
_TEXT = {
    "unified": "--- version 1\n+++ version 2\n@@ -1,1 +1,1 @@\n"
    "-We set out at *five* in the morning.\n\\ No newline at end of file\n"
    "+We set out at *six* in the morning.\n\\ No newline at end of file\n",
    "words": [
        {"op": "equal", "text": "We set out at *"},
        {"op": "delete", "text": "five"},
        {"op": "insert", "text": "six"},
        {"op": "equal", "text": "* in the morning."},
    ],
    "stats": {"inserted": 1, "deleted": 1},
    "is_coarse": False,
}


class RevisionListed(AnswerModel):
    """A version of an article: who made it, when, and what changed."""

    model_config = example(_BRIEF)

    version: int
    made_at: datetime
    editor: ArticleAuthor | None = Field(description="Who made it; null when the account is gone.")
    note: str | None
    fields: list[str] = Field(
        description="What changed: in the first version what was given, and `deleted_at` when the "
        "article went into the bin or came back."
    )
    published: bool
    is_current: bool = Field(description="Whether this is what the article is like now.")

    @classmethod
    def of(cls, revision: Revision, *, current: int, **more: object) -> Self:
        """Describe a revision of an article whose version is now `current`."""
        names = RevisionListed.model_fields.keys() - {"is_current"}
        values = {name: getattr(revision, name) for name in names}
        return cls.model_validate({**values, "is_current": revision.version == current, **more})


class FormerAuthor(AnswerModel):
    """One of the authors at that time."""

    id: int
    username: str | None = Field(description="The name today; null when the account is gone.")


class ArticleState(AnswerModel):
    """All that can be edited of an article, as it was."""

    title: str
    slug: str
    content: str
    content_format: ContentFormat = ContentFormat.MARKDOWN
    excerpt: str | None = None
    tags: list[str] = Field(default_factory=list)
    authors: list[FormerAuthor] = Field(default_factory=list)
    series: int | None = Field(None, description="The id of the series, which may be gone.")
    series_position: int | None = None
    published: bool = False
    published_at: datetime | None = None
    featured: bool = False
    pinned: bool = False
    cover: str | None = None
    cover_alt: str | None = None
    canonical_url: str | None = None
    meta: ArticleMeta = Field(default_factory=ArticleMeta)
    locale: str = "en"
    translation_group: int | None = None
    comments: CommentPolicy | None = Field(None, description="Null: as on the whole site.")


class RevisionRead(RevisionListed):
    """A version of an article, with all that it was like."""

    model_config = example({**_BRIEF, "state": _STATE})

    state: ArticleState


class Piece(AnswerModel):
    """A stretch of text that both versions have, or only one of them."""

    op: Op
    text: str


class Stats(AnswerModel):
    """How many words came and went; of Chinese, Japanese and Thai, how many characters."""

    inserted: int
    deleted: int


class TextChange(AnswerModel):
    """How a text has changed."""

    unified: str = Field(description="The difference by lines, as `diff -u` writes it.")
    words: list[Piece] = Field(
        description="Word by word. All but what is inserted is the text before, and all but what "
        "is deleted the text after, to the last character."
    )
    stats: Stats
    is_coarse: bool = Field(
        description="Whether the texts differ so much that some stretches count as replaced whole."
    )


class FieldChange(AnswerModel):
    """How one field has changed."""

    name: str
    before: Any = Field(None, description="What it was, as in `state`; not there for `content`.")
    after: Any = Field(None, description="What it became; not there for `content`.")
    text: TextChange = Field(
        default_factory=omitted, description="For `title`, `content` and `excerpt`."
    )


class Comparison(AnswerModel):
    """What differs between two versions of an article."""

    model_config = example(
        {
            "from": {**_BRIEF, "version": 1, "fields": [], "note": None},
            "to": _BRIEF,
            "fields": [
                {"name": "content", "text": _TEXT},
                {"name": "tags", "before": [], "after": ["rivers"]},
            ],
        }
    )

    from_: RevisionListed = Field(serialization_alias="from")
    to: RevisionListed
    fields: list[FieldChange]


def _check_field(name: str) -> str:
    if name not in EDITABLE:
        raise ValueError(f"is none of {', '.join(EDITABLE)}")
    return name


FieldName = Annotated[
    str,
    Field(max_length=50, json_schema_extra={"enum": list(EDITABLE)}),
    AfterValidator(_check_field),
]


class Restoration(RequestModel):
    """What to bring back of an old version; without `fields`, all but when it was published."""

    model_config = example({"note": "Five was right after all", "fields": ["title", "content"]})

    note: Note | None = Field(None, description="For the history; else `Restored version …`.")
    fields: list[FieldName] = Field(default_factory=omitted, min_length=1, max_length=len(EDITABLE))
