# For cases: `each NAME URL SOURCE BODY SINK` in their folder, with flow.yaml and put.yaml there.
each() { # NAME URL SOURCE BODY SINK
    sed "s/SOURCE/$3/; s/BODY/$4/" flow.yaml >take.yaml
    sed "s/SINK/$5/" put.yaml >give.yaml
    : >worked
    seq 40 | sed 's/.*/{"n":&}/' | flowrun run -q --trace=off give.yaml "url=$2"
    flowrun run -q --trace=off take.yaml "url=$2" >/dev/null 2>&1 & run=$!
    until [ "$(wc -l <worked)" -ge 3 ]; do kill -0 $run; sleep 0.01; done
    kill -KILL $run
    wait $run 2>/dev/null || :
    [ "$(wc -l <worked)" -lt 40 ] || echo "$1: it was killed too late"
    flowrun run -q --trace=off take.yaml "url=$2" 2>err & run=$!
    tries=600
    until [ "$(sort -u worked | wc -l)" -ge 40 ] || [ $tries = 0 ]; do tries=$((tries - 1)); sleep 0.05; done
    kill -TERM $run
    wait $run || { echo "exit code $?"; cat err; }
    echo "$1: $(sort -u worked | wc -l) of 40"
}
