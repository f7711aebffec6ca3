#!/bin/sh
# NATS with JetStream. The verbs: server.sh
# shellcheck disable=SC2154
missing() { has nats-server || echo "nats-server (Debian: nats-server)"; }
url() { echo "nats://127.0.0.1:$port"; }
serve() { exec nats-server --addr 127.0.0.1 --port "$port" -js -sd "$data/store"; }
ready() { grep -q 'Server is ready' "$data/log"; }
. "$(dirname "$0")/server.sh"
