#!/bin/bash
# Every night: Airflow's runs and task logs older than 14 days go. Nothing of Wirefeed's own database is touched.
set -euo pipefail
while true; do
  before=$(date -u -d '14 days ago' +%Y-%m-%dT00:00:00+00:00)
  airflow db clean --clean-before-timestamp "$before" --skip-archive --yes || echo "groomer: db clean failed, next try tomorrow" >&2
  find /opt/airflow/logs -type f -mtime +14 -delete
  find /opt/airflow/logs -mindepth 1 -type d -empty -delete
  sleep 86400
done
