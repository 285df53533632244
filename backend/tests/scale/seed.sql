-- A blog of :articles articles of about :words words each, the same one every time, up to :until.
--
-- Tag 1 is on every second article, tags 198 to 200 on three each; author 1 wrote every seventh or
-- so, author 50 three. Reader 51 likes every fourth article and follows author 1 and tag 1. Article
-- 2 is what people talk about. Of a hundred articles two are drafts, one lies in the bin half of
-- the time, and a few are scheduled for long after :until.
--
-- It is for an empty database and a superuser. No trigger runs: what they would have made is written
-- here. Indexes are made at the end, which is faster.

SET client_min_messages = warning;
SET session_replication_role = replica;
SET maintenance_work_mem = '256MB';
SET work_mem = '64MB';
SET synchronous_commit = off;
SET jit = off;

CREATE TEMP TABLE dropped AS
SELECT indexname AS name, indexdef AS definition FROM pg_indexes
WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)
    AND tablename IN (
        'articles', 'article_tags', 'article_authors', 'addresses', 'favorites', 'bookmarks',
        'comments', 'notifications', 'revisions'
    );
DO $$
DECLARE
    found text;
BEGIN
    IF EXISTS (SELECT FROM public.articles) OR EXISTS (SELECT FROM public.users) THEN
        RAISE 'There is something in this database';
    END IF;
    FOR found IN SELECT name FROM dropped LOOP
        EXECUTE format('DROP INDEX public.%I', found);
    END LOOP;
END
$$;

