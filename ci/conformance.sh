#!/bin/sh
# SPDX-License-Identifier: MIT
# What the GitHub Action and the GitLab template run: waits until the receiver answers, tests it with
# the `hookgauge` on the PATH, shows the report and exits with its code: 0 all held, 1 a case failed,
# 2 wrong settings, 3 the target could not be reached. In GitHub's runner it also tells the counts.
#
# Settings are environment variables, so that none of them is ever read as shell text:
#   HOOKGAUGE_TARGET      lib, cmd:PROGRAM or the URL of a receiver
#   HOOKGAUGE_SCHEME      the name of built-in vectors; webinone if empty
#   HOOKGAUGE_SECRET_ENV  the name of the variable that holds the receiver's secret
#   HOOKGAUGE_FAIL_ON     must if empty; should: those cases fail the run too
#   HOOKGAUGE_JUNIT, HOOKGAUGE_SARIF, HOOKGAUGE_HTML   files for these reports
#   HOOKGAUGE_WAIT        seconds in which the receiver must have begun to answer, 30 if empty
#   HOOKGAUGE_ARGS        further arguments, one a line
set -euf

fail() {
    echo "conformance: $1" >&2
    exit 2
}

target=${HOOKGAUGE_TARGET:-}
fail_on=${HOOKGAUGE_FAIL_ON:-must}
wait_s=${HOOKGAUGE_WAIT:-30}
further=${HOOKGAUGE_ARGS:-}
[ -n "$target" ] || fail "no target: lib, cmd:PROGRAM or the URL of a receiver"
case $wait_s in *[!0-9]* | ?????*) fail "wait: not a number of seconds" ;; esac
command -v hookgauge > /dev/null || fail "there is no hookgauge on the PATH"

IFS='
'
# shellcheck disable=SC2086 # the list is meant to be split, at line ends alone
set -- "$target" $further
unset IFS
[ -z "${HOOKGAUGE_SCHEME:-}" ] || set -- "$@" --scheme "$HOOKGAUGE_SCHEME"
[ -z "${HOOKGAUGE_SECRET_ENV:-}" ] || set -- "$@" --secret "env:$HOOKGAUGE_SECRET_ENV"
[ "$fail_on" = must ] || set -- "$@" --fail-on "$fail_on"

# A receiver that was started a moment ago refuses connections. Any other end of a case is an answer,
# and the run itself says what is wrong with it.
wait_for_answer() {
    first=$(hookgauge test "$@" --list 2> /dev/null | sed -n 1p)
    case $further in
    *--only*) ;;
    *) [ -z "$first" ] || set -- "$@" --only "$first" ;;
    esac
    until=$(($(date +%s) + wait_s))
    while [ "$(date +%s)" -lt "$until" ]; do
        code=0
        hookgauge test "$@" > /dev/null 2>&1 || code=$?
        [ "$code" = 3 ] || return 0
        sleep 1
    done
}

case $target in http:* | https:*) wait_for_answer "$@" ;; esac

[ -z "${HOOKGAUGE_JUNIT:-}" ] || set -- "$@" --junit "$HOOKGAUGE_JUNIT"
[ -z "${HOOKGAUGE_SARIF:-}" ] || set -- "$@" --sarif "$HOOKGAUGE_SARIF"
[ -z "${HOOKGAUGE_HTML:-}" ] || set -- "$@" --html "$HOOKGAUGE_HTML"

report=$(mktemp)
trap 'rm -f "$report"' EXIT
code=0
hookgauge test "$@" > "$report" 2>&1 || code=$?

# GitHub's runner obeys lines that begin with "::". What a receiver answered is in the report, so
# they mean nothing until a word comes that nobody could know before.
if [ -z "${GITHUB_ACTIONS:-}" ]; then
    cat "$report"
    exit "$code"
fi
word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$word"
cat "$report"
echo
echo "::$word::"
counts=$(sed -n 's/^\([0-9]* passed, [0-9]* failed, [0-9]* skipped\).*/\1/p' "$report" | tail -n 1)
passed=${counts%% passed*}
failed=${counts#*, }
failed=${failed%% failed*}
printf 'passed=%s\nfailed=%s\nexit-code=%s\n' "$passed" "$failed" "$code" >> "$GITHUB_OUTPUT"
printf '**Hookgauge**, %s: %s\n' "${HOOKGAUGE_SCHEME:-webinone}" \
    "${counts:-no result, exit code $code}" >> "$GITHUB_STEP_SUMMARY"
[ "$code" = 0 ] || echo "::error title=Hookgauge::${counts:-no result}, exit code $code"
exit "$code"
