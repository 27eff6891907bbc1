#!/bin/bash
# Restores a back-up folder: docker compose run --rm --entrypoint bash backup /deploy/restore.sh /backups/<folder>   (docs/operate.md, with what to stop)
# Each database is filled beside the one in use and takes its place only when it is whole: a restore that fails changes nothing.
# Sending starts held: nobody gets mail of the past until `wirefeed outbox release`.
set -euo pipefail
folder=${1:?name the back-up folder}
(cd "$folder" && sha256sum --check --quiet SHA256SUMS)
run() { psql -v ON_ERROR_STOP=1 -q -d postgres "$@"; }
for database in airflow wirefeed; do
  run -c "DROP DATABASE IF EXISTS ${database}_restored WITH (FORCE)" -c "CREATE DATABASE ${database}_restored OWNER $database ENCODING 'UTF8' TEMPLATE template0"
  pg_restore -d "${database}_restored" --exit-on-error --single-transaction --no-owner --role="$database" "$folder/$database.dump"
done
psql -v ON_ERROR_STOP=1 -q -d wirefeed_restored <<'SQL'
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
