"""words of each article in the dictionary of its language, weighed, and words to correct by.

Revises: b7e4a9d1c602
"""

import sqlalchemy as sa
from alembic import op

revision = "5e0c7b83d9f1"
down_revision = "b7e4a9d1c602"
branch_labels = None
depends_on = None

# The languages that PostgreSQL 15 has a dictionary for, by the first part of their locales.
LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# Accents are taken off before a word is cut down to its stem. What is all ASCII has none.
CONFIGURATION = """
    CREATE TEXT SEARCH CONFIGURATION public.galley_{language} (COPY = pg_catalog.{language})
"""
MAPPING = """
    ALTER TEXT SEARCH CONFIGURATION public.galley_{language}
        ALTER MAPPING FOR hword, hword_part, word
        WITH public.unaccent, pg_catalog.{dictionary}
"""

# Names are qualified everywhere: while a backup is put back, nothing is found by its bare name.
CHOICE = """
    CREATE FUNCTION public.search_configuration(locale text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE split_part(lower(locale), '-', 1)
            {cases}
            ELSE 'public.galley_simple'::regconfig
        END
    $$
"""
CASE = "WHEN '{code}' THEN 'public.galley_{language}'::regconfig"

# What `websearch_to_tsquery` reads, asked in the dictionary of the locale or by the literal words.
# Each must be able to answer alone, because their stop words differ; but what follows a minus must
# be missing in both.
QUERY = r"""
    CREATE FUNCTION public.search_query(words text, locale text) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET client_min_messages = warning AS $$
    DECLARE
        stemmed CONSTANT regconfig := public.search_configuration(locale);
        literal CONSTANT regconfig := 'public.galley_simple';
        -- A quotation that was left open is closed, and the last alternative ended as the others.
        ended CONSTANT text := translate(words, '<>', '  ')
            || repeat('"', mod(char_length(regexp_replace(words, '[^"]', '', 'g')), 2)) || ' or';
        found tsquery := '';
        wanted text := '';
        unwanted tsquery := '';
        token text[];
    BEGIN
        FOR token IN SELECT regexp_matches(ended, '(-?)("[^"]*"|[^[:space:]"]+)', 'g') LOOP
            IF token[1] = '-' THEN
                unwanted := unwanted && !!(
                    phraseto_tsquery(stemmed, token[2]) || phraseto_tsquery(literal, token[2])
                );
            ELSIF lower(token[2]) <> 'or' THEN
                wanted := wanted || ' ' || token[2];
            ELSE
                found := found || (
                    (websearch_to_tsquery(stemmed, wanted) || websearch_to_tsquery(literal, wanted))
                    && unwanted
                );
                wanted := '';
                unwanted := '';
            END IF;
        END LOOP;
        RETURN CASE WHEN numnode(found) > 0 THEN found END;
    END
    $$
"""

