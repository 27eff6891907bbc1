#!/bin/bash
# Every night (or once: backup.sh once): both databases, the configuration and the secrets in one folder a day, kept KEEP_DAYS.
# The search index is not among them: `wirefeed reindex` makes it from the database. Restore: deploy/restore.sh.
set -euo pipefail
umask 077
save() {
  day=/backups/$(date -u +%Y-%m-%dT%H%M%SZ)
  mkdir -p "$day.part"
  pg_dump -h postgres -U airflow -Fc airflow > "$day.part/airflow.dump"
  pg_dump -h postgres -U airflow -Fc wirefeed > "$day.part/wirefeed.dump"
  tar -C /site -czf "$day.part/config.tar.gz" config local
  cp /site/env "$day.part/env"
  (cd "$day.part" && sha256sum airflow.dump wirefeed.dump config.tar.gz env > SHA256SUMS)
  mv "$day.part" "$day"  # a folder without .part is whole
  echo "backup: $day"
  find /backups -mindepth 1 -maxdepth 1 -type d -mtime "+${KEEP_DAYS:-14}" -exec rm -rf {} +
}
[ "${1:-}" = once ] && { save; exit; }
while true; do save || echo "backup: failed, next try in an hour" >&2; sleep $([ -n "$(find /backups -maxdepth 1 -name '*Z' -mtime -1)" ] && echo 86400 || echo 3600); done
