#!/bin/bash
# Every night (or once: backup.sh once): both databases, the configuration and the secrets in one folder a day, kept KEEP_DAYS.
# The search index is not among them: `wirefeed reindex` makes it from the database. Restore: deploy/restore.sh.
# PGHOST, PGUSER and PGPASSWORD name the server; SITE and BACKUPS are the mounted folders.
set -euo pipefail
umask 077
site=${SITE:-/site} backups=${BACKUPS:-/backups}
save() {
  local day
  day=$backups/$(date -u +%Y-%m-%dT%H%M%SZ)
  mkdir -p "$day.part" &&
    pg_dump -Fc airflow > "$day.part/airflow.dump" &&
    pg_dump -Fc wirefeed > "$day.part/wirefeed.dump" &&
    tar -C "$site" -czf "$day.part/config.tar.gz" config local &&
    cp "$site/env" "$day.part/env" &&
    (cd "$day.part" && sha256sum airflow.dump wirefeed.dump config.tar.gz env > SHA256SUMS) &&
    mv "$day.part" "$day" || { rm -rf "$day.part"; return 1; }  # a folder without .part is whole
  echo "backup: $day"
  # Only folders that we named, and never the newest, however old: a back-up that fails for weeks must not eat the last good one.
  find "$backups" -mindepth 1 -maxdepth 1 -type d -name '20??-??-??T??????Z' -mtime "+${KEEP_DAYS:-14}" ! -path "$day" -exec rm -rf {} +
}
[ "${1:-}" = once ] && { save; exit; }
while true; do
  if save; then sleep 86400; else echo "backup: failed, next try in an hour" >&2; sleep 3600; fi
done
