#!/bin/sh
# Run once by the PostgreSQL container, in an empty volume: the application's user owns its database and nothing else.
set -eu
password=$(cat /run/secrets/database_password)
psql --set ON_ERROR_STOP=1 --set password="$password" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE latchkey LOGIN PASSWORD :'password';
CREATE DATABASE latchkey OWNER latchkey;
SQL
