#!/bin/sh
# RabbitMQ. The verbs: server.sh
#
# A node is known by its name at an epmd, the port mapper of Erlang: each has one of its own, on PORT + 2, which survives
# `kill` and ends with `stop`. A quorum queue that is killed within a second of its declaration may be broken for good:
# declare, settle, then publish.
# shellcheck disable=SC2154
programs=/usr/lib/rabbitmq/bin
missing() { { [ -x $programs/rabbitmq-server ] && has epmd; } || echo "RabbitMQ (Debian: rabbitmq-server)"; }
url() { echo "amqp://guest:guest@127.0.0.1:$port"; }  # a slash at the end would name a virtual host without a name
settings() {
    export HOME="$data" ERL_EPMD_PORT=$((port + 2)) ERL_EPMD_ADDRESS=127.0.0.1
    export RABBITMQ_NODENAME=flowrun@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port"
    export RABBITMQ_DIST_PORT=$((port + 1)) RABBITMQ_MNESIA_BASE="$data/store" RABBITMQ_LOG_BASE="$data" RABBITMQ_LOGS=-
    export RABBITMQ_CONF_ENV_FILE="$data/none" RABBITMQ_CONFIG_FILE="$data/none" RABBITMQ_ADVANCED_CONFIG_FILE="$data/none"
    export RABBITMQ_ENABLED_PLUGINS_FILE="$data/none"
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
}
mapped() { [ -s "$data/epmd" ] && alive "$(cat "$data/epmd")"; }
prepare() {
    if mapped; then return 0; fi
    (
        settings
        cd "$data" || exit
        setsid epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 </dev/null >"$data/epmd.log" 2>&1 &
        echo $! >"$data/epmd"
    )
}
serve() {
    settings
    # With input allowed the script becomes the server, instead of a parent that passes signals on; and then there is none.
    export RABBITMQ_ALLOW_INPUT=1 RABBITMQ_SERVER_START_ARGS=-noinput
    exec $programs/rabbitmq-server
}
ready() { grep -q 'Server startup complete' "$data/log"; }
tidy() {
    mapped || return 0
    mapper=$(cat "$data/epmd")
    kill -s KILL "$mapper" && gone 100 "$mapper"
}
. "$(dirname "$0")/server.sh"
