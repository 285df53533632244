"""Demo content from Faker: the same seed and numbers give the same people and articles.

Faker is too slow to write every article afresh, so it writes a stock once: headings, paragraphs,
lists and quotes, texts made of those, and parts of titles. Articles share the texts, each of which
needs to be rendered once only; all else of them varies.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from faker import Faker

from app.features.portability.schemas import DemoArticle, DemoPerson, DemoPlace

YEARS = 6
PUBLISHED_SHARE = 0.85
SCHEDULED_SHARE = 0.03
IN_SERIES_SHARE = 0.04
WITH_COMPANY_SHARE = 0.08
STOCK = 150
TEXTS = 400
NAMES = 3000

# The first tags are on many articles, the last of all on very few.
TAGS = (
    "architecture", "books", "cities", "coffee", "cooking", "craft", "databases", "design",
    "essays", "film", "gardens", "history", "interviews", "languages", "letters", "maps", "music",
    "notes", "photography", "poetry", "python", "rivers", "science", "travel", "typography",
    "walking", "weather", "work",
)  # fmt: skip
RARE_TAGS = ("bookbinding", "lighthouses", "tides")
WEIGHTS = (*(1 / rank for rank in range(1, len(TAGS) + 1)), *(0.001 for _ in RARE_TAGS))
MOST_TAGS = 4

OPENINGS = (
    "A field guide to", "A short history of", "Against", "Five notes on", "How we learned to love",
    "In praise of", "Letters about", "On", "The quiet return of", "The trouble with",
    "What nobody says about", "Why I changed my mind about",
)  # fmt: skip
CODE = (
    "```python\nfor line in lines:\n    print(line.rstrip())\n```",
    "```sql\nSELECT author_id, count(*)\nFROM articles\nGROUP BY author_id\nORDER BY 2 DESC;\n```",
    "```sh\ncurl -s http://localhost:8080/api/v1/articles | head\n```",
    '```json\n{\n  "title": "Down the river",\n  "published": true\n}\n```',
)  # fmt: skip


class FakerWriter:
    """Makes people and articles out of a seed."""

    def __init__(self, seed: int) -> None:
        """Take the seed that decides everything."""
        self._random = Random(seed)  # noqa: S311 - demo content is no secret
        self._faker = Faker("en_US", use_weighting=False)
        self._faker.seed_instance(seed)

    def people(self, count: int) -> Iterator[DemoPerson]:
        """Yield people; their names may repeat."""
        for _ in range(count):
            first, last = self._faker.first_name(), self._faker.last_name()
            yield DemoPerson(
                username=f"{first}.{last}".lower(),
                full_name=f"{first} {last}",
                bio=f"{self._faker.job()}, {self._faker.city()}. {self._faker.sentence()}",
            )

    def articles(self, count: int, *, at: datetime) -> Iterator[DemoArticle]:
        """Yield articles of the years before `at`, some drafts, and a few scheduled for later."""
        stock = _Stock(self._faker, self._random)
        series = _Series(self._random, stock)
        for _ in range(count):
            authors, place = series.next()
            state, created_at = self._state(stock, at)
            yield DemoArticle(
                authors=authors,
                state=state,
                created_at=created_at,
                place=place,
                former_title=stock.title() if self._happens(0.02) else "",
            )

    def _state(self, stock: "_Stock", at: datetime) -> tuple[dict[str, Any], datetime]:
        """Return what the article itself says, and when it was begun."""
        published, published_at, made_at = self._dates(at)
        tags = stock.tags()
        has_cover = self._happens(0.25)
        state = {
            "title": stock.title(),
            "content": self._random.choice(stock.texts),
            "excerpt": stock.excerpt() if self._happens(0.3) else None,
            "tags": tags,
            "locale": "en-GB" if self._happens(0.05) else "en",
            "published": published,
            "published_at": published_at,
            "featured": self._happens(0.01),
            "pinned": self._happens(0.0005),
            "cover": f"/images/{(tags or TAGS)[0]}.jpg" if has_cover else None,
            "cover_alt": stock.heading() if has_cover else None,
        }
        return state, made_at

    def _happens(self, share: float) -> bool:
        return self._random.random() < share

    def _dates(self, at: datetime) -> tuple[bool, datetime | None, datetime]:
        """Return whether it is published, from when on, and when it was begun."""
        age = timedelta(seconds=self._random.uniform(3600, YEARS * 365 * 86400))
        made_at = (at - age).replace(microsecond=0)
        share = self._random.random()
        if share < PUBLISHED_SHARE:
            return True, made_at + age * self._random.uniform(0, 0.01), made_at
        if share < PUBLISHED_SHARE + SCHEDULED_SHARE:
            in_days = self._random.randint(1, 60)
            return True, at.replace(microsecond=0) + timedelta(days=in_days), made_at
        return False, None, made_at


class _Stock:
    """What articles are put together from."""

    def __init__(self, faker: Faker, random: Random) -> None:
        self._faker = faker
        self._random = random
        self._subjects = [faker.catch_phrase().lower() for _ in range(STOCK)]
        self._names = [faker.city() for _ in range(NAMES)]
        self._headings = [faker.sentence(4).rstrip(".") for _ in range(STOCK)]
        self._sentences = [faker.sentence(12) for _ in range(STOCK)]
        self._tag_weights = list(accumulate(WEIGHTS))
        blocks = list(self._blocks())
        self.texts = [self._text(blocks) for _ in range(TEXTS)]

    def title(self) -> str:
        """Put a title together, the one half of them with a name in it."""
        opening, subject = self._random.choice(OPENINGS), self._random.choice(self._subjects)
        name = self._random.choice(("", f" in {self._random.choice(self._names)}"))
        return f"{opening} {subject}{name}"

    def series(self) -> str:
        """Return the title of a series."""
        return f"Letters from {self._random.choice(self._names)}"

    def heading(self) -> str:
        """Return a few words."""
        return self._random.choice(self._headings)

    def excerpt(self) -> str:
        """Return two sentences."""
        return " ".join(self._random.sample(self._sentences, 2))

    def tags(self) -> list[str]:
        """Return up to four tags, each once, those in front more often."""
        count = self._random.randint(0, MOST_TAGS)
        tags = (*TAGS, *RARE_TAGS)
        picked = self._random.choices(tags, cum_weights=self._tag_weights, k=count)
        return list(dict.fromkeys(picked))

    def _blocks(self) -> Iterator[str]:
        """Yield the stock of blocks: for the most part paragraphs."""
        for number in range(STOCK):
            yield self._faker.paragraph(6)
            yield self._faker.paragraph(4)
            if number % 3 == 0:
                yield "\n".join(f"- {self._faker.sentence()}" for _ in range(4))
            if number % 5 == 0:
                yield f"> {self._faker.paragraph(3)}\n>\n> *{self._faker.name()}*"
            if number % 6 == 0:
                yield "\n".join(f"{place}. {self._faker.sentence()}" for place in range(1, 4))
            if number % 10 == 0:
                yield self._random.choice(CODE)

    def _text(self, blocks: list[str]) -> str:
        parts = self._random.sample(blocks, 2)
        for heading in self._random.sample(self._headings, self._random.randint(1, 4)):
            parts += [f"## {heading}", *self._random.sample(blocks, self._random.randint(1, 4))]
        return "\n\n".join(parts)


class _Series:
    """Gives articles their authors, and a few of them places in series that come bit by bit."""

    def __init__(self, random: Random, stock: _Stock) -> None:
        self._random = random
        self._stock = stock
        self._author = 0.0
        self._title = ""
        self._position = self._length = 0

    def next(self) -> tuple[list[float], DemoPlace | None]:
        """Return who writes the next article, and which place it has in a series."""
        if self._random.random() < IN_SERIES_SHARE:
            return [self._place_author()], DemoPlace(self._title, self._position)
        has_company = self._random.random() < WITH_COMPANY_SHARE
        return [self._random.random() for _ in range(1 + has_company)], None

    def _place_author(self) -> float:
        if self._position == self._length:
            self._author = self._random.random()
            self._title = self._stock.series()
            self._position, self._length = 0, self._random.randint(3, 12)
        self._position += 1
        return self._author
