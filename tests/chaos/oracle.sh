# To be sourced, in a folder with flow.yaml, whose runs wrote into `accepted` what the queue had taken, unless it is in `refused`, and
# into `dealt` what came out of it.
#
# judge MOST WRONG: a last run brings everything to its end, a fresh message included. Then all that was accepted is there, byte
# for byte; not more than MOST came twice, and not more than WRONG lines are cut.
judge() {
    echo '{"n":999999999}' | flowrun run -q --trace=off flow.yaml || { echo "the last run failed: $?"; exit 1; }
    # A line of `accepted` may be cut by the kill: then nobody was told.
    [ -e refused ] || : >refused
    grep '^{"n":[0-9]*}$' accepted | sort -u | grep -vxFf refused >told || :
    # What was in a handler in kill after kill has failed by now, for an error edge or as a dead letter.
    flowrun queue export --dead sqlite:state/durable.db | sed 's/.*"msg":\({"n":[0-9]*}\)}$/\1/' >dead
    [ -e buried ] || : >buried
    sort dealt dead buried | uniq >once
    wrong=$(grep -cv '^{"n":[0-9]*}$' once || :)
    missing=$(comm -23 told once | wc -l)
    again=$(($(wc -l <dealt) - $(wc -l <once)))
    [ "$missing" = 0 ] || { echo "$missing of $(wc -l <told) accepted were not delivered"; exit 1; }
    [ "$wrong" -le "$2" ] || { echo "$wrong lines are not what was sent"; exit 1; }
    [ "$again" -le "$1" ] || { echo "$again were delivered twice, $1 at most may be"; exit 1; }
    grep -q '999999999' once || { echo "a fresh message does not pass"; exit 1; }
    flowrun queue fsck sqlite:state/durable.db >told-wrong || { cat told-wrong; exit 1; }
    flowrun queue audit sqlite:state/durable.db >told-wrong || { cat told-wrong; exit 1; }
    [ -z "${CHAOS_FIGURES:-}" ] || echo "$(wc -l <told) accepted, 0 missing, $again twice" >&2
}
