#!/bin/sh
# outside.sh CMAKE BUILD SOURCE OUT CC CXX: installs the SDK, moves it, and builds the plugins in c/ and cxx/ against
# it, with CMake and with pkg-config, as somebody would who has never seen this tree. The plugins end up in
# OUT/plugins.
set -eu
cmake=$1 build=$2 source=$3 out=$4 CC=$5 CXX=$6
export CC CXX
# A machine with Ninja alone is as good; CMake's own choice is make.
if ! command -v make >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
fail() { echo "outside.sh: $*" >&2; exit 1; }

rm -rf "$out"
mkdir -p "$out/plugins"
DESTDIR=$out/staged "$cmake" --install "$build" --prefix /opt/flowrun --component sdk >"$out/install.log"
[ -f "$out/staged/opt/flowrun/include/flowrun/plugin.h" ] || fail "DESTDIR and prefix were not respected"
# A moved tree must still be usable, and nothing in it may name where it was built.
mv "$out/staged/opt/flowrun" "$out/moved"
rmdir "$out/staged/opt" "$out/staged" || fail "something was installed outside the prefix"
# Folders of the tree, not the tree: its own name may well be /flowrun, which paths of the installed one hold too.
if grep -rl -e "$build/" -e "$source/src/" -e "$source/plugins/" -e "$source/cmake/" "$out/moved"; then fail "the files above name the build tree"; fi

for name in c cxx; do
    cp -r "$source/tests/plugins/$name" "$out/src-$name"
    "$cmake" -S "$out/src-$name" -B "$out/build-$name" -DCMAKE_PREFIX_PATH="$out/moved" >"$out/$name.log" ||
        { cat "$out/$name.log"; fail "$name: configuring failed"; }
    "$cmake" --build "$out/build-$name" >>"$out/$name.log" 2>&1 ||
        { cat "$out/$name.log"; fail "$name: building failed"; }
    cp "$out/build-$name"/*.so "$out/plugins/"
done

for plugin in "$out"/plugins/*.so; do
    symbols=$(nm -D --defined-only "$plugin" | awk '{ print $3 }')
    [ "$symbols" = flowrun_plugin_entry ] || fail "$plugin exports: $symbols"
done

if command -v pkg-config >/dev/null; then
    export PKG_CONFIG_PATH="$out/moved/lib/pkgconfig"
    flags=$(pkg-config --cflags flowrun)
    $CC -std=c11 -shared -fPIC -fvisibility=hidden $flags "$source/tests/plugins/c/words.c" -o "$out/words-pc.so"
    $CXX -std=c++17 -shared -fPIC -fvisibility=hidden $flags "$source/tests/plugins/cxx/stats.cc" -o "$out/stats-pc.so"
    [ "$(cd "$(pkg-config --variable=plugindir flowrun)/.." && pwd -P)" = "$(cd "$out/moved/lib" && pwd -P)" ] ||
        fail "pkg-config: plugindir is $(pkg-config --variable=plugindir flowrun)"
else
    echo "pkg-config is not installed: not tried"
fi
echo "ok"
