#!/bin/bash
# One shot: Airflow's database, its administrator, the pool. Every step fails loudly: the stock entrypoint swallows errors of these.
set -euo pipefail
airflow db migrate
airflow db check-migrations --migration-wait-timeout 60
airflow users list --output plain | awk '{print $2}' | grep -qx admin ||
  airflow users create --username admin --firstname Wirefeed --lastname Admin --role Admin --email admin@wirefeed.localhost --password "$AIRFLOW_ADMIN_PASSWORD"
airflow pools set feeds 8 "polling: at most this many shards at once"
