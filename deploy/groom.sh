#!/bin/bash
# Every night (or once: groom.sh once): Airflow's runs and task logs older than 14 days go. Nothing of Wirefeed's own database is touched.
set -euo pipefail
logs=${LOGS:-/opt/airflow/logs} days=${GROOM_DAYS:-14}
groom() {
  airflow db clean --clean-before-timestamp "$(date -u -d "$days days ago" +%Y-%m-%dT00:00:00+00:00)" --skip-archive --yes &&
    find "$logs" -type f -mtime "+$days" -delete &&
    find "$logs" -mindepth 1 -type d -empty -mmin +60 -delete &&
    touch /tmp/groomed  # what the health check looks at
}
[ "${1:-}" = once ] && { groom; exit; }
while true; do
  if groom; then sleep 86400; else echo "groomer: failed, next try in an hour" >&2; sleep 3600; fi
done
