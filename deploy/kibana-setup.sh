#!/bin/bash
# One shot, repeatable: a reading and an editing role with Kibana's privileges (only Kibana's own API can grant those), an account for each.
set -euo pipefail
kibana=${KIBANA:-http://kibana:5601}
elastic=${ELASTICSEARCH:-http://elasticsearch:9200}
ask() { curl -sS --fail-with-body -u "elastic:$ELASTIC_PASSWORD" -H 'Content-Type: application/json' -H 'kbn-xsrf: true' "$@" >/dev/null; }
text() { local it=${1//\\/\\\\}; printf '"%s"' "${it//\"/\\\"}"; }  # a JSON string
role() { # name, Kibana base privilege
  ask -X PUT "$kibana/api/security/role/$1" -d "{\"elasticsearch\":{\"cluster\":[],\"indices\":[{\"names\":[\"wirefeed-*\"],\"privileges\":[\"read\",\"view_index_metadata\"]}]},
    \"kibana\":[{\"base\":[\"$2\"],\"spaces\":[\"*\"]}]}"
}
account() { # name, password, role
  ask -X PUT "$elastic/_security/user/$1" -d "{\"password\":$(text "$2"),\"roles\":[\"$3\"],\"full_name\":\"$1\"}"
}
role wirefeed_read read
role wirefeed_edit all
account reader "$KIBANA_READER_PASSWORD" wirefeed_read
account editor "$KIBANA_EDITOR_PASSWORD" wirefeed_edit
echo "Kibana: accounts reader and editor are there"
