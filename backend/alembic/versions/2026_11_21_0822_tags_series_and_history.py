"""tags, series, history, working copies and the site.

Revises: 706ffebca65b
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "32802c724cfe"
down_revision = "706ffebca65b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_tables()
    _add_columns()


def _make_tables() -> None:
    op.create_table(
        "site",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("edits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_site_is_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("colour", sa.Text(), nullable=True),
        sa.Column("cover", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("slug", name=op.f("uq_tags_slug")),
    )
    op.create_index("uq_tags_name_lower", "tags", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "series",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("cover", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_series_owner_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("slug", name=op.f("uq_series_slug")),
    )
    op.create_index(op.f("ix_series_owner_id"), "series", ["owner_id"], unique=False)
    op.create_index("ix_series_title_id", "series", ["title", "id"], unique=False)
    op.create_table(
        "tag_aliases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(slug IS NULL) <> (name IS NULL)", name=op.f("ck_tag_aliases_is_slug_or_name")
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_tag_aliases_tag_id_tags"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_aliases")),
        sa.UniqueConstraint("slug", name=op.f("uq_tag_aliases_slug")),
    )
    op.create_index(op.f("ix_tag_aliases_tag_id"), "tag_aliases", ["tag_id"], unique=False)
    op.create_index(
        "uq_tag_aliases_name_lower", "tag_aliases", [sa.literal_column("lower(name)")], unique=True
    )
    op.create_table(
        "addresses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(collation="C"), nullable=False),
        sa.Column("was_public", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_addresses_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint("address", name=op.f("uq_addresses_address")),
    )
    op.create_index(op.f("ix_addresses_article_id"), "addresses", ["article_id"], unique=False)
    op.create_table(
        "article_authors",
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_article_authors_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_article_authors_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", "user_id", name=op.f("pk_article_authors")),
    )
    op.create_index(
        "ix_article_authors_user_id_article_id",
        "article_authors",
        ["user_id", "article_id"],
        unique=False,
    )
    op.create_table(
        "article_tags",
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_article_tags_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_article_tags_tag_id_tags"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "tag_id", name=op.f("pk_article_tags")),
    )
    op.create_index(
        "ix_article_tags_tag_id_article_id", "article_tags", ["tag_id", "article_id"], unique=False
    )
    op.create_table(
        "previews",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("maker_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_previews_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["maker_id"], ["users.id"], name=op.f("fk_previews_maker_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previews")),
    )
    op.create_index(op.f("ix_previews_article_id"), "previews", ["article_id"], unique=False)
    op.create_index(op.f("ix_previews_maker_id"), "previews", ["maker_id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("editor_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_revisions_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["editor_id"],
            ["users.id"],
            name=op.f("fk_revisions_editor_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("article_id", "version", name=op.f("uq_revisions_article_id_version")),
    )
    op.create_index(op.f("ix_revisions_editor_id"), "revisions", ["editor_id"], unique=False)
    op.create_table(
        "working_copies",
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("editor_id", sa.BigInteger(), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seen", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_working_copies_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["editor_id"],
            ["users.id"],
            name=op.f("fk_working_copies_editor_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_working_copies")),
    )
    op.create_index(
        op.f("ix_working_copies_editor_id"), "working_copies", ["editor_id"], unique=False
    )


def _add_columns() -> None:
    op.add_column(
        "articles",
        sa.Column(
            "author_ids",
            postgresql.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column(
        "articles", sa.Column("locale", sa.Text(), server_default=sa.text("'en'"), nullable=False)
    )
    op.add_column("articles", sa.Column("translation_group", sa.BigInteger(), nullable=True))
    op.add_column("articles", sa.Column("series_id", sa.BigInteger(), nullable=True))
    op.add_column("articles", sa.Column("series_position", sa.BigInteger(), nullable=True))
    op.add_column(
        "articles",
        sa.Column("featured", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "articles",
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("articles", sa.Column("cover", sa.Text(), nullable=True))
    op.add_column("articles", sa.Column("cover_alt", sa.Text(), nullable=True))
    op.add_column("articles", sa.Column("canonical_url", sa.Text(), nullable=True))
    op.add_column(
        "articles",
        sa.Column(
            "seo",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column("articles", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "articles",
        sa.Column(
            "content_format", sa.Text(), server_default=sa.text("'markdown'"), nullable=False
        ),
    )
    op.add_column("articles", sa.Column("given_excerpt", sa.Text(), nullable=True))
    op.add_column(
        "articles",
        sa.Column("content_html", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    op.add_column(
        "articles",
        sa.Column(
            "toc",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
    )
    op.add_column(
        "articles",
        sa.Column("made_excerpt", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    op.add_column(
        "articles",
        sa.Column("word_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "articles",
        sa.Column("reading_minutes", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
    )
    op.add_column(
        "articles",
        sa.Column("renderer_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "articles", sa.Column("plain_text", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
    op.execute(
        "ALTER TABLE articles ADD CONSTRAINT ck_articles_content_format_known "
        "CHECK (content_format IN ('markdown', 'html')) NOT VALID"
    )
    op.create_foreign_key(
        op.f("fk_articles_series_id_series"),
        "articles",
        "series",
        ["series_id"],
        ["id"],
        ondelete="SET NULL",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_articles_series_id_series"), "articles", type_="foreignkey")
    op.drop_constraint(op.f("ck_articles_content_format_known"), "articles", type_="check")
    for column in (
        "plain_text",
        "renderer_version",
        "reading_minutes",
        "word_count",
        "made_excerpt",
        "toc",
        "content_html",
        "given_excerpt",
        "content_format",
        "deleted_at",
        "seo",
        "canonical_url",
        "cover_alt",
        "cover",
        "pinned",
        "featured",
        "series_position",
        "series_id",
        "translation_group",
        "locale",
        "author_ids",
    ):
        op.drop_column("articles", column)
    for table in (
        "working_copies",
        "revisions",
        "previews",
        "article_tags",
        "article_authors",
        "addresses",
        "tag_aliases",
        "series",
        "tags",
        "site",
    ):
        op.drop_table(table)
