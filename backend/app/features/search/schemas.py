"""The wire shapes of search, and what is asked for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from app.core.schemas import AnswerModel, example
from app.features.lists.schemas import ArticleAuthor
from app.features.tags.schemas import TagBrief

MOST_HITS = 1_000  # Ranking one costs as much as finding fifty.
MOST_FACETS = 50
MOST_SUGGESTIONS = 10

# PostgreSQL marks what it has found by characters that no text has: they are taken out first. The
# brackets, which its parser would take for HTML and drop, wait as two others meanwhile.
MARK, UNMARK, BREAK = "\x01", "\x02", "\x03"
OPENING, CLOSING = "\x04", "\x05"
UNWANTED = MARK + UNMARK + BREAK + OPENING + CLOSING
UNMARKED = ("<>" + UNWANTED, OPENING + CLOSING + " " * len(UNWANTED))
_MARKS = f'StartSel="{MARK}", StopSel="{UNMARK}"'
WHOLE = f"{_MARKS}, HighlightAll=true"
PASSAGES = f'{_MARKS}, MaxFragments=2, MaxWords=30, MinWords=12, FragmentDelimiter="{BREAK}"'

_RIVERS = {"slug": "rivers", "name": "rivers"}
_ANNA = {"id": 1, "username": "anna", "full_name": "Anna Liffey"}


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What to search for, in the dictionary of `locale` (None: the site's), and among what."""

    q: str
    locale: str | None = None
    tag: str | None = None
    author: str | None = None
    year: int | None = None


class SearchHit(AnswerModel):
    """An article that was found, and where in it."""

    model_config = example(
        {
            "id": 7,
            "slug": "down-the-river",
            "title": "Down the river",
            "title_html": "Down the <mark>river</mark>",
            "excerpt": "We set out at five in the morning.",
            "fragments": ["where the <mark>river</mark> widens, below the second lock"],
            "author": {**_ANNA, "avatar": None},
            "tags": [{"id": 3, **_RIVERS, "colour": None}],
            "published_at": "2026-11-21T09:30:00Z",
        }
    )

    id: int
    slug: str
    title: str
    title_html: str = Field(description="The title in HTML, the words found within `<mark>`.")
    excerpt: str
    fragments: list[str] = Field(
        description="Passages in HTML around the words found within `<mark>`; none if they stand "
        "only in the title, tags or excerpt, or far down."
    )
    author: ArticleAuthor
    tags: list[TagBrief]
    published_at: datetime


# What of it the database has as it is shown; nobody is signed in who could follow the author.
SHOWN = [name for name in SearchHit.model_fields if name not in {"title_html", "fragments"}]
SHOWN_OF_AUTHOR = [name for name in ArticleAuthor.model_fields if name != "followed"]


class TagFacet(AnswerModel):
    """A tag, and how many of the articles found have it."""

    slug: str
    name: str
    count: int


class AuthorFacet(AnswerModel):
    """A person, and how many of the articles found are by them."""

    id: int
    username: str
    full_name: str | None
    count: int


class YearFacet(AnswerModel):
    """A year of the site's time zone, and how many of the articles found are of it."""

    year: int
    count: int


class SearchFacets(AnswerModel):
    """What the articles found have in common."""

    model_config = example(
        {
            "total": 12,
            "is_capped": False,
            "corrected": None,
            "tags": [{**_RIVERS, "count": 9}],
            "authors": [{**_ANNA, "count": 12}],
            "years": [{"year": 2026, "count": 12}],
        }
    )

    total: int = Field(description="How many articles were found, up to 1,000: the newest.")
    is_capped: bool = Field(description="Whether there may be more than were looked at.")
    corrected: str | None = Field(
        description="What was searched for instead, where nothing has the words as they were typed."
    )
    tags: list[TagFacet] = Field(description="The most frequent first.")
    authors: list[AuthorFacet] = Field(description="The most frequent first.")
    years: list[YearFacet] = Field(description="The latest first.")


class SuggestionKind(StrEnum):
    """What a suggestion leads to."""

    TAG = "tag"
    AUTHOR = "author"
    ARTICLE = "article"


class Suggestion(AnswerModel):
    """Something public that goes on as the reader has begun to type."""

    model_config = example({"kind": "article", "text": "Down the river", "ref": "down-the-river"})

    kind: SuggestionKind
    text: str
    ref: str = Field(description="Its slug, or an author's username.")
