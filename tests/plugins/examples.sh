#!/bin/sh
# examples.sh PAGE INCLUDE CC CXX OUT: takes the examples out of flowrun-plugin(3) and compiles each. An example begins
# with the comment `.\" example: NAME` before its literal display.
set -eu
page=$1 include=$2 cc=$3 cxx=$4 out=$5
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
    count=$((count + 1))
done
[ "$count" -ge 2 ] || { echo "only $count examples found" >&2; exit 1; }
echo "$count examples compiled"
