#!/bin/sh
# PostgreSQL, of the versions that are installed the newest; whoever connects is trusted. The verbs: server.sh
#
# It refuses to be root: as root it runs as the user postgres of Debian's package, which must be able to reach DATA.
# Besides the port it listens on a socket in DATA.
# shellcheck disable=SC2154,SC2034
quit=INT  # ends the sessions, TERM would wait for them
programs=$(find /usr/lib/postgresql/*/bin -name postgres 2>/dev/null | sort -V | tail -n 1)
programs=${programs%/postgres}

missing() { { [ -n "$programs" ] && [ -x "$programs/initdb" ]; } || echo "PostgreSQL (Debian: postgresql-15)"; }
url() { echo "postgres://postgres@127.0.0.1:$port/postgres"; }
owned() {
    if [ "$(id -u)" != 0 ]; then "$@"; else setpriv --reuid postgres --regid postgres --init-groups "$@"; fi
}
prepare() {
    if [ -d "$data/cluster" ]; then
        # One that was killed is taken for alive until its parent, which is the system's first process, has waited for it.
        rm -f "$data/cluster/postmaster.pid" "$data"/.s.PGSQL.*
        return
    fi
    mkdir -p "$data/cluster"
    if [ "$(id -u)" = 0 ]; then chown postgres "$data" "$data/cluster"; fi
    # -N: losing the machine while the cluster is made loses nothing that anyone wants.
    (cd "$data" && owned "$programs/initdb" -D "$data/cluster" -U postgres -A trust -N -E UTF8 --locale=C.UTF-8)
}
serve() {
    # syncfs: after kill -9 it syncs its files before it starts, which one at a time takes seconds.
    set -- "$programs/postgres" -D "$data/cluster" -c listen_addresses=127.0.0.1 -c port="$port" \
        -c unix_socket_directories="$data" -c dynamic_shared_memory_type=mmap -c recovery_init_sync_method=syncfs
    if [ "$(id -u)" = 0 ]; then set -- setpriv --reuid postgres --regid postgres --init-groups "$@"; fi
    exec "$@"
}
ready() { "$programs/pg_isready" -q -h 127.0.0.1 -p "$port" -U postgres; }
# One that was killed leaves a piece of shared memory, which it would know again by its id.
tidy() {
    memory=$(sed -n '7s/^ *[0-9]* *\([0-9]*\) *$/\1/p' "$data/cluster/postmaster.pid" 2>/dev/null)
    [ -z "$memory" ] || ipcrm -m "$memory" 2>/dev/null
    return 0
}
. "$(dirname "$0")/server.sh"
