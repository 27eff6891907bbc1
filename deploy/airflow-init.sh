#!/bin/bash
# One shot, repeatable: Airflow's database, its administrator (left alone when present), the pool. Every step fails loudly: the stock entrypoint
# swallows errors of these.
set -euo pipefail
airflow db migrate
airflow users create --username admin --firstname Wirefeed --lastname Admin --role Admin --email admin@wirefeed.localhost --password "$AIRFLOW_ADMIN_PASSWORD"
airflow pools set feeds 8 "polling: at most this many shards at once"
