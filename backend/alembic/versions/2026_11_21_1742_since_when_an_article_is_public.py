"""beside each tag and author of an article, since when it is public.

Revises: 5b7c0de4a921
"""

import sqlalchemy as sa
from alembic import op

revision = "a90c3f5be217"
down_revision = "5b7c0de4a921"
branch_labels = None
depends_on = None

TABLES = ("article_tags", "article_authors")
PUBLIC_AT = "CASE WHEN {0}published AND {0}deleted_at IS NULL THEN {0}published_at END"

# Whoever writes tags and authors has locked the article before. If somebody has not, they wait here
# for who is publishing it, and see it as it is after that; or the publisher waits, and the function
# below sees their row.
SET = f"""
    CREATE FUNCTION public.set_public_at() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
        SELECT {PUBLIC_AT.format("")} INTO NEW.public_at
        FROM public.articles WHERE id = NEW.article_id
        FOR NO KEY UPDATE;
        RETURN NEW;
    END
    $$
"""  # noqa: S608 - the expression stands above
SPREAD = f"""
    CREATE FUNCTION public.spread_public_at() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE
        since CONSTANT timestamptz := {PUBLIC_AT.format("NEW.")};
    BEGIN
        UPDATE public.article_tags SET public_at = since WHERE article_id = NEW.id;
        UPDATE public.article_authors SET public_at = since WHERE article_id = NEW.id;
        RETURN NULL;
    END
    $$
"""  # noqa: S608 - the expression stands above
SET_TRIGGER = """
    CREATE TRIGGER set_public_at BEFORE INSERT OR UPDATE OF article_id ON {table}
    FOR EACH ROW EXECUTE FUNCTION public.set_public_at()
"""
SPREAD_TRIGGER = f"""
    CREATE TRIGGER spread_public_at AFTER UPDATE OF published, published_at, deleted_at ON articles
    FOR EACH ROW WHEN (
        {PUBLIC_AT.format("OLD.")} IS DISTINCT FROM {PUBLIC_AT.format("NEW.")}
    )
    EXECUTE FUNCTION public.spread_public_at()
"""


def upgrade() -> None:
    # In the order in which the house writes: an article first, and then what it has.
    op.execute("LOCK TABLE public.articles IN SHARE ROW EXCLUSIVE MODE")
    for table in TABLES:
        op.add_column(table, sa.Column("public_at", sa.DateTime(timezone=True), nullable=True))
    for statement in (SET, SPREAD, SPREAD_TRIGGER):
        op.execute(statement)
    for table in TABLES:
        op.execute(SET_TRIGGER.format(table=table))


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER set_public_at ON {table}")
    op.execute("DROP TRIGGER spread_public_at ON articles")
    op.execute("DROP FUNCTION public.spread_public_at")
    op.execute("DROP FUNCTION public.set_public_at")
    for table in TABLES:
        op.drop_column(table, "public_at")
