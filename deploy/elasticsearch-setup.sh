#!/bin/bash
# One shot, repeatable: kibana_system's password, the pipeline's least-privilege role, and an API key of it in a file only we can read.
set -euo pipefail
server=${ELASTICSEARCH:-http://elasticsearch:9200}
key_file=${KEY_FILE:-/run/wirefeed/pipeline.key}
snapshots=${SNAPSHOTS:-/snapshots}
ask() { curl -sS --fail-with-body -u "elastic:$ELASTIC_PASSWORD" -H 'Content-Type: application/json' "$@"; }
text() { local it=${1//\\/\\\\}; printf '"%s"' "${it//\"/\\\"}"; }  # a JSON string

# The password of kibana_system can be set only once the security index holds the reserved users: setting it earlier races with its creation.
for try in $(seq 1 60); do
  users=$(ask "$server/_security/user" | grep -o '"_reserved":true' | wc -l) || users=0
  [ "$users" -gt 1 ] && break
  [ "$try" = 60 ] && { echo "elasticsearch-setup: the reserved users never appeared" >&2; exit 1; }
  sleep "${PAUSE:-2}"
done
ask -X POST "$server/_security/user/kibana_system/_password" -d "{\"password\":$(text "$KIBANA_SYSTEM_PASSWORD")}" >/dev/null
echo "kibana_system: password set"

# What the pipeline may do: its own indices and templates, nothing else of the cluster.
role='{"cluster":["monitor","manage_index_templates"],
       "indices":[{"names":["wirefeed-*"],"privileges":["read","write","create_index","delete_index","view_index_metadata","maintenance","manage"]}]}'
ask -X PUT "$server/_security/role/wirefeed_pipeline" -d "$role" >/dev/null
echo "role wirefeed_pipeline: written"

rights="{\"wirefeed_pipeline\":$role}"
present=""
if [ -s "$key_file" ]; then
  present=$(curl -sS --fail -H "Authorization: ApiKey $(cat "$key_file")" "$server/_security/_authenticate" 2>/dev/null |
    sed -n 's/.*"api_key":{"id":"\([^"]*\)".*/\1/p') || present=""
fi
if [ -n "$present" ]; then
  ask -X PUT "$server/_security/api_key/$present" -d "{\"role_descriptors\":$rights}" >/dev/null  # an upgrade may want other rights
  echo "API key: the present one works"
else
  key=$(ask -X POST "$server/_security/api_key" -d "{\"name\":\"wirefeed-pipeline\",\"role_descriptors\":$rights}" |
    sed -n 's/.*"encoded":"\([^"]*\)".*/\1/p')
  [ -n "$key" ] || { echo "elasticsearch-setup: no API key in the answer" >&2; exit 1; }
  umask 077
  printf '%s' "$key" > "$key_file.new"
  chown "$KEY_OWNER:${KEY_GROUP:-0}" "$key_file.new"
  chmod 440 "$key_file.new"
  mv "$key_file.new" "$key_file"
  echo "API key: a new one in $key_file"
fi

# A repository for snapshots; taking them: docs/search.md. A fresh volume belongs to root, the server writes as user 1000.
[ -d "$snapshots" ] && chown "${SNAPSHOT_OWNER:-1000:0}" "$snapshots"
ask -X PUT "$server/_snapshot/wirefeed" -d '{"type":"fs","settings":{"location":"wirefeed"}}' >/dev/null ||
  echo "snapshot repository: not registered (see the server's log); everything else works" >&2
