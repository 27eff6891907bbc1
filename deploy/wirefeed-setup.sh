#!/bin/bash
# One shot, repeatable with every deploy: wirefeed-setup.sh database (before anything runs), wirefeed-setup.sh search (index and Kibana; alerts do
# not wait for it). A faulty configuration stops a first start; afterwards every run sets the faulty file aside, its last good version goes on and
# the operator is told: a restart must not make that an outage.
set -euo pipefail
case ${1:?database or search} in
database)
  wirefeed check && sound=yes || sound=no
  # Brings the schema up to date; fails on a faulty configuration that has no earlier good version.
  python -c 'from wirefeed.pipeline import opened
with opened(None): pass' || { echo "wirefeed-setup: nothing starts until this is mended" >&2; exit 1; }
  [ $sound = yes ] || echo "wirefeed-setup: the configuration is faulty, see above; its last good version goes on" >&2
  ;;
search)
  wirefeed index setup
  wirefeed kibana import
  ;;
*) echo "wirefeed-setup: database or search, not $1" >&2; exit 2 ;;
esac