-- A number from 0 to 1 that is always the same for `i`, and looks like chance.
CREATE FUNCTION pg_temp.chance(i bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
'SELECT (hashint8extended(i, salt) & 9007199254740991) / 9007199254740992.0::float8';

CREATE TEMP TABLE vocabulary AS
SELECT n AS number,
    ('{ba,co,da,fe,gli,ha,ja,ke,lu,ma,no,pra,qui,ro,sta,tre,u,vi,we,za}'::text[])[1 + n % 20]
    || ('{r,l,nd,mb,st,ck,v,gg,pl,tt,rn,sh,m,z,d}'::text[])[1 + n / 20 % 15]
    || ('{a,en,or,isk,um,al,ot,ay,ix,o}'::text[])[1 + n / 300] AS word
FROM generate_series(0, 2999) AS n;
CREATE UNIQUE INDEX ON vocabulary (number) INCLUDE (word);
ANALYZE vocabulary;

-- Few words are common and most are rare, as in any language.
CREATE TEMP TABLE bodies AS
SELECT body,
    string_agg(word || ending, '' ORDER BY place) AS plain,
    string_agg(CASE WHEN place % 10 = 3 THEN '*' || word || '*' ELSE word END || ending, ''
        ORDER BY place) AS markdown
FROM generate_series(0, 199) AS body,
    LATERAL (
        SELECT place,
            floor(3000 * power(pg_temp.chance(body * 10000 + place, 1), 3))::int AS number,
            CASE WHEN place = :words THEN '.' WHEN place % 60 = 0 THEN E'.\n\n'
                WHEN place % 12 = 0 THEN '. ' ELSE ' ' END AS ending
        FROM generate_series(1, :words) AS place
    ) AS drawn
    JOIN vocabulary USING (number)
GROUP BY body;

CREATE TEMP TABLE texts AS
SELECT body, locale, markdown, plain,
    '<p>' || replace(regexp_replace(markdown, '\*([a-z]+)\*', '<em>\1</em>', 'g'), E'\n\n',
        E'</p>\n<p>') || E'</p>\n' AS html,
    left(plain, 180) || '…' AS excerpt,
    setweight(to_tsvector(public.search_configuration(locale), left(plain, 180)), 'C')
        || to_tsvector(public.search_configuration(locale), plain) AS words
FROM bodies, unnest('{en,de,fr}'::text[]) AS locale;
CREATE UNIQUE INDEX ON texts (body, locale);
ANALYZE texts;

INSERT INTO public.users (
    id, email, username, full_name, bio, password_hash, role, is_active, email_verified_at,
    created_at, updated_at, version
) OVERRIDING SYSTEM VALUE
SELECT n, format('person%s@example.com', n), format('person%s', n), format('Person No. %s', n),
    'Writes, or reads.', '!', CASE WHEN n <= 50 THEN 'author' ELSE 'reader' END, true, made, made,
    made, 1
FROM (
    SELECT n, timestamptz :until - interval '6 years' + n * interval '1 second' AS made
    FROM generate_series(1, 50 + greatest(500, :articles / 50)) AS n
) AS person;

INSERT INTO public.tags (id, slug, name, description, colour, created_at, updated_at, version)
OVERRIDING SYSTEM VALUE
SELECT n, format('topic-%s', n), format('Topic %s', n), 'What it is about.', '#336699', made, made, 1
FROM generate_series(1, 200) AS n,
    LATERAL (SELECT timestamptz :until - interval '6 years' AS made) AS long_ago;

INSERT INTO public.series (id, owner_id, slug, title, created_at, updated_at, version)
OVERRIDING SYSTEM VALUE
SELECT n, 1 + n % 50, format('series-%s', n), format('Series %s', n), made, made, 1
FROM generate_series(1, 20) AS n,
    LATERAL (SELECT timestamptz :until - interval '6 years' AS made) AS long_ago;

CREATE TEMP TABLE tagged AS
SELECT i AS article_id, tag_id::bigint, row_number() OVER (PARTITION BY i ORDER BY tag_id) - 1 AS position
FROM generate_series(1::bigint, :articles) AS i,
    LATERAL (
        SELECT 1 AS tag_id WHERE pg_temp.chance(i, 2) < 0.5
        UNION
        SELECT 2 + floor(196 * power(pg_temp.chance(i, 10 + draw), 3))
        FROM generate_series(1, 1 + floor(4 * pg_temp.chance(i, 3))::int) AS draw
        UNION
        SELECT rare FROM generate_series(198, 200) AS rare
        WHERE i IN (:articles / 4 + rare, :articles / 2 + rare, :articles / 4 * 3 + rare)
    ) AS drawn;
CREATE TEMP TABLE names AS
SELECT article_id, array_agg(format('Topic %s', tag_id) ORDER BY position) AS names,
    to_tsvector('public.galley_simple',
        string_agg(format('Topic %s', tag_id), ' . ' ORDER BY position)) AS words
FROM tagged GROUP BY article_id;
CREATE UNIQUE INDEX ON names (article_id);
ANALYZE names;

INSERT INTO public.articles (
    id, author_id, author_ids, slug, title, tags, locale, series_id, series_position, featured,
    pinned, cover, cover_alt, published, published_at, deleted_at, content, content_html, made_excerpt,
    word_count, reading_minutes, renderer_version, plain_text, words, created_at, updated_at, version
) OVERRIDING SYSTEM VALUE
SELECT i, author, CASE WHEN helper IN (0, author) THEN ARRAY[author] ELSE ARRAY[author, helper] END,
    lower(replace(title, ' ', '-')) || '-' || i, title, names.names, locale,
    CASE WHEN i % 40 = 7 THEN 1 + i / 40 % 20 END, CASE WHEN i % 40 = 7 THEN i / 800 + 1 END,
    i % 500 = 3, i % 5000 = 13,
    CASE WHEN i % 2 = 0 THEN format('/images/cover-%s.jpg', i % 1000) END,
    CASE WHEN i % 2 = 0 THEN 'A view' END,
    i % 50 <> 25,
    CASE WHEN i % 1000 = 500 THEN at + interval '20 years' WHEN i % 50 <> 25 THEN at END,
    CASE WHEN i % 200 = 150 THEN timestamptz :until END,
    format(E'%s\n\n', title) || markdown, format(E'<p>%s</p>\n', title) || html, excerpt,
    :words, 1 + :words / 200, 1, title || E'\n\n' || plain,
    setweight(to_tsvector(public.search_configuration(locale), title)
        || to_tsvector('public.galley_simple', title), 'A')
        || texts.words || setweight(names.words, 'B'),
    at - interval '2 days', at + pg_temp.chance(i, 8) * interval '90 days', 1
FROM (
    SELECT i, floor(200 * pg_temp.chance(i, 5))::int AS body,
        CASE
            WHEN i IN (:articles / 4, :articles / 2, :articles / 4 * 3) THEN 50
            ELSE 1 + floor(49 * power(pg_temp.chance(i, 4), 2))::bigint
        END AS author,
        CASE WHEN i % 10 = 1 THEN 1 + floor(49 * pg_temp.chance(i, 9))::bigint ELSE 0 END AS helper,
        CASE WHEN i % 20 = 11 THEN 'fr' WHEN i % 7 = 3 THEN 'de' ELSE 'en' END AS locale,
        timestamptz :until - interval '1 day' - interval '1825 days'
            * (1 - (i - pg_temp.chance(i, 6)) / :articles) AS at,
        (
            SELECT initcap(string_agg((SELECT array_agg(word ORDER BY number) FROM vocabulary)[
                1 + floor(3000 * power(pg_temp.chance(i, 20 + place), 2))
            ], ' '))
            FROM generate_series(1, 3 + (i % 4)::int) AS place
        ) AS title
    FROM generate_series(1::bigint, :articles) AS i
) AS planned
    JOIN texts USING (body, locale)
    JOIN names ON article_id = i
ORDER BY i;

INSERT INTO public.article_tags (article_id, tag_id, position, public_at)
SELECT article_id, tag_id, position, CASE WHEN published AND deleted_at IS NULL THEN published_at END
FROM tagged JOIN public.articles ON id = article_id ORDER BY article_id, position;
INSERT INTO public.article_authors (article_id, user_id, position, public_at)
SELECT id, user_id, place - 1, CASE WHEN published AND deleted_at IS NULL THEN published_at END
FROM public.articles, unnest(author_ids) WITH ORDINALITY AS by (user_id, place) ORDER BY id, place;
INSERT INTO public.public_counts (kind, subject_id, month, amount)
SELECT 'all', 0, public.calendar_month(published_at), count(*)
FROM public.articles WHERE published AND deleted_at IS NULL GROUP BY 3
UNION ALL
SELECT 'tag', tag_id, NULL, count(public_at) FROM public.article_tags GROUP BY tag_id
UNION ALL
SELECT 'author', user_id, NULL, count(public_at) FROM public.article_authors GROUP BY user_id;
INSERT INTO public.addresses (article_id, address, created_at)
SELECT id, slug, created_at FROM public.articles ORDER BY id;
INSERT INTO public.revisions (article_id, version, editor_id, made_at, fields, published, state)
SELECT id, version, author_id, updated_at, '{}', published, jsonb_build_object(
    'title', title, 'slug', slug, 'content', content, 'content_format', content_format,
    'excerpt', given_excerpt, 'tags', to_jsonb(tags), 'authors', to_jsonb(author_ids),
    'series', series_id, 'series_position', series_position, 'published', published,
    'published_at', published_at, 'featured', featured, 'pinned', pinned, 'cover', cover,
    'cover_alt', cover_alt, 'canonical_url', canonical_url, 'meta', seo, 'locale', locale,
    'translation_group', translation_group, 'comments', comment_policy
)
FROM public.articles WHERE :revisions ORDER BY id;

CREATE TEMP TABLE public_articles AS
SELECT id, author_id, published_at FROM public.articles
WHERE published AND deleted_at IS NULL AND published_at <= timestamptz :until;

INSERT INTO public.favorites (user_id, article_id, created_at)
SELECT 51, id, published_at + interval '1 hour' FROM public_articles WHERE id % 4 = 0
UNION ALL
SELECT 52 + (id * 7 + draw * 13) % 490, id, published_at + draw * interval '3 hours'
FROM public_articles, generate_series(1, floor(5 * power(pg_temp.chance(id, 30), 2))::int) AS draw;
INSERT INTO public.bookmarks (user_id, article_id, created_at)
SELECT 51, id, published_at + interval '2 hours' FROM public_articles WHERE id % 5 = 0
UNION ALL
SELECT 52 + id % 490, id, published_at + interval '4 hours' FROM public_articles WHERE id % 3 = 0;

INSERT INTO public.comments (
    id, article_id, author_id, depth, content, content_html, status, created_at, updated_at, version
) OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY at, id, draw) * 2, id, 51 + (id + draw) % 490, 1,
    'So it *is*.', E'<p>So it <em>is</em>.</p>\n',
    CASE WHEN draw % 50 = 49 THEN 'pending' ELSE 'visible' END, at, at, 1
