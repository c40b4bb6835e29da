#!/bin/sh
# SPDX-License-Identifier: MIT
# The main job on real sockets and a real database: starts the receiver, sends every event of the
# catalogue signed, runs the whole conformance suite against it, shows what was kept, and stops all
# it started. Exits with 0 only if every delivery was accepted and every case held.
#
#   examples/demo.sh build/hookgauge
set -eu
hookgauge=$1
started=$(date +%s)
scratch=$(mktemp -d)
receiver=""

stop() {
    if [ -n "$receiver" ]; then
        # again and again: a signal that meets the new process before it has begun is lost
        while kill "$receiver" 2> /dev/null; do
            sleep 0.1
        done
        wait "$receiver" || true
        receiver=""
    fi
    rm -rf "$scratch"
}
trap stop EXIT
# A signal ends the command under way too, so it may come while EXIT's trap has already begun.
trap 'stop; exit 130' INT TERM HUP

SECRET=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
export SECRET
store="sqlite:$scratch/inbox.db"

log="$scratch/receiver.log"
: > "$log" # so that it can be read before the receiver has opened it
echo "1. The receiver, on a free port, with a SQLite inbox"
"$hookgauge" receive --secret env:SECRET --path /api/webhook --scheme webinone \
    --listen 127.0.0.1:0 --store "$store" --log-level warn 2> "$log" &
receiver=$!
url=""
tries=0
while [ -z "$url" ]; do
    url=$(sed -n 's/.*listening on \(http:[^ ]*\).*/\1/p' "$log")
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$receiver" 2> /dev/null; then
        cat "$log" >&2
        exit 3
    fi
    [ -n "$url" ] || sleep 0.1
done
cat "$log"

echo
echo "2. Every event of the catalogue, signed and sent"
EXTERNAL_URL="$url/api/webhook?sk=$SECRET"
export EXTERNAL_URL
"$hookgauge" send env:EXTERNAL_URL --all-events --quiet

echo
echo "3. The conformance suite against the same receiver"
"$hookgauge" test "$url/api/webhook" --secret env:SECRET --jobs 2 \
    --stored "'$hookgauge' inbox list --count '$store'"

echo
echo "4. What it kept"
"$hookgauge" inbox list "$store" --limit 3

kill "$receiver"
if wait "$receiver"; then
    receiver=""
else
    echo "the receiver did not stop cleanly" >&2
    receiver=""
    exit 1
fi
echo
echo "Done in $(($(date +%s) - started)) s: every event was accepted, every case held."
