#!/bin/sh
# SQS: the npm package fauxqs. The verbs: server.sh; and sqs.sh install, which puts it where start looks for it.
#
# It keeps everything in memory: what is killed has lost its queues, which no SQS would. It accepts any credentials, and
# the deletion of a message that somebody else has meanwhile. FLOWRUN_TEST_NPM: the folder of the packages
# (build/servers of the source tree).
# shellcheck disable=SC2154
packages=${FLOWRUN_TEST_NPM:-$(dirname "$0")/../../build/servers}
case $packages in /*) ;; *) packages=$PWD/$packages ;; esac
version=1.9.2
installed() { grep -q "\"version\": \"$version\"" "$packages/node_modules/fauxqs/package.json" 2>/dev/null; }
missing() {
    if ! has node; then echo "node (Debian: nodejs)"; return; fi
    has curl || echo "curl (Debian: curl)"
    installed || echo "the npm package fauxqs $version (sh tests/servers/sqs.sh install)"
}
url() { echo "sqs://us-east-1?endpoint=http://127.0.0.1:$port"; }
# Its own program would listen on every address.
serve() {
    FAUXQS=$packages/node_modules/fauxqs/dist/app.js PORT=$port exec node --input-type=module -e '
        const { buildApp } = await import(process.env.FAUXQS);
        await buildApp({ logger: false }).listen({ host: "127.0.0.1", port: Number(process.env.PORT) });'
}
ready() { curl -sf -o /dev/null "http://127.0.0.1:$port/health"; }
if [ "${1:-}" = install ]; then
    if installed; then exit 0; fi
    mkdir -p "$packages" && cd "$packages" && echo '{ "private": true }' >package.json &&
        exec npm install --loglevel=error --no-audit --no-fund --no-package-lock --omit=dev "fauxqs@$version" >&2
fi
. "$(dirname "$0")/server.sh"
