#!/bin/sh
# own-network.sh COMMAND [ARG...]: in a network of its own, in which there is loopback and nothing else, so that it can be cut
# (`ip link set lo down`); FLOWRUN_OWN_NETWORK is set then. Where that cannot be had, which takes root, the command runs in the
# network that is there.
set -u
if unshare -n ip link set lo up 2>/dev/null; then
    export FLOWRUN_OWN_NETWORK=1
    exec unshare -n sh -c 'ip link set lo up && exec "$@"' sh "$@"
fi
exec "$@"
