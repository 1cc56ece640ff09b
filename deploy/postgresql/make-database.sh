#!/bin/sh
# Run once by the PostgreSQL container, in an empty volume: the application's user owns its database and nothing else.
set -eu
# psql reads the password itself: among its arguments everybody on the machine would see it.
# It would go on without one where it cannot read the file, and make a user who has none.
test -n "$(cat /run/secrets/database_password)"
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" <<'SQL'
\set password `printf %s "$(cat /run/secrets/database_password)"`
CREATE ROLE latchkey LOGIN PASSWORD :'password';
CREATE DATABASE latchkey OWNER latchkey;
SQL
