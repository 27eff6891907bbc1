#!/bin/bash
# Runs once, on the first start of an empty volume: Wirefeed's own database and user beside Airflow's.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -v password="$WIREFEED_DATABASE_PASSWORD" <<'SQL'
CREATE USER wirefeed PASSWORD :'password';
CREATE DATABASE wirefeed OWNER wirefeed ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE airflow FROM PUBLIC;
REVOKE CONNECT ON DATABASE wirefeed FROM PUBLIC;
SQL
