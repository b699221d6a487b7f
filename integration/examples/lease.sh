#!/bin/bash
# Runs a chain of cached steps by an OCI runtime of your own, on leases of a varved.
#
# usage: lease.sh [OPTION]... STEP...
#
# A STEP is an object as in POST /v1/leases, and stands on what the one before left:
#
#   lease.sh '{"key": "base", "cmd": "apk add npm", "image": "alpine:3", "cache": "forever", "network": "host"}' \
#            '{"key": "deps", "cmd": "npm ci", "cache": {"on_change": ["package-lock.json"]}, "network": "host"}'
#
# A step whose result is in the cache is not run. Of the others, the command is run in the environment that the daemon
# prepares, and what it leaves is kept if it succeeds.
#
#   --dir DIR          the source that all steps see in /workspace, as it is now (default: .)
#   --workspace NAME   the name it is cached under (default: that of varve run)
#   --runtime PROGRAM  the OCI runtime (default: crun)
#   --socket PATH      the daemon's socket (default: $VARVE_SOCKET, else /run/varve/varve.sock)
#   --ttl SECONDS      how long a lease outlives this program if it is killed (default: 300)
#
# Needs curl, the runtime, and the rights of an admin of the daemon, on the daemon's host. The commands' output is
# passed through, everything else goes to standard error.
#
# Exit status: that of the first command that fails, 0 if none does; 128 + N after signal N; 125 if Varve or this
# program fails; 2 for a wrong command line. SIGINT, SIGTERM and SIGHUP end the command and give up its lease.
set -uo pipefail

socket=${VARVE_SOCKET:-/run/varve/varve.sock} runtime=crun ttl=300
dir=. workspace=''
cancelled='' lease='' container='' renewal='' curl='' limit='' watchdog=''

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# A pause without a process: nothing is ever written to this pipe.
exec {never}<> <(:)
pause() { read -r -t "$1" -u "$never" || true; }

# --- The daemon ---------------------------------------------------------------------------------------------------