FROM (
    SELECT id, draw, published_at + draw * interval '11 minutes' AS at
    FROM public_articles, generate_series(
        1, CASE id WHEN 2 THEN :articles / 20 ELSE floor(3 * power(pg_temp.chance(id, 31), 2))::int END
    ) AS draw
) AS said;
INSERT INTO public.comments (
    id, article_id, author_id, parent_id, thread_id, depth, content, content_html, status, created_at,
    updated_at, version
) OVERRIDING SYSTEM VALUE
SELECT id + 1, article_id, 1 + id % 50, id, id, 2, 'Is it?', E'<p>Is it?</p>\n', 'visible',
    created_at + interval '5 minutes', created_at + interval '5 minutes', 1
FROM public.comments WHERE id % 6 = 0;

INSERT INTO public.article_counts (article_id, favorites, comments)
SELECT article_id, sum(liked), sum(said)
FROM (
    SELECT article_id, 1 AS liked, 0 AS said FROM public.favorites
    UNION ALL SELECT article_id, 0, 1 FROM public.comments WHERE status = 'visible'
) AS each
GROUP BY article_id;

INSERT INTO public.user_follows (follower_id, followed_id, created_at)
SELECT DISTINCT id, CASE draw WHEN 0 THEN 1 ELSE 1 + (id * draw * 7) % 50 END, created_at + interval '1 day'
FROM public.users, generate_series(0, 4) AS draw WHERE role = 'reader';
INSERT INTO public.tag_follows (user_id, tag_id, created_at)
SELECT DISTINCT id, CASE WHEN draw = 0 AND id = 51 THEN 1 ELSE 2 + (id * draw * 11) % 199 END,
    created_at + interval '1 day'
FROM public.users, generate_series(0, 3) AS draw WHERE role = 'reader';
INSERT INTO public.notifications (user_id, kind, actor_id, article_id, created_at, read_at)
SELECT author_id, 'favorite', user_id, id, created_at,
    CASE WHEN id % 10 <> 0 THEN created_at + interval '1 day' END
FROM public.favorites JOIN public_articles ON id = article_id WHERE id % 3 = 0;

INSERT INTO public.search_terms (term)
SELECT word FROM vocabulary WHERE length(word) > 2 UNION ALL SELECT 'topic';

DO $$
DECLARE
    found text;
BEGIN
    FOR found IN SELECT definition FROM dropped LOOP
        EXECUTE found;
    END LOOP;
    FOR found IN SELECT unnest('{users,tags,series,articles,comments}'::text[]) LOOP
        EXECUTE format(
            'SELECT setval(pg_get_serial_sequence(''public.%1$s'', ''id''), max(id)) FROM public.%1$I',
            found
        );
    END LOOP;
END
$$;

DROP TABLE dropped, vocabulary, bodies, texts, tagged, names, public_articles;
RESET session_replication_role;
RESET maintenance_work_mem;
RESET work_mem;
RESET jit;
