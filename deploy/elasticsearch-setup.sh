#!/bin/bash
# One shot, repeatable: kibana_system's password, the pipeline's least-privilege role, and an API key of it in a file only we can read.
set -euo pipefail
server=http://elasticsearch:9200
key_file=/run/wirefeed/pipeline.key
ask() { curl -sS --fail-with-body -u "elastic:$ELASTIC_PASSWORD" -H 'Content-Type: application/json' "$@"; }

# The password of kibana_system can be set only once the security index holds the reserved users: setting it earlier races with its creation.
for try in $(seq 1 60); do
  users=$(ask "$server/_security/user" | grep -o '"_reserved":true' | wc -l) || users=0
  [ "$users" -gt 1 ] && break
  [ "$try" = 60 ] && { echo "elasticsearch-setup: the reserved users never appeared" >&2; exit 1; }
  sleep 2
done
ask -X POST "$server/_security/user/kibana_system/_password" -d "{\"password\":\"$KIBANA_SYSTEM_PASSWORD\"}" >/dev/null
echo "kibana_system: password set"

# What the pipeline may do: its own indices and templates, nothing else of the cluster.
role='{"cluster":["monitor","manage_index_templates"],
       "indices":[{"names":["wirefeed-*"],"privileges":["read","write","create_index","delete_index","view_index_metadata","maintenance","manage"]}]}'
ask -X PUT "$server/_security/role/wirefeed_pipeline" -d "$role" >/dev/null
echo "role wirefeed_pipeline: written"

if [ -s "$key_file" ] && curl -sS -o /dev/null --fail -H "Authorization: ApiKey $(cat "$key_file")" "$server/_security/_authenticate"; then
  echo "API key: the present one works"
else
  key=$(ask -X POST "$server/_security/api_key" -d "{\"name\":\"wirefeed-pipeline\",\"role_descriptors\":{\"wirefeed_pipeline\":$role}}" |
    sed -n 's/.*"encoded":"\([^"]*\)".*/\1/p')
  [ -n "$key" ] || { echo "elasticsearch-setup: no API key in the answer" >&2; exit 1; }
  umask 077
  printf '%s' "$key" > "$key_file.new"
  chown "$KEY_OWNER:0" "$key_file.new"
  chmod 440 "$key_file.new"
  mv "$key_file.new" "$key_file"
  echo "API key: a new one in $key_file"
fi

# A repository for snapshots; taking them: docs/operate.md.
ask -X PUT "$server/_snapshot/wirefeed" -d '{"type":"fs","settings":{"location":"wirefeed"}}' >/dev/null || echo "snapshot repository: not registered (see the server's log)" >&2