# request METHOD PATH [BODY [KEY]]: sends a request, sets `status` and `answer`; fails if there was no answer, or none within
# `limit` seconds where that is set.
# Signals don't reach curl: an answer that is under way may name a lease that has to be given back. It is waited for, but
# not for ever: see cancel.
request() {
    local arguments=(--silent --show-error --unix-socket "$socket" --request "$1")
    local reply descriptor result
    status='' answer=''
    if [ -n "$limit" ]; then arguments+=(--max-time "$limit"); fi
    if [ $# -gt 2 ]; then arguments+=(--header 'Content-Type: application/json' --data-binary "$3"); fi
    if [ $# -gt 3 ]; then arguments+=(--header "Idempotency-Key: $4"); fi
    exec {descriptor}< <(trap '' INT TERM HUP; exec curl "${arguments[@]}" --write-out '\n%{http_code}' "http://varve$2")
    curl=$!
    IFS= read -r -d '' -u "$descriptor" reply
    exec {descriptor}<&-
    wait "$curl"
    result=$?
    curl=''
    [ "$result" = 0 ] || return 1
    status=${reply##*$'\n'} answer=${reply%$'\n'*}
}

# As request, for what means the same when it is repeated: goes on for 30 s while the daemon is being restarted.
insist() {
    local end=$((SECONDS + 30))
    while [ "$SECONDS" -lt "$end" ]; do
        if request "$@" 2>/dev/null; then return 0; fi
        pause 0.5
    done
    request "$@"
}

# The value of a member of `answer` that is a string without escapes, such as an identifier or a path of the daemon's.
# In valid JSON quotes inside of strings are escaped, so what looks like a member is one.
member() { sed -n 's/.*"'"$1"'" *: *"\([^"\\]*\)".*/\1/p' <<<"$answer"; }

# A JSON string.
quoted() {
    local text=$1 code character
    text=${text//'\'/'\\'} text=${text//'"'/'\"'}
    if [[ $text == *[[:cntrl:]]* ]]; then
        for code in {1..31}; do
            printf -v character "\\x$(printf %x "$code")"
            printf -v code '\\u%04x' "$code"
            text=${text//"$character"/"$code"}
        done
    fi
    printf '"%s"' "$text"
}

# Says what the daemon says, and ends.
refuse() {
    say "$1: ${answer:-the daemon behind $socket does not answer}"
    exit 125
}

# --- The end, whatever the way there ------------------------------------------------------------------------------

# Ends the command and waits for the runtime.
end_container() {
    # The runtime may not have made the container yet, or be taking it down: the loop ends when it has ended.
    while kill -0 "$container" 2>/dev/null; do
        "$runtime" kill "$lease" KILL 2>/dev/null
        pause 0.1
    done
    wait "$container" 2>/dev/null
    container=''
}

end_renewal() {
    [ -z "$renewal" ] || kill "$renewal" 2>/dev/null
    wait "$renewal" 2>/dev/null
    renewal=''
}

clean_up() {
    trap '' INT TERM HUP
    limit=30
    [ -z "$container" ] || end_container
    [ -z "$renewal" ] || end_renewal
    [ -z "$watchdog" ] || kill "$watchdog" 2>/dev/null
    # `force` takes the tree from whoever still uses it.
    if [ -n "$lease" ] && ! { insist DELETE "/v1/leases/$lease?force=true" && [ "$status" = 204 ]; }; then
        say "lease $lease is left to its time limit: ${answer:-no answer}"
    fi
}
trap clean_up EXIT

# Only takes note: what is under way is ended where it is known what there is to end.
cancel() {
    # Gives up a request whose answer does not come.
    if [ -n "$curl" ] && [ -z "$cancelled" ]; then 
        (trap - EXIT INT TERM HUP; pause 30; kill "$curl") >/dev/null 2>&1 &
        watchdog=$!
    fi
    cancelled=$1
    [ -z "$container" ] || "$runtime" kill "$lease" KILL 2>/dev/null
}
trap 'cancel 129' HUP
trap 'cancel 130' INT
trap 'cancel 143' TERM
stop_if_cancelled() { [ -z "$cancelled" ] || { say 'cancelled'; exit "$cancelled"; }; }

# --- One step -----------------------------------------------------------------------------------------------------

# Renews the lease well before its time is up, until it is killed.
renew() {
    trap - EXIT INT TERM HUP
    limit=5
    while pause "$((ttl > 3 ? ttl / 3 : 1))"; do
        request POST "/v1/leases/$lease/renew" "{\"ttl_seconds\": $ttl}" 2>/dev/null
    done
}

# execute: runs the lease's bundle, sets `exit_code`.
execute() {
    # Started in the background, it would ignore SIGINT if nothing were said.
    (trap - INT QUIT; exec "$runtime" run --pid-file "$bundle/started" --bundle "$bundle" "$lease" </dev/null) &
    container=$!
    if [ -n "$cancelled" ]; then end_container; fi
    # A signal interrupts the wait.
    while [ -n "$container" ]; do
        wait "$container"
        exit_code=$?
        if [ -n "$cancelled" ]; then end_container; elif ! kill -0 "$container" 2>/dev/null; then container=''; fi
    done
    stop_if_cancelled
    # Without a container, the status is the runtime's own.
    if [ "$exit_code" -ne 0 ] && [ ! -e "$bundle/started" ]; then
        say "$key: $runtime could not start the command"
        exit 125
    fi
}

# commit: makes what the command left a snapshot, sets `parent`; with a failed command's status nothing is kept.
commit() {
    local attempt
    # Something that looks at the tree from outside may hold it for a moment.
    for attempt in {1..60}; do
        insist POST "/v1/leases/$lease/commit" "{\"exit_code\": $exit_code}" || refuse "$key: commit"
        stop_if_cancelled
        [ "$status" = 409 ] && [ "$(member code)" = lease-busy ] || break
        say "waiting: $answer"
        pause 0.5
    done
    [ "$status" = 200 ] || refuse "$key: commit"
    parent=$(member snapshot)
    lease=''
    end_renewal
}

# run_step STEP: runs the step unless its result is in the cache, sets `parent`.
run_step() {
    local key attempt step=$1
    stop_if_cancelled
    key=$(sed -n 's/.*"key" *: *"\([^"\\]*\)".*/\1/p' <<<"${step//$'\n'/ }")
    if [ -n "$parent" ]; then step="{\"parent\": \"$parent\", ${step#*\{}"; fi
    for attempt in 1 2 3; do
        # The key makes a repetition after a lost answer the same request, not a second lease.
        insist POST /v1/leases "{\"step\": $step, \"workspace\": $(quoted "$workspace"), \"revision\": \"$revision\",
            \"ttl_seconds\": $ttl}" "lease-$$-$RANDOM$RANDOM$RANDOM" || refuse "$key"
        # The daemon was killed over the request. If it had prepared a lease, that ends when its time is up.
        [ "$status" = 409 ] && [ "$(member code)" = conflict ] || break
    done
    if [[ $answer == *'"warnings":['* ]]; then say "$key: warnings: ${answer##*\"warnings\":}"; fi
    case $status in
    200)
        parent=$(member snapshot)
        say "$key: hit $parent"
        return
        ;;
    201) lease=$(member id) bundle=$(member bundle) ;;
    *) refuse "$key" ;;
    esac
    [ -n "$lease" ] && [ -n "$bundle" ] || refuse "$key"
    # What is to be run around the commit may be any text, which takes a parser of JSON: see lease.py.
    if [[ $answer == *'"quiesce"'* ]]; then say "$key: volumes with ‘quiesce’ are not for this program"; exit 125; fi
    stop_if_cancelled
    say "$key: running, $(member code)"
    renew &
    renewal=$!
    execute
    commit
    if [ "$exit_code" -ne 0 ]; then
        say "$key: failed with status $exit_code"
        exit "$exit_code"
    fi
    say "$key: committed $parent"
}

# --- The command line ---------------------------------------------------------------------------------------------

usage() {
    sed -n '2,/^set /{/^#/!d; s/^# \{0,1\}//; p}' "$0" >&"$1"
    exit "$(($1 == 2 ? 2 : 0))"
}

while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage 1 ;;
    --dir | --workspace | --runtime | --socket | --ttl)
        [ $# -gt 1 ] || usage 2
        declare "${1#--}=$2"
        shift 2
        ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] && [[ $ttl =~ ^[1-9][0-9]*$ ]] || usage 2
for step in "$@"; do [[ $step = '{'* ]] || usage 2; done

command -v "$runtime" >/dev/null || { say "there is no program $runtime: install it, or name another with --runtime"; exit 125; }
dir=$(realpath -e -- "$dir") || exit 125
# As varve run names it: another directory of the same base name is another workspace.
name=$(printf %s "${dir##*/}" | head -c 100 | LC_ALL=C tr -c 'A-Za-z0-9._:@-' _)
workspace=${workspace:-$name-$(printf %s "$dir" | sha256sum | cut -c1-8)}
# All steps see this one state of the source, whatever happens to it meanwhile.
request POST "/v1/workspaces/${workspace//\//%2F}/revisions" "{\"path\": $(quoted "$dir")}" && [ "$status" = 201 ] ||
    refuse "register $dir"
revision=$(member digest) parent=''
for step in "$@"; do run_step "$step"; done
