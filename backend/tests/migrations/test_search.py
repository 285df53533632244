"""The words that the database keeps of each article, and who may have them made."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from app.core.config import Settings
from app.models import Article, SearchTerm, User
from tests.factories import EARLY_2026, Factory
from tests.migrations.conftest import Alembic

OWNER, RUNTIME = "galley_owner_of_a_test", "galley_of_a_test"
PERSON = """
    INSERT INTO users
        (email, username, password_hash, role, is_active, created_at, updated_at, version)
    VALUES ('a@example.com', 'anna', 'x', 'author', true, now(), now(), 1)
"""
WRITING = """
    INSERT INTO articles
        (author_id, slug, title, content, published, created_at, updated_at, version)
    SELECT max(id), 'a', 'Water & Wüste', 'The running rivers.', false, now(), now(), 1 FROM users
"""


@pytest.fixture
async def author(make: Factory) -> User:
    return await make.user()


async def words(session: AsyncSession, article: Article) -> str:
    """Return the words that are kept of an article."""
    query = select(text("words::text")).select_from(Article).where(Article.id == article.id)
    return str(await session.scalar(query))


async def change(session: AsyncSession, article: Article, **columns: object) -> str:
    """Change columns as anybody does, and return the words that are kept then."""
    row = await session.get_one(Article, article.id)
    for name, value in columns.items():
        setattr(row, name, value)
    await session.commit()
    return await words(session, article)


async def test_each_part_has_its_weight(make: Factory, author: User, session: AsyncSession) -> None:
    article = await make.article(
        author, title="Rivers", tag_names=["Wide Water"], given_excerpt="Quiet", content="Boats"
    )
    assert await words(session, article) == (
        "'boat':4 'quiet':3C 'river':1A 'rivers':2A 'water':6B,8B 'wide':5B,7B"
    )


async def test_words_follow_every_part_of_their_article(
    make: Factory, author: User, session: AsyncSession
) -> None:
    article = await make.article(author, title="A", content="Running", made_excerpt="Made")
    assert "'run':3 " in await words(session, article) + " "
    assert "'lake':1A" in await change(session, article, title="Lake")
    assert "'made'" in await words(session, article)
    assert "'given':" in await change(session, article, given_excerpt="Given")
    assert "'made'" not in await words(session, article)
    assert "'boat'" in await change(session, article, plain_text="Boats")
    assert "'boat'" in await change(session, article, content="Anything else")
    assert "'els'" in await change(session, article, plain_text="")
    assert "'anything'" in await change(session, article, locale="pl")


async def test_a_new_tag_leaves_all_other_words_as_they_are(
    make: Factory, author: User, session: AsyncSession
) -> None:
    article = await make.article(author, title="River", content="Boats in water", tag_names=["Sea"])
    before = await words(session, article)
    changed = await change(session, article, tag_names=["Water", "Sand"])
    assert "'sea'" not in changed
    assert "'water'" in changed
    assert await change(session, article, tag_names=["Sea"]) == before


async def test_what_is_no_word_changes_nothing(
    make: Factory, author: User, session: AsyncSession
) -> None:
    article = await make.article(author, title="River", content="Boats")
    await session.execute(text("SET session_replication_role = replica"))
    await session.execute(text("UPDATE articles SET words = 'kept:1'"))
    await session.execute(text("SET session_replication_role = origin"))
    await session.commit()
    kept = await change(session, article, slug="b", title="River", featured=True)
    assert kept == "'kept':1"
    await session.execute(text("UPDATE articles SET words = ''"))
    assert "'boat'" in await words(session, article)


async def test_words_of_titles_and_tags_make_the_vocabulary(
    make: Factory, author: User, session: AsyncSession
) -> None:
    for _ in range(2):
        await make.article(author, title="Étés à la Mer", tag_names=["été"], content="Bateaux")
    terms = (await session.scalars(select(SearchTerm.term).order_by(SearchTerm.term))).all()
    assert terms == ["ete", "etes", "mer"]


def _many(words: str, most: int = 200_000) -> str:
    return (words * (most // len(words) + 1))[:most]


def _distinct(template: str, first: int = 0x20000) -> str:
    """Return 200,000 characters of words most of which are different."""
    letters = (chr(first + number % 40_000) for number in range(200_000 // len(template) * 2))
    return "".join(map(template.format, letters))[:200_000]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("x" * 200_000, id="one word"),
        pytest.param("\U00020000" * 200_000, id="one word of wide letters"),
        pytest.param(_many("a-"), id="one compound"),
        pytest.param(_many("a.b/c-d_e@f.gh "), id="addresses"),
        pytest.param(_distinct("{} "), id="letters"),
        pytest.param(_distinct("{0}-{0} "), id="compounds"),
        pytest.param(_distinct("a{}b-c "), id="longer compounds"),
        pytest.param(_distinct("{}\u00bd\ufb03 ", 0x3400), id="ligatures"),
        pytest.param("".join(f"{n}.{n}e{n % 9} -{n} v{n}.{n}.{n} " for n in range(9000))[:200_000],
                     id="numbers"),
        pytest.param("".join(f"a{n}.bc/{n}?{n} " for n in range(12_000))[:200_000], id="paths"),
        pytest.param(_many("<" * 999 + "a "), id="brackets"),
        pytest.param(_many("&amp;&#x1;"), id="entities"),
        pytest.param("\u0130\u1e9e \ufdfa " * 33_333, id="letters that grow"),
    ],
)  # fmt: skip
async def test_no_text_has_too_many_words(make: Factory, author: User, content: str) -> None:
    for locale in ("en", "pl", "tr"):
        title = content[:200]
        await make.article(author, title=title, content=content, locale=locale)


async def test_rows_that_are_copied_have_words(author: User, connection: AsyncConnection) -> None:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    values: dict[str, object] = {
        "author_id": author.id, "slug": "a", "title": "Rivers", "content": "Boats",
        "published": False, "created_at": EARLY_2026, "updated_at": EARLY_2026, "version": 1,
    }  # fmt: skip
    await driver.copy_records_to_table(
        "articles", columns=list(values), records=[tuple(values.values())]
    )
    assert await connection.scalar(text("SELECT words::text FROM articles")) == (
        "'boat':3 'river':1A 'rivers':2A"
    )


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en", "english"), ("en-GB", "english"), ("de-CH-1996", "german"), ("nb", "norwegian"),
     ("PT-br", "portuguese"), ("sr-Latn", "serbian"), ("ja", "simple"), ("eng", "simple"),
     ("", "simple"), ("english", "simple"), ("x", "simple")],
)  # fmt: skip
async def test_a_locale_chooses_a_dictionary(
    session: AsyncSession, locale: str, language: str
) -> None:
    query = select(text("search_configuration(:locale)::text")).params(locale=locale)
    assert await session.scalar(query) == f"galley_{language}"


async def test_articles_that_were_there_get_their_words(alembic: Alembic) -> None:
    await alembic.upgrade("b7e4a9d1c602")
    async with alembic.engine.begin() as connection:
        await connection.execute(text(PERSON))
        await connection.execute(text(WRITING))
    await alembic.upgrade()
    async with alembic.engine.begin() as connection:
        kept = await connection.scalar(text("SELECT words::text FROM articles"))
        assert kept == "'river':7 'run':6 'water':1A,3A 'wust':2A 'wuste':4A"
    await alembic.downgrade("b7e4a9d1c602")
    async with alembic.engine.begin() as connection:
        kept = await connection.scalar(text("SELECT words::text FROM articles"))
        assert kept == "'rivers':5 'running':4 'the':3 'water':1 'wüste':2"


@pytest.fixture
async def _two_roles(settings: Settings) -> AsyncIterator[None]:
    """An owner of databases who is no superuser, and a role that only reads and writes rows."""
    maintenance = create_async_engine(
        settings.model_copy(update={"db_name": "postgres"}).database_url,
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
    )
    async with maintenance.connect() as connection:
        for role in (OWNER, RUNTIME):
            await connection.execute(text(f"DROP ROLE IF EXISTS {role}"))
            await connection.execute(text(f"CREATE ROLE {role}"))
        yield
        for role in (OWNER, RUNTIME):
            await connection.execute(text(f"DROP ROLE IF EXISTS {role}"))


def _engine(alembic: Alembic, role: str) -> AsyncEngine:
    settings = {"server_settings": {"role": role}}
    return create_async_engine(alembic.engine.url, connect_args=settings, poolclass=NullPool)


@pytest.mark.usefixtures("_two_roles")
async def test_neither_role_has_to_be_a_superuser(alembic: Alembic, settings: Settings) -> None:
    async with alembic.engine.begin() as connection:
        for statement in (
            f'ALTER DATABASE "{alembic.engine.url.database}" OWNER TO {OWNER}',
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            f"GRANT USAGE ON SCHEMA public TO {RUNTIME}",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT ALL ON TABLES TO {RUNTIME}",
        ):
            await connection.execute(text(statement))
    owner = Alembic(settings, _engine(alembic, OWNER))
    await owner.upgrade()
    async with _engine(alembic, RUNTIME).begin() as connection:
        await connection.execute(text(PERSON))
        await connection.execute(text(WRITING))
        found = text("SELECT count(*) FROM articles WHERE words @@ search_query('run', 'en')")
        assert await connection.scalar(found) == 1
        assert await connection.scalar(text("SELECT count(*) FROM search_terms")) == 2
        mark = "SELECT ts_headline(search_configuration('en'), title, search_query('waters', 'en'))"
        assert await connection.scalar(text(f"{mark} FROM articles")) == "<b>Water</b> & Wüste"
    async with alembic.engine.begin() as connection:
        await connection.execute(text(f"DROP OWNED BY {RUNTIME}"))
    await owner.downgrade("base")
