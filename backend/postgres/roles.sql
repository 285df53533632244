-- Two roles share the work: galley_owner owns the database and migrates it, galley serves requests
-- and can change rows but no tables. Safe to run at any time, and run at every start.

\set ON_ERROR_STOP on
-- No password may reach the server's log, not even through a statement that fails.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';

\set owner_password `cat "$SECRETS/db_owner_password"`
\set password `cat "$SECRETS/db_password"`

SELECT format('CREATE ROLE %I', role)
FROM unnest(ARRAY['galley_owner', 'galley']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

ALTER ROLE galley_owner WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'owner_password';
ALTER ROLE galley WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'password';

-- A request gives up before the reverse proxy does: nginx 15 s, handler 10 s, statement 5 s.
ALTER ROLE galley SET statement_timeout = '5s';
ALTER ROLE galley SET lock_timeout = '1s';
ALTER ROLE galley SET idle_in_transaction_session_timeout = '10s';

SELECT 'CREATE DATABASE galley OWNER galley_owner TEMPLATE template0
        ENCODING ''UTF8'' LOCALE ''C.UTF-8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'galley') \gexec

REVOKE ALL ON DATABASE galley FROM PUBLIC;
GRANT CONNECT ON DATABASE galley TO galley;

\connect galley
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO galley;
ALTER DEFAULT PRIVILEGES FOR ROLE galley_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO galley;
ALTER DEFAULT PRIVILEGES FOR ROLE galley_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO galley;
