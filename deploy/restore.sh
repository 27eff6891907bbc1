#!/bin/bash
# Restores a back-up folder: docker compose run --rm --entrypoint bash backup /deploy/restore.sh /backups/<folder>   (docs/operate.md, with what to stop)
# Each database is filled beside the one in use and takes its place only when both are whole and are what they should be: a restore that fails changes nothing.
# Sending starts held: nobody gets mail of the past until `wirefeed outbox release`.
set -euo pipefail
folder=${1:?name the back-up folder}
run() { psql -v ON_ERROR_STOP=1 -q -d postgres "$@"; }
fail() { echo "restore: $1" >&2; echo "restore: nothing was changed, the databases in use are as they were" >&2; exit 1; }

[ -d "$folder" ] || fail "$folder is not there; the back-ups are: $(cd "$(dirname "$folder")" 2>/dev/null && ls -d 20*Z 2>/dev/null | tr '\n' ' ')"
[ -f "$folder/SHA256SUMS" ] || fail "$folder is no whole back-up: it has no SHA256SUMS"
damaged=$(cd "$folder" && sha256sum --check --quiet SHA256SUMS 2>&1) || fail "the back-up is damaged, take another one: ${damaged//$'\n'/; }"

trap 'for database in airflow wirefeed; do run -c "DROP DATABASE IF EXISTS ${database}_restored WITH (FORCE)" >/dev/null 2>&1 || true; done' EXIT
for database in airflow wirefeed; do
  run -c "DROP DATABASE IF EXISTS ${database}_restored WITH (FORCE)" -c "CREATE DATABASE ${database}_restored OWNER $database ENCODING 'UTF8' TEMPLATE template0" ||
    fail "PostgreSQL does not make room for $database"
  pg_restore -d "${database}_restored" --exit-on-error --single-transaction --no-owner --role="$database" "$folder/$database.dump" ||
    fail "$database.dump cannot be read to its end (see above): truncated, no dump at all, or made by a later PostgreSQL than $(pg_restore --version)"
done
# The table that only this database has: a dump under the other's name is whole and wrong.
for has in airflow:dag_run wirefeed:wirefeed_schema; do
  [ "$(psql -At -d "${has%:*}_restored" -c "SELECT to_regclass('public.${has#*:}') IS NOT NULL")" = t ] || fail "${has%:*}.dump holds another database: no table ${has#*:} in it"
done
psql -v ON_ERROR_STOP=1 -q -d wirefeed_restored <<'SQL' || fail "sending could not be held in wirefeed.dump's database"
BEGIN;
SET ROLE wirefeed;
DELETE FROM meta WHERE name = 'sending_held';
INSERT INTO meta (name, value, at) VALUES ('sending_held', '"restored from a back-up"', now());
COMMIT;
SQL
for database in airflow wirefeed; do
  run -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" -c "ALTER DATABASE ${database}_restored RENAME TO $database" -c "REVOKE CONNECT ON DATABASE $database FROM PUBLIC"
done
echo "Restored. Sending is held: look at 'wirefeed outbox list', then 'wirefeed outbox release'. Then 'wirefeed reindex'."
