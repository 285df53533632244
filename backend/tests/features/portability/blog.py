"""What tests of importing import: files in a folder, for one author."""

from collections import Counter
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.markup import Renderer
from app.features.portability.adapters.markdown import MarkdownFolder
from app.features.portability.schemas import Taken
from app.features.portability.service import Importer
from app.models import Article, User
from tests.factories import EARLY_2026

POST = "---\ntitle: Down the river\ndate: 2018-01-02\nlayout: post\n---\nWe set out at five.\n"


class Blog:
    """A folder of posts, and an author to import it for."""

    def __init__(
        self,
        folder: Path,
        session: AsyncSession,
        tools: tuple[Settings, Renderer],
        author: User,
    ) -> None:
        self.folder = folder
        self.session = session
        self.author = author
        self.importer = Importer(session, *tools)

    def write(self, path: str, content: str = POST) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(content)

    async def run(self, below: str = ".", at: datetime = EARLY_2026) -> list[Taken]:
        folder = MarkdownFolder(self.folder / below)
        return [
            await self.importer.take(path, folder, author_id=self.author.id, at=at)
            for path in folder.paths()
        ]

    async def outcomes(self, below: str = ".") -> Counter[str]:
        return Counter(taken.outcome for taken in await self.run(below))

    async def articles(self) -> list[Article]:
        query = select(Article).where(Article.author_id == self.author.id).order_by(Article.id)
        return list(await self.session.scalars(query))
