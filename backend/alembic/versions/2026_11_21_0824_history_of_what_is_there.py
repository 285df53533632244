"""history, authors, tags and addresses of the articles that are there.

Revises: 8c1d5f20ab34
"""

from alembic import op

revision = "b7e4a9d1c602"
down_revision = "8c1d5f20ab34"
branch_labels = None
depends_on = None


# What makes articles of the foundation whole: all of them at once, or the one that {which} names.
# Tables are qualified: while a backup is put back, nothing is found by its bare name.
AUTHOR = """
    UPDATE public.articles SET author_ids = ARRAY[author_id] WHERE author_ids = '{{}}' AND {which}
"""

# Each tag once, whatever its case: as the oldest article has it. What no slug can be made of in SQL
# is numbered; an editor may rename it.
TAGS = """
    WITH spelled AS (
        SELECT DISTINCT ON (lower(name)) name, articles.created_at
        FROM public.articles, unnest(articles.tags) AS name
        WHERE {which}
        ORDER BY lower(name), articles.created_at, articles.id
    ), based AS (
        SELECT name, created_at,
            trim(BOTH '-' FROM regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g')) AS base
        FROM spelled
    ), numbered AS (
        SELECT *, row_number() OVER (PARTITION BY base ORDER BY created_at, name) AS number
        FROM based
    )
    INSERT INTO public.tags (slug, name, created_at, updated_at, version)
    SELECT
        CASE
            WHEN base ~ '[a-z]' AND number = 1
                AND NOT EXISTS (SELECT FROM public.tags WHERE slug = left(base, 90))
            THEN left(base, 90)
            ELSE 'tag-' || left(base, 60) || '-' || md5(lower(name))
        END,
        name, created_at, created_at, 1
    FROM numbered
    ORDER BY lower(name)
    ON CONFLICT DO NOTHING
"""

TAGGED = """
    INSERT INTO public.article_tags (article_id, tag_id, position)
    SELECT articles.id, tags.id, min(place)
    FROM public.articles, unnest(articles.tags) WITH ORDINALITY AS used (name, place), public.tags
    WHERE lower(tags.name) = lower(used.name) AND {which}
    GROUP BY articles.id, tags.id
    ON CONFLICT DO NOTHING
"""

SPELLED = """
    UPDATE public.articles SET tags = spelled.names
    FROM (
        SELECT article_id, array_agg(tags.name ORDER BY position) AS names
        FROM public.articles
            JOIN public.article_tags ON article_id = articles.id
            JOIN public.tags ON tag_id = tags.id
        WHERE {which}
        GROUP BY article_id
    ) AS spelled
    WHERE article_id = articles.id AND tags IS DISTINCT FROM names
"""

AUTHORS = """
    INSERT INTO public.article_authors (article_id, user_id, position)
    SELECT id, author_id, 0 FROM public.articles WHERE {which}
    ON CONFLICT DO NOTHING
"""

ADDRESSES = """
    INSERT INTO public.addresses (article_id, address, created_at)
    SELECT id, slug, created_at FROM public.articles WHERE {which}
    ON CONFLICT DO NOTHING
"""

REVISIONS = """
    INSERT INTO public.revisions
        (article_id, version, editor_id, made_at, fields, published, state)
    SELECT id, version, author_id, updated_at, '{{}}', published, jsonb_build_object(
        'title', title, 'slug', slug, 'content', content, 'content_format', content_format,
        'excerpt', given_excerpt, 'tags', to_jsonb(tags), 'authors', to_jsonb(author_ids),
        'series', series_id, 'series_position', series_position, 'published', published,
        'published_at', published_at, 'featured', featured, 'pinned', pinned, 'cover', cover,
        'cover_alt', cover_alt, 'canonical_url', canonical_url, 'meta', seo, 'locale', locale,
        'translation_group', translation_group
    )
    FROM public.articles WHERE {which}
    ON CONFLICT DO NOTHING
"""
STATEMENTS = (AUTHOR, TAGS, TAGGED, SPELLED, AUTHORS, ADDRESSES, REVISIONS)

# The previous release goes on for a while, and knows nothing of these tables. It is the only one
# that inserts an article without authors, so nobody else pays for this.
FUNCTION = """
    CREATE FUNCTION public.articles_make_whole() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
        {statements}
        RETURN NULL;
    END
    $$
"""
TRIGGER = """
    CREATE TRIGGER articles_whole
    AFTER INSERT ON articles FOR EACH ROW WHEN (NEW.author_ids = '{}')
    EXECUTE FUNCTION public.articles_make_whole()
"""


def upgrade() -> None:
    each = [statement.strip().format(which="articles.id = NEW.id") for statement in STATEMENTS]
    op.execute(FUNCTION.format(statements="\n        ".join(f"{statement};" for statement in each)))
    # First, so that nothing is inserted between the statements for what is there and the trigger.
    op.execute(TRIGGER)
    for statement in STATEMENTS:
        op.execute(statement.format(which="true"))


def downgrade() -> None:
    op.execute("DROP TRIGGER articles_whole ON articles")
    op.execute("DROP FUNCTION public.articles_make_whole()")
    for table in ("revisions", "addresses", "article_authors", "article_tags", "tags"):
        op.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand above
