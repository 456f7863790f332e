#!/usr/bin/env bash
# Every way to log in that kubectl knows leads `toban check --live` to the same findings, and each that fails says why.
. "$(dirname "$0")/lib.sh"

ns=$(e2e_namespace)
cat >ingress.yaml <<END
apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata: {name: shop, namespace: $ns}
spec: {backend: {serviceName: shop, servicePort: 80}}
END
"$KUBECTL" apply -f ingress.yaml >/dev/null 2>&1

# live KUBECONFIG CODE: a live check as this kubeconfig says, with its exit code.
live() {
    KUBECONFIG=$1 expect_exit "$2" "$TOBAN" check --live --to 1.22 -o json
}

finds_the_ingress() {
    live "$1" 2
    python3 - "$ns" <<'PY' || fail "$1 did not find the Ingress: $(head -c 1000 err)"
import json, sys
report = json.load(open("out"))
hits = [f for f in report["findings"]
        if f["subject"]["namespace"] == sys.argv[1] and f["subject"]["kind"] == "Ingress" and f["subject"]["name"] == "shop"]
sys.exit(len(hits) != 1)
PY
}

# The one message names what is wrong, and no secret stands anywhere.
refused() {
    local config=$1 word
    shift
    live "$config" 3
    for word in "$@"; do grep -qiF -- "$word" err || fail "$config: no '$word' in: $(cat err)"; done
    for word in "$E2E_SECRET" 'PRIVATE KEY'; do
        expect_not_in err "$word"
        expect_not_in out "$word"
    done
}

# derived NAME SED-SCRIPT: the token kubeconfig, changed.
derived() {
    sed -e "$2" "$E2E_CONFIGS/token.yaml" >"$1.yaml"
    printf '%s\n' "$E2E_TMP/$1.yaml"
}

E2E_SECRET=$(sed -n 's/^ *token: //p' "$E2E_CONFIGS/token.yaml")

for how in token cert cert-inline; do finds_the_ingress "$E2E_CONFIGS/$how.yaml"; done

rm -f "$E2E_CONFIGS/logins"
finds_the_ingress "$E2E_CONFIGS/exec.yaml"
[ "$(cat "$E2E_CONFIGS/logins")" = 'by-plugin --cluster e2e' ] ||
    fail "the plugin was to run once, with its arguments and environment: $(cat "$E2E_CONFIGS/logins")"

printf '%s\n' "$E2E_SECRET" >token
finds_the_ingress "$(derived token-file "s#token: .*#tokenFile: token#")"
finds_the_ingress "$(derived server-name 's#^    server: .*#&\n    tls-server-name: localhost#')"

# Users from one file, the rest from another, as KUBECONFIG lists merge.
sed '/^users:/,$d' "$E2E_CONFIGS/token.yaml" >part-1.yaml
sed -n '/^users:/,$p' "$E2E_CONFIGS/token.yaml" | sed '1i apiVersion: v1\nkind: Config' >part-2.yaml
finds_the_ingress "$E2E_TMP/part-1.yaml:$E2E_TMP/missing.yaml:$E2E_TMP/part-2.yaml"

finds_the_ingress "$(derived unverified 's#certificate-authority: .*#insecure-skip-tls-verify: true#')"
grep -qiE 'not verified|insecure|verif' err || fail "an unverified server is not mentioned: $(cat err)"

refused "$E2E_CONFIGS/expired.yaml" expired
refused "$E2E_CONFIGS/nobody.yaml" nobody
refused "$(derived wrong-token 's#token: .*#token: not-it#')" 'does not accept the login'
refused "$(derived wrong-ca "s#certificate-authority: .*#certificate-authority: $E2E_PKI/nobody.crt#")" certificate
refused "$(derived wrong-name 's#^    server: .*#&\n    tls-server-name: elsewhere.example#')" elsewhere.example
refused "$(derived half '/current-context/,$d; s#^    certificate-authority: .*#    certificate-authority: "/cut#')" half.yaml:
refused "$(derived no-user 's#^- name: token#- name: other#')" token
refused "$(derived no-plugin 's#token: .*#exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: no-such-plugin, installHint: install-it-like-this}#')" \
    no-such-plugin install-it-like-this
refused "$(derived bad-plugin 's#token: .*#exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: sh, args: [-c, "echo who-are-you >\&2; exit 7"]}#')" \
    who-are-you

"$KUBECTL" delete namespace "$ns" --wait=false >/dev/null