# Title and tags are kept as they are written, too: a reader of another language finds the article
# by them, and they make the vocabulary that misspelt words are corrected from. It is appended to
# without a unique index, so that nobody waits for another's commit; a word that two write at once
# stands in it twice, which harms nobody. Each word is looked up by the index, whatever the planner
# thinks of a table that it has seen empty. 100,000 characters never make the 1 MB that a vector may
# have. Whoever sets `words` has them made anew. With its brackets, the parser would take what a
# text says about `List<String>` for HTML, and leave it out.
WORDS = """
    CREATE FUNCTION public.articles_make_words() RETURNS trigger
    LANGUAGE plpgsql SET enable_seqscan = off AS $$
    DECLARE
        language CONSTANT regconfig := public.search_configuration(NEW.locale);
        tags CONSTANT text := translate(array_to_string(NEW.tags, ' . '), '<>', '  ');
        title CONSTANT text := translate(NEW.title, '<>', '  ');
        written_title CONSTANT tsvector := to_tsvector('public.galley_simple', title);
        written_tags CONSTANT tsvector := to_tsvector('public.galley_simple', tags);
        tagged CONSTANT tsvector := setweight(to_tsvector(language, tags) || written_tags, 'B');
        excerpt CONSTANT text :=
            translate(coalesce(NEW.given_excerpt, NEW.made_excerpt), '<>', '  ');
        body CONSTANT text := CASE NEW.plain_text
            WHEN '' THEN NEW.content ELSE translate(NEW.plain_text, '<>', '  ')
        END;
    BEGIN
        IF TG_OP = 'UPDATE'
            AND NEW.words = OLD.words
            AND NEW.locale = OLD.locale
            AND NEW.title = OLD.title
            AND NEW.given_excerpt IS NOT DISTINCT FROM OLD.given_excerpt
            AND NEW.made_excerpt = OLD.made_excerpt
            AND NEW.plain_text = OLD.plain_text
            AND (NEW.plain_text <> '' OR NEW.content = OLD.content)
        THEN
            IF NEW.tags = OLD.tags THEN
                RETURN NEW;
            END IF;
            NEW.words := ts_filter(OLD.words, '{a,c,d}') || tagged;
        ELSE
            NEW.words := setweight(to_tsvector(language, title) || written_title, 'A')
                || setweight(to_tsvector(language, excerpt), 'C')
                || to_tsvector(language, left(body, 100000))
                || tagged;
        END IF;
        INSERT INTO public.search_terms (term)
            SELECT lexeme FROM unnest(tsvector_to_array(written_title || written_tags)) AS lexeme
            WHERE char_length(lexeme) BETWEEN 3 AND 40
                AND (SELECT count(*) FROM public.search_terms WHERE term = lexeme) = 0;
        RETURN NEW;
    END
    $$
"""
TRIGGER = """
    CREATE TRIGGER articles_words
    BEFORE INSERT OR UPDATE OF
        words, locale, title, tags, given_excerpt, made_excerpt, plain_text, content
    ON articles FOR EACH ROW EXECUTE FUNCTION public.articles_make_words()
"""


# The column stays, with what is in it; nothing is written anew, and the trigger takes over in the
# same transaction.
PLAIN = """
    -- squawk-ignore ban-drop-generated-expression
    ALTER TABLE articles ALTER COLUMN words DROP EXPRESSION
"""
GENERATED = """
    ALTER TABLE articles ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS (
        to_tsvector('simple'::regconfig, "left"((title || ' '::text) || content, 100000))
    ) STORED
"""
FUNCTIONS = ("articles_make_words()", "search_query(text, text)", "search_configuration(text)")


def upgrade() -> None:
    for extension in ("unaccent", "pg_trgm"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} WITH SCHEMA public")
    for language in sorted({"simple", *LANGUAGES.values()}):
        dictionary = "simple" if language == "simple" else f"{language}_stem"
        op.execute(CONFIGURATION.format(language=language))
        op.execute(MAPPING.format(language=language, dictionary=dictionary))
    op.create_table(
        "search_terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_terms")),
    )
    op.create_index("ix_search_terms_term", "search_terms", ["term"], unique=False)
    op.create_index(
        "ix_search_terms_term_trigrams",
        "search_terms",
        ["term"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"term": "gin_trgm_ops"},
    )
    cases = "\n            ".join(
        CASE.format(code=code, language=language) for code, language in LANGUAGES.items()
    )
    for statement in (CHOICE.format(cases=cases), QUERY, WORDS):
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.execute(PLAIN)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER articles_words ON articles")
    # Only a new column can be made of others, so going back writes the table anew.
    op.execute("ALTER TABLE articles DROP COLUMN words")
    op.execute(GENERATED)
    op.create_index(
        "ix_articles_words", "articles", ["words"], unique=False, postgresql_using="gin"
    )
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION public.{function}")
    op.drop_table("search_terms")
    for language in sorted({"simple", *LANGUAGES.values()}):
        op.execute(f"DROP TEXT SEARCH CONFIGURATION public.galley_{language}")
    # The extensions stay: they are harmless, and in a restored database the superuser's.
