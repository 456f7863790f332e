# What an end-to-end test in shell starts from: `. "$(dirname "$0")/lib.sh"`. Errors end the test; each check says
# what it looked for and what it found. The environment is described in README.md.
# shellcheck shell=bash
set -euo pipefail

fail() {
    printf 'FAIL %s: %s\n' "${BASH_SOURCE[-1]##*/}" "$*" >&2
    exit 1
}

for e2e_name in TOBAN KUBECONFIG KUBECTL KUBE_ASSETS E2E_TMP E2E_SERVER; do
    [ -n "${!e2e_name:-}" ] || fail "$e2e_name is not set: run it as tests/e2e/run ${0##*/}"
done
unset e2e_name
cd "$E2E_TMP"

# e2e_namespace [NAME]: creates a namespace for this test and prints its name.
e2e_namespace() {
    local name
    name=${1:-$(basename "${BASH_SOURCE[-1]%.*}" | tr _ -)-$RANDOM}
    "$KUBECTL" create namespace "$name" >/dev/null
    # Objects are refused in it until its default account exists.
    e2e_until 30 "the account of namespace $name" "$KUBECTL" get serviceaccount default -n "$name"
    printf '%s\n' "$name"
}

# e2e_until SECONDS WHAT COMMAND…: polls until the command succeeds.
e2e_until() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || fail "$what did not come in time"
        sleep 0.2
    done
}

# expect_exit CODE COMMAND…: runs it with stdout in $E2E_TMP/out and stderr in $E2E_TMP/err, and compares the code.
expect_exit() {
    local want=$1 got=0
    shift
    "$@" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] ||
        fail "$* exited $got, expected $want; stdout: $(head -c 1500 out); stderr: $(head -c 1500 err)"
}

expect_in() {
    grep -qF -- "$2" "$1" || fail "$1 does not say '$2': $(head -c 2000 "$1")"
}

expect_not_in() {
    ! grep -qF -- "$2" "$1" || fail "$1 says '$2': $(grep -F -- "$2" "$1" | head -n 3)"
}

expect_lines() {
    local got
    got=$(wc -l <"$2")
    [ "$got" = "$1" ] || fail "$2 has $got lines, expected $1: $(head -c 1500 "$2")"
}
