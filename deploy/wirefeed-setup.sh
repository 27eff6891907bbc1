#!/bin/bash
# One shot, repeatable with every deploy: configuration checked, schema and index brought up to date, Kibana furnished.
set -euo pipefail
wirefeed check
wirefeed index setup
wirefeed kibana import
