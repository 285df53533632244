"""Using tags by their names, as articles do."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.text import MAX_SLUG_LENGTH
from app.features.tags.errors import TooManyTags
from app.features.tags.schemas import MOST_TAGS
from app.features.tags.service import TagService
from app.models import Tag, TagAlias
from tests.factories import EARLY_2026, Factory


async def used(tags: TagService, *names: str) -> list[str]:
    return [tag.name for tag in await tags.use(names, at=EARLY_2026)]


async def slugs(tags: TagService, *names: str) -> list[str]:
    return [tag.slug for tag in await tags.use(names, at=EARLY_2026)]


async def test_new_names_make_tags_in_the_order_given(
    tags: TagService, session: AsyncSession
) -> None:
    found = await tags.use(["Rivers", "Boats", "Ireland"], at=EARLY_2026)
    assert [(tag.name, tag.slug) for tag in found] == [
        ("Rivers", "rivers"), ("Boats", "boats"), ("Ireland", "ireland")
    ]  # fmt: skip
    assert (await session.scalars(select(Tag.created_at))).all() == [EARLY_2026] * 3


async def test_names_are_the_same_whatever_their_case(tags: TagService, make: Factory) -> None:
    await make.tag("Rivers")
    assert await used(tags, "boats", "RIVERS", "Boats", "rivers") == ["boats", "Rivers"]


async def test_known_and_new_names_keep_their_order(tags: TagService, make: Factory) -> None:
    await make.tag("m")
    assert await used(tags, "z", "m", "a") == ["z", "m", "a"]
    assert await used(tags, "m", "a", "z") == ["m", "a", "z"]


async def test_a_former_name_stands_for_its_tag(
    tags: TagService, make: Factory, session: AsyncSession
) -> None:
    tag = await make.tag("Rivers")
    session.add(TagAlias(tag_id=tag.id, name="Streams"))
    assert await used(tags, "boats", "streams", "rivers") == ["boats", "Rivers"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Great rivers", "great-rivers"),
        ("\u00c9ire", "eire"),
        ("\u041f\u0440\u0438\u0432\u0435\u0442", "privet"),
        ("C++", "c"),
        ("2026", "tag-2026"),
        ("!!!", "tag"),
        ("\U0001f600", "tag"),
        ("Tag", "tag"),
    ],
)
async def test_an_address_is_made_from_the_name(tags: TagService, name: str, slug: str) -> None:
    assert await slugs(tags, name) == [slug]


async def test_names_of_one_address_are_told_apart_by_a_mark(tags: TagService) -> None:
    plain, *marked = await slugs(tags, "C", "C++", "C#")
    assert plain == "c"
    assert all(slug.startswith("c-") and len(slug) == len("c-12345678") for slug in marked)
    assert await slugs(tags, "c#", "c++", "c") == [*reversed(marked), plain]


async def test_an_address_that_a_tag_had_is_not_given_away(
    tags: TagService, make: Factory, session: AsyncSession
) -> None:
    tag = await make.tag("Waters")
    session.add(TagAlias(tag_id=tag.id, slug="rivers"))
    [slug] = await slugs(tags, "Rivers")
    assert slug.startswith("rivers-")


async def test_when_even_the_marked_address_is_taken_chance_finds_one(
    tags: TagService, make: Factory
) -> None:
    [_, marked] = await slugs(tags, "C", "C#")
    other = await tags.named("C#")
    assert other is not None
    other.name = "Something else"
    [again] = await slugs(tags, "C#")
    assert again.startswith("c-")
    assert again != marked


@pytest.mark.parametrize(
    "names",
    [
        ["i", "\u0130"],
        ["\u00df", "SS", "\u1e9e"],
        ["\u03c3", "\u03c2", "\u03a3"],
        ["\ufb03", "ffi"],
    ],
)
async def test_whatever_lower_case_means_somewhere_the_same_names_find_the_same_tags(
    tags: TagService, names: list[str]
) -> None:
    first = await tags.use(names, at=EARLY_2026)
    assert await tags.use(names, at=EARLY_2026) == first
    for name in names:
        assert len(await tags.use([name], at=EARLY_2026)) == 1


@pytest.mark.parametrize("name", ["x" * 50, "\u4e2d" * 50, "\ufdfa" * 50])
async def test_the_longest_names_have_addresses(tags: TagService, name: str) -> None:
    found = await slugs(tags, name, f"{name[:-1]}!", f"{name[:-1]}?")
    assert len(set(found)) == 3
    assert all(0 < len(slug) <= MAX_SLUG_LENGTH for slug in found)


async def test_an_article_has_room_for_twenty(tags: TagService) -> None:
    names = [f"tag {number}" for number in range(MOST_TAGS + 1)]
    assert await used(tags, *names[:MOST_TAGS]) == names[:MOST_TAGS]
    with pytest.raises(TooManyTags):
        await tags.use(names, at=EARLY_2026)


async def test_no_names_are_no_tags(tags: TagService) -> None:
    assert await tags.use([], at=EARLY_2026) == []


async def test_known_names_take_one_statement_and_new_ones_a_few(
    tags: TagService, statements: list[str]
) -> None:
    names = [f"tag {number}" for number in range(MOST_TAGS)]
    await tags.use(names, at=EARLY_2026)
    assert len([each for each in statements if "SAVEPOINT" not in each]) == 5
    statements.clear()
    await tags.use(names, at=EARLY_2026)
    assert len(statements) == 1
    assert "FOR KEY SHARE OF tags" in statements[0]
