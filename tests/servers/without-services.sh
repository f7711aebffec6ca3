#!/bin/sh
# without-services.sh COMMAND [ARG...]: installs packages (as root) whose services Debian would start, now and at each boot.
# Neither is done to those that the command brings; those that run or start with the machine already stay as they are.
set -u
policy=/usr/sbin/policy-rc.d placed=
enabled() { systemctl list-unit-files --type=service,socket --state=enabled --no-legend 2>/dev/null | sed 's/ .*//' | sort; }
clear_away() { if [ -n "$placed" ]; then rm -f "$policy"; fi; }
trap clear_away EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
before=$(mktemp) && enabled >"$before"
if [ ! -e "$policy" ]; then
    placed=1
    printf '%s\n' '#!/bin/sh' 'exit 101' >"$policy"
    chmod 755 "$policy"
fi
code=0
"$@" || code=$?
for unit in $(enabled | comm -13 "$before" -); do systemctl --quiet disable "$unit"; done
rm -f "$before"
exit "$code"
