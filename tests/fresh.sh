#!/bin/sh
# Tries the two commands of the README on a machine with nothing on it: builds a minimal Debian 12 with debootstrap,
# copies this source tree in, runs `./dev run` and `./dev test` there. By hand, as root: tests/fresh.sh [FOLDER]
#
# FOLDER (a new temporary one) keeps the tree afterwards; one that holds a tree already is used as it is, without
# debootstrap. Takes a network with a Debian mirror (MIRROR, or else the first of this machine's), 2 GB, and some 10
# minutes. TESTS: arguments of `./dev test`, to run some of the tests alone.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || { echo "fresh: debootstrap and namespaces need root" >&2; exit 77; }
command -v debootstrap >/dev/null || { echo "fresh: debootstrap is not installed" >&2; exit 77; }

mirror=${MIRROR:-$(sed -n -E 's/^(URIs:|deb( \[[^]]*\])?) *(https?:[^ ]*debian\/?)( .*)?$/\3/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1)}
[ -n "$mirror" ] || { echo "fresh: this machine names no Debian mirror: give one as MIRROR" >&2; exit 69; }
root=${1:-$(mktemp -d)}
mkdir -p "$root"
root=$(cd "$root" && pwd)
if [ ! -x "$root/usr/bin/apt-get" ]; then
    echo "fresh: debootstrap bookworm from $mirror into $root"
    debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 || { tail "$root.log" >&2; exit 1; }
fi
cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || :
# Authorities of this network alone, which npm asks for by this name.
cp -L "${NODE_EXTRA_CA_CERTS:-/dev/null}" "$root/etc/flowrun-authorities.pem"

rm -rf "$root/flowrun"
mkdir "$root/flowrun"
(cd "$source" && git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'for f; do [ ! -f "$f" ] || printf "%s\0" "$f"; done' sh |
    tar --null --files-from=- -cf -) | tar -C "$root/flowrun" --no-same-owner -xf -

# The tree is the root of a mount namespace of its own, not a chroot: in one nobody may make a namespace, as tests do.
# shellcheck disable=SC2016
in_tree() {
    unshare -mpf --propagation private sh -euc '
        mount --bind "$1" "$1"
        cd "$1"
        mount -t proc proc proc  # a program finds itself by /proc/self/exe
        mount --rbind /dev dev
        mount -t tmpfs -o mode=1777 tmp tmp
        pivot_root . mnt
        umount -l /mnt
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
            NODE_EXTRA_CA_CERTS=/etc/flowrun-authorities.pem sh -c "cd /flowrun && $2"
    ' sh "$root" "$1"
}

for tool in cc c++ cmake make ninja; do
    if in_tree "command -v $tool" >/dev/null; then echo "fresh: the tree holds $tool already: it is not fresh" >&2; fi
done
step() {
    start=$(date +%s)
    echo "fresh: $1"
    in_tree "$1" >"$root.out" 2>"$root.err" || { cat "$root.out" "$root.err"; echo "fresh: FAILED: $1"; exit 1; }
    tail -n 5 "$root.out"
    tail -n 3 "$root.err"
    echo "fresh: $1: passed in $(($(date +%s) - start)) s"
}
step "${STEP:-./dev run}"
step "./dev test ${TESTS:-}"
skipped=$(grep -E '\*\*\*Skipped' "$root.out" || :)
[ -z "$skipped" ] || { echo "$skipped"; echo "fresh: FAILED: on a fresh machine no test is skipped" >&2; exit 1; }
