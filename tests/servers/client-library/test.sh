#!/bin/sh
# A plugin whose client library is missing is left out with a line that names the package, or is an error where all are
# wanted: test.sh CMAKE ROOT
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
configure() { "$cmake" -S "$root/tests/servers/client-library" -B "$folder/$1" -DROOT="$root" -DFLOWRUN_ALL_PLUGINS="$1" 2>&1; }
cmake=$1 root=$2
out=$(configure OFF)
code=$?
case $code-$out in
0-*"broker is not built: "*"(Debian: libabsent-dev)"*configured*) ;;
*) echo "left out: exit code $code: $out"; exit 1 ;;
esac
out=$(configure ON)
code=$?
case $code-$out in
1-*"broker cannot be built: "*) ;;
*) echo "all wanted: exit code $code: $out"; exit 1 ;;
esac
