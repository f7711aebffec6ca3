#!/bin/sh
# The names in src/README.md exist: sh floor-plan.sh ROOT. A path is a file or folder of src (or of src/engine); any other name in
# backticks stands as a whole word somewhere in src.
set -u
cd "$1/src" || exit 1
wrong=0
for name in $(sed -n '/^```/,/^```/!p' README.md | grep -o '`[^`]*`' | tr -d '`' | grep -v '[ ~>]' | sort -u); do
    case $name in
    */*) [ -e "$name" ] || [ -e "engine/$name" ] || [ -e "../$name" ] || { echo "src/README.md: no such file: $name"; wrong=1; } ;;
    .cc | .hh) ;;
    *.cc | *.hh) [ -e "$name" ] || { echo "src/README.md: no such file: $name"; wrong=1; } ;;
    .*) ;;
    *::*)
        class=${name%%::*} member=${name##*::}
        file=$(grep -rlE "(class|struct)( [A-Z_]+\(.*\))? $class\b" . --include='*.hh' --include='*.cc')
        # shellcheck disable=SC2086
        [ -n "$file" ] && grep -qw "$member" $file || { echo "src/README.md: no such member: $name"; wrong=1; }
        ;;
    *) [ -d "$name" ] || [ -d "engine/$name" ] || grep -rqw -- "$name" . --include='*.hh' --include='*.cc' ||
        { echo "src/README.md: no such name: $name"; wrong=1; } ;;
    esac
done
exit $wrong
