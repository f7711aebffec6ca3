#!/bin/sh
# Redis; each write is on disk before it is answered. The verbs: server.sh
# shellcheck disable=SC2154
missing() { has redis-server && has redis-cli || echo "redis-server (Debian: redis-server)"; }
url() { echo "redis://127.0.0.1:$port"; }
serve() {
    exec redis-server --bind 127.0.0.1 --port "$port" --dir "$data" --daemonize no --appendonly yes --appendfsync always --save ""
}
ready() { [ "$(redis-cli -h 127.0.0.1 -p "$port" ping)" = PONG ]; }
. "$(dirname "$0")/server.sh"
