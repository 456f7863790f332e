#!/usr/bin/env bash
# The Kubernetes client on a real API server: logins, refusals in words, lists in pages through a compaction, watches.
. "$(dirname "$0")/lib.sh"

driver=$(dirname "$TOBAN")/tests/e2e/kube_driver
[ -x "$driver" ] || fail "no $driver: build it"

# as NAME WORDS…: the driver with another kubeconfig.
as() {
    local who=$1
    shift
    KUBECONFIG=$E2E_CONFIGS/$who.yaml "$driver" "$@"
}

ns=$(e2e_namespace)

# --- logins ---
for who in token cert cert-inline exec; do
    expect_exit 0 as "$who" version
    expect_in out $'1.20.2\tv1.20.2'
    expect_exit 0 as "$who" can-i-list - v1 secrets "$ns"
    expect_in out yes
done
# One login is enough for many requests.
: >"$E2E_CONFIGS/logins"
expect_exit 0 as exec list-all
expect_lines 1 "$E2E_CONFIGS/logins"
expect_in "$E2E_CONFIGS/logins" 'by-plugin --cluster e2e'

# A plugin may answer with a client certificate instead of a token.
python3 - "$E2E_PKI" <<'PY' >answer.json
import json, sys
read = lambda name: open(sys.argv[1] + "/" + name).read()
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                  "status": {"clientCertificateData": read("admin.crt"), "clientKeyData": read("admin.key")}}))
PY
sed -e '/^users:/,$d' -e 's/user: [a-z]*}/user: plugin}/' "$E2E_CONFIGS/token.yaml" >plugin.yaml
cat >>plugin.yaml <<END
users:
- name: plugin
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: cat, args: ["$PWD/answer.json"], interactiveMode: Never}
END
KUBECONFIG=plugin.yaml expect_exit 0 "$driver" can-i-list - v1 secrets "$ns"
expect_in out yes

# --- refusals ---
expect_exit 1 as expired version
expect_in out "the server does not accept the login of user 'expired': client certificate of"
expect_in out 'expired at 2020-01-02 00:00 UTC'
expect_exit 1 as nobody list apps v1 deployments "$ns"
expect_in out 'error: denied: list deployments.apps in namespace'
expect_in out 'User "nobody" cannot list resource "deployments"'
expect_in out "hint: kubectl auth can-i list deployments.apps -n $ns"
expect_exit 0 as nobody can-i-list - v1 secrets "$ns"
expect_in out no
sed 's/^    token: .*/    token: wrong/' "$E2E_CONFIGS/token.yaml" >wrong.yaml
KUBECONFIG=wrong.yaml expect_exit 1 "$driver" version
expect_in out "the server does not accept the login of user 'token': expired or wrong credentials"
expect_not_in out wrong.yaml
sed "s|certificate-authority: .*|certificate-authority: $E2E_PKI/admin.crt|" "$E2E_CONFIGS/token.yaml" >foreign.yaml
KUBECONFIG=foreign.yaml expect_exit 1 "$driver" version
expect_in out "is not trusted"
head -c 200 "$E2E_CONFIGS/token.yaml" >half.yaml
KUBECONFIG=half.yaml expect_exit 1 "$driver" version

# --- discovery, as kubectl sees it ---
"$driver" discover >discovered
for resource in $'apps\tv1\tdeployments\tDeployment\tnamespaced\tpreferred' \
    $'networking.k8s.io\tv1\tingresses\tIngress\tnamespaced\tpreferred' \
    $'networking.k8s.io\tv1beta1\tingresses\tIngress\tnamespaced\tother' \
    $'core\tv1\tnodes\tNode\tcluster\tpreferred'; do
    expect_in discovered "$resource"
done
"$KUBECTL" api-resources --no-headers -o name | sort >wanted
awk -F'\t' '$6 == "preferred" { print $1 == "core" ? $3 : $3 "." $1 }' discovered | sort >found
diff wanted found || fail 'discovery differs from kubectl api-resources'

# --- writing ---
body='{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"},"data":{"a":"1"}}'
expect_exit 0 "$driver" apply - v1 configmaps "$ns" one "$body" dry
expect_exit 1 "$driver" get - v1 configmaps "$ns" one
expect_in out 'error: not-found: get configmaps'
expect_exit 0 "$driver" apply - v1 configmaps "$ns" one "$body"
expect_exit 1 "$driver" create - v1 configmaps "$ns" - "$body"
expect_in out 'error: conflict: '
expect_exit 0 "$driver" merge - v1 configmaps "$ns" one '{"data":{"b":"2"}}'
expect_exit 0 "$driver" get - v1 configmaps "$ns" one
expect_in out '"b":"2"'
expect_exit 0 "$driver" delete - v1 configmaps "$ns" one
expect_exit 1 "$driver" delete - v1 configmaps "$ns" one

