# shellcheck shell=sh
# Ports that no other test takes, sourced by with.sh. They lie below those that the system gives to clients.
#
# Twenty at a time belong to who holds the lock of their file, by descriptor 9, which what it starts inherits: so they stay
# taken as long as one of its servers runs, and while one of them is down. The empty files in /tmp are left.
claim_ports() {
    locks=/tmp/flowrun-ports-$(id -u)
    mkdir -p "$locks" || return 1
    blocks=600 tried=0 block=$(($$ % 600))
    while [ "$tried" -lt "$blocks" ]; do
        tried=$((tried + 1)) block=$(((block + 1) % blocks))
        ports=$((20000 + block * 20))
        exec 9>"$locks/$ports"
        if flock -n 9 && unused "$ports"; then return 0; fi
    done
    exec 9>&-
    return 1
}

# unused PORT: nobody has it or one of the 19 after it, as far as this network namespace knows.
unused() {
    set -- "$1" "$1"
    pattern=
    while [ "$2" -lt $(($1 + 20)) ]; do
        pattern=$pattern${pattern:+|}$(printf %04X "$2")
        set -- "$1" $(($2 + 1))
    done
    ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -qE "^ *[0-9]+: [0-9A-F]+:($pattern) "
}
