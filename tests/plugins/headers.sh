#!/bin/sh
# headers.sh COMPILER c|c++ STANDARD FOLDER: compiles each header of the SDK by itself, and twice in one file.
set -u
compiler=$1 language=$2 standard=$3 folder=$4
failed=0 count=0
pattern='*.h'
[ "$language" = c ] || pattern='*.h*'
for header in $(cd "$folder" && find flowrun -name "$pattern" | sort); do
    count=$((count + 1))
    if ! printf '#include <%s>\n#include <%s>\n' "$header" "$header" |
        "$compiler" -x "$language" -std="$standard" -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \
            -fsyntax-only -I"$folder" -; then
        echo "$header does not compile alone as $standard" >&2
        failed=1
    fi
done
[ "$count" -ge 4 ] || { echo "only $count headers in $folder" >&2; exit 1; }
echo "$count headers"
exit $failed