# --- 2,000 objects in pages ---
python3 - "$ns" >many.json <<'PY'
import json, sys
items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm-%04d" % i, "namespace": sys.argv[1]},
          "data": {"text": "x" * 500}} for i in range(2000)]
print(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
PY
"$KUBECTL" create -f many.json >/dev/null
seq -f 'cm-%04g' 0 1999 >names
for page in 100 500 3000; do
    "$driver" list - v1 configmaps "$ns" "$page" >listed
    expect_in listed consistent
    awk -F'\t' '$1 == "item" && $4 ~ /^cm-/ { print $4 }' listed | diff names - || fail "page of $page: other items"
done
"$driver" list - v1 configmaps "$ns" - metadata >listed
expect_in listed $'item\tmeta.k8s.io/v1\tPartialObjectMetadata\tcm-0000'
"$driver" list - v1 configmaps "$ns" - table >listed
[ "$(grep -c '^item' listed)" -ge 2000 ] || fail 'the table is too short'

# The store is compacted behind the first page: the token of the list is gone.
etcd=$(tr '\0' '\n' <"/proc/$(pgrep -n -f "kube-apiserver.*--secure-port=${E2E_SERVER##*:}")/cmdline" |
    sed -n 's/^--etcd-servers=//p')
cat >compact.sh <<END
set -e
"$KUBECTL" -n "$ns" label configmap cm-0000 "turn=\$RANDOM" --overwrite >/dev/null
revision=\$(curl -sf -X POST "$etcd/v3/kv/range" -d '{"key":"AA=="}' | grep -o '"revision":"[0-9]*"' | grep -o '[0-9]*')
curl -sf -X POST "$etcd/v3/kv/compaction" -d "{\"revision\":\"\$revision\",\"physical\":true}" >/dev/null
END
"$driver" list-pausing - v1 configmaps "$ns" 300 'bash compact.sh' >listed
expect_in listed inconsistent
awk -F'\t' '$1 == "item" && $4 ~ /^cm-/ { print $4 }' listed | diff names - || fail 'items are missing behind the compaction'
"$driver" list-pausing - v1 configmaps "$ns" 300 'bash compact.sh' restart >listed
expect_in listed restart
expect_in listed $'\tconsistent'
sed '1,/^restart$/d' listed | awk -F'\t' '$1 == "item" && $4 ~ /^cm-/ { print $4 }' | diff names - ||
    fail 'items are missing behind the restart'

# --- watches ---
"$driver" watch - v1 configmaps "$ns" - 60000 >events &
watcher=$!
e2e_until 30 'the watch to be in step' grep -q ^SYNCED events
"$KUBECTL" -n "$ns" create configmap seen >/dev/null
"$KUBECTL" -n "$ns" label configmap seen turn=two >/dev/null
"$KUBECTL" -n "$ns" delete configmap seen >/dev/null
e2e_until 30 'the deletion to be seen' grep -qP '^DELETED\t\d+\tseen' events
kill "$watcher"
wait "$watcher" 2>/dev/null || true
grep -P '\tseen$' events | cut -f1 | tr '\n' ' ' >order
expect_in order 'ADDED MODIFIED DELETED '
expect_lines 1 <(grep ^SYNCED events)

# From a version that the server has forgotten: what it knows of a new kind begins later than that. One fresh list,
# then on.
cat >crd.yaml <<END
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.kube-client.example}
spec:
  group: kube-client.example
  scope: Namespaced
  names: {kind: Thing, plural: things}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
END
"$KUBECTL" apply -f crd.yaml >/dev/null
trap '"$KUBECTL" delete -f crd.yaml >/dev/null 2>&1' EXIT
"$KUBECTL" wait --for=condition=Established crd/things.kube-client.example --timeout=30s >/dev/null
e2e_until 30 'the new kind to be served' "$driver" list kube-client.example v1 things "$ns"
printf '{"apiVersion":"kube-client.example/v1","kind":"Thing","metadata":{"name":"it"}}' |
    "$KUBECTL" -n "$ns" create -f - >/dev/null
"$driver" watch kube-client.example v1 things "$ns" 1 2000 >events
cut -f1,3 events | tr '\t\n' ': ' >order
expect_in order 'RESET: ADDED:it SYNCED:'
expect_in events $'lists 1\tconnects 2'

# --- metrics, line by line ---
"$driver" lines /metrics >metrics
expect_in metrics 'apiserver_request_total{'
echo ok
