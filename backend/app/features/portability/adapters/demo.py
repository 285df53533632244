"""Demo content from Faker: the same seed and numbers give the same people and articles.

Faker is too slow to write every article afresh, so it writes a stock of headings, paragraphs, lists
and quotes once, and each article is put together from those.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from faker import Faker

from app.features.portability.schemas import DemoArticle, DemoPerson

YEARS = 6
PUBLISHED_SHARE = 0.85
SCHEDULED_SHARE = 0.03
STOCK = 150

TAGS = (
    "architecture", "books", "cities", "coffee", "cooking", "craft", "databases", "design",
    "essays", "film", "gardens", "history", "interviews", "languages", "letters", "maps", "music",
    "notes", "photography", "poetry", "python", "rivers", "science", "travel", "typography",
    "walking", "weather", "work",
)  # fmt: skip
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
        subjects = [self._faker.catch_phrase() for _ in range(STOCK)]
        headings = [self._faker.sentence(4).rstrip(".") for _ in range(STOCK)]
        blocks = list(self._blocks())
        for _ in range(count):
            opening, subject = self._random.choice(OPENINGS), self._random.choice(subjects)
            published, published_at, made_at = self._dates(at)
            yield DemoArticle(
                author=self._random.random(),
                title=f"{opening} {subject.lower()}",
                content=self._content(headings, blocks),
                tags=self._random.sample(TAGS, self._random.randint(0, 4)),
                published=published,
                published_at=published_at,
                created_at=made_at,
            )

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

    def _content(self, headings: list[str], blocks: list[str]) -> str:
        parts = self._random.sample(blocks, 2)
        for heading in self._random.sample(headings, self._random.randint(1, 4)):
            parts += [f"## {heading}", *self._random.sample(blocks, self._random.randint(1, 4))]
        return "\n\n".join(parts)

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
