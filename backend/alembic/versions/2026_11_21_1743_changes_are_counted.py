"""what a list of articles shows counts its changes.

Revises: a90c3f5be217
"""

import sqlalchemy as sa
from alembic import op

revision = "d41e7a60c9b8"
down_revision = "a90c3f5be217"
branch_labels = None
depends_on = None

SHARDS = 16
ROWS = f"""
    INSERT INTO changes SELECT shard, 0, 0 FROM generate_series(0, {SHARDS - 1}) AS shard
"""  # noqa: S608 - the number stands above

# It is run at the very end of a transaction, so that what it locks is held for the commit alone,
# and nobody who holds it waits for anything else. However many rows have changed, each number is
# written once: all of the calls belong to one command, the COMMIT. (They do not where a test has
# the constraints checked at once; then each of its commands counts, as a transaction would.)
FUNCTION = f"""
    CREATE FUNCTION public.count_change() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE
        counted CONSTANT text := 'galley.counted_' || TG_ARGV[0];
        command CONSTANT text := statement_timestamp()::text;
        place CONSTANT bigint := mod(pg_backend_pid(), {SHARDS});
        amount CONSTANT bigint := 1 + floor(random() * 4294967296);
        of_content CONSTANT bigint := CASE TG_ARGV[0] WHEN 'content' THEN amount ELSE 0 END;
        of_counts CONSTANT bigint := amount - of_content;
    BEGIN
        IF current_setting(counted, true) = command THEN
            RETURN NULL;
        END IF;
        INSERT INTO public.changes AS present (shard, content, counts)
        VALUES (place, of_content, of_counts)
        ON CONFLICT (shard) DO UPDATE
        SET content = present.content + of_content, counts = present.counts + of_counts;
        PERFORM set_config(counted, command, true);
        RETURN NULL;
    END
    $$
"""  # noqa: S608 - the number stands above

# Of articles, what any list can be told to show, and what it can be ordered by or narrowed to.
OF_ARTICLES = (
    "author_id, author_ids, slug, title, tags, locale, translation_group, series_id, "
    "series_position, featured, pinned, cover, cover_alt, canonical_url, seo, comment_policy, "
    "published, published_at, deleted_at, content, content_format, given_excerpt, content_html, "
    "toc, made_excerpt, word_count, reading_minutes, created_at, updated_at, version"
)
OF_PEOPLE = "username, full_name, avatar, bio, website"
DIFFERS = "OLD IS DISTINCT FROM NEW"
# What nobody but its authors can see is in no list for everybody.
OLD_IS_PUBLIC = "OLD.published AND OLD.deleted_at IS NULL"
NEW_IS_PUBLIC = "NEW.published AND NEW.deleted_at IS NULL"
# Most changes have a new version: only where two articles seem to be the same are they compared.
ARTICLE_DIFFERS = f"""
    (({OLD_IS_PUBLIC}) OR ({NEW_IS_PUBLIC})) AND (OLD.version <> NEW.version OR {DIFFERS})
"""
PERSON_DIFFERS = """
    (OLD.username, OLD.full_name, OLD.avatar, OLD.bio, OLD.website)
        IS DISTINCT FROM (NEW.username, NEW.full_name, NEW.avatar, NEW.bio, NEW.website)
"""

# Which number counts what. What makes or ends a row that is in no list yet, or not any more (an
# account without articles, say), need not be counted; if it is rare, it is all the same. Tables are
# locked in the order in which the house writes to them.
WATCHED = (
    ("content", "site", "INSERT", "true"),
    ("content", "site", "UPDATE", DIFFERS),
    ("content", "site", "DELETE", "true"),
    ("content", "series", "INSERT", "true"),
    ("content", "series", "UPDATE", DIFFERS),
    ("content", "series", "DELETE", "true"),
    ("content", "tags", "INSERT", "true"),
    ("content", "tags", "UPDATE", DIFFERS),
    ("content", "tags", "DELETE", "true"),
    ("content", "tag_aliases", "INSERT", "true"),
    ("content", "tag_aliases", "UPDATE", DIFFERS),
    ("content", "tag_aliases", "DELETE", "true"),
    ("content", "users", f"UPDATE OF {OF_PEOPLE}", PERSON_DIFFERS),
    ("content", "articles", "INSERT", NEW_IS_PUBLIC),
    ("content", "articles", f"UPDATE OF {OF_ARTICLES}", ARTICLE_DIFFERS),
    ("content", "articles", "DELETE", OLD_IS_PUBLIC),
    ("content", "article_tags", "INSERT", "NEW.public_at IS NOT NULL"),
    ("content", "article_tags", "UPDATE", DIFFERS),
    ("content", "article_tags", "DELETE", "OLD.public_at IS NOT NULL"),
    ("content", "article_authors", "INSERT", "NEW.public_at IS NOT NULL"),
    ("content", "article_authors", "UPDATE", DIFFERS),
    ("content", "article_authors", "DELETE", "OLD.public_at IS NOT NULL"),
    ("counts", "article_counts", "INSERT", "true"),
    ("counts", "article_counts", "UPDATE", DIFFERS),
    ("counts", "article_counts", "DELETE", "true"),
)
TRIGGER = """
    CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({condition})
    EXECUTE FUNCTION public.count_change('{number}')
"""


def upgrade() -> None:
    # Each row is written anew all the time: with room for that on its page, no index is touched.
    op.create_table(
        "changes",
        sa.Column("shard", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_changes")),
        postgresql_with={"fillfactor": "10"},
    )
    op.execute(ROWS)
    op.execute(FUNCTION)
    for number, table, event, condition in WATCHED:
        values = {"number": number, "table": table, "event": event, "condition": condition.strip()}
        op.execute(TRIGGER.format(name=_name(event), **values))


def downgrade() -> None:
    for _, table, event, _ in reversed(WATCHED):
        op.execute(f"DROP TRIGGER {_name(event)} ON {table}")
    op.execute("DROP FUNCTION public.count_change")
    op.drop_table("changes")


def _name(event: str) -> str:
    return f"count_{event.partition(' ')[0].lower()}"
