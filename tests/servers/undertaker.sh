#!/bin/sh
# Clears away after with.sh, and after its death: undertaker.sh FOLDER SERVERS. It is nobody's child and in no one's group,
# and waits until nobody can write to FOLDER/life any more.
here=$(cd "$(dirname "$0")" && pwd)
trap '' INT TERM HUP
cat "$1/life"
if [ -s "$1/command" ]; then kill -s KILL -- "-$(cat "$1/command")" 2>/dev/null; fi
for server in $2; do
    if [ -d "$1/$server" ]; then sh "$here/$server.sh" remove "$1/$server" "$(cat "$1/$server.port")"; fi
done
rm -rf "$1"
