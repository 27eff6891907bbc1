#!/bin/bash
# Restores a back-up folder: docker compose run --rm backup /deploy/restore.sh /backups/<folder>   (with Airflow's services and the desk stopped)
# Sending starts held: nobody gets mail of the past until `wirefeed outbox release`.
set -euo pipefail
folder=${1:?name the back-up folder}
(cd "$folder" && sha256sum --check --quiet SHA256SUMS)
for database in airflow wirefeed; do
  pg_restore -h postgres -U airflow -d "$database" --clean --if-exists --no-owner --role="$database" "$folder/$database.dump"
done
psql -h postgres -U airflow -d wirefeed -v ON_ERROR_STOP=1 -q <<'SQL'
DELETE FROM meta WHERE name = 'sending_held';
INSERT INTO meta (name, value, at) VALUES ('sending_held', '"restored from a back-up"', now());
SQL
echo "Restored. Sending is held: look at 'wirefeed outbox list', then 'wirefeed outbox release'. Then 'wirefeed reindex'."
