#!/bin/sh
# examples.sh PAGE INCLUDE CC CXX OUT [PROGRAM]: takes the examples out of flowrun-plugin(3), compiles each plugin, and
# has the program check each flow with them. An example begins with the comment `.\" example: NAME` before its literal
# display.
set -eu
page=$1 include=$2 cc=$3 cxx=$4 out=$5 program=${6:-}
umask 022  # a plugin that others may write is refused
rm -rf "$out"
mkdir -p "$out"
awk -v out="$out" '
    /^\.\\" example: / { name = $3; next }
    name != "" && /^\.Bd/ { inside = 1; next }
    inside && /^\.Ed/ { inside = 0; name = ""; next }
    inside { gsub(/\\&/, ""); gsub(/\\e/, "\\"); print > (out "/" name) }' "$page"
count=0
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
for file in "$out"/*.c "$out"/*.cc; do
    case $file in
    *.c) $cc -std=c11 $warnings -Wno-missing-field-initializers -shared -fPIC -fvisibility=hidden "-I$include" "$file" -o "$file.so" ;;
    *.cc) $cxx -std=c++17 $warnings -shared -fPIC -fvisibility=hidden "-I$include" "$file" -o "$file.so" ;;
    esac
    plugin=${file##*/}
    cp "$file.so" "$out/${plugin%%.*}.so"
    count=$((count + 1))
done
[ "$count" -ge 2 ] || { echo "only $count examples found" >&2; exit 1; }
echo "$count examples compiled"
[ -n "$program" ] || exit 0
flows=0
for file in "$out"/*.yaml; do
    "$program" check --plugin-path="$out" "$file"
    flows=$((flows + 1))
done
echo "$flows flows checked"
