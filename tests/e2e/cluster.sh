# A real control plane for one test run: etcd, kube-apiserver and kube-controller-manager on free loopback ports,
# with certificates, tokens and kubeconfigs of its own in one temporary folder. Sourced by run and by cluster.
# Every server is started so that the kernel ends it when this shell dies, however it dies.
#
# cluster_start FOLDER   starts it; afterwards these are set and exported:
#   KUBECONFIG     an administrator's, by token
#   E2E_SERVER     https://127.0.0.1:PORT
#   E2E_PKI        ca.crt ca.key, NAME.crt NAME.key for admin, nobody and expired
#   E2E_CONFIGS    kubeconfigs: token cert cert-inline expired exec nobody (each NAME.yaml)
# cluster_nodes COUNT    adds a scheduler and real kubelets on fake containers, each about 85 MB
# cluster_bare           before cluster_start: Node objects without a kubelet count as nodes that are ready
# cluster_audit          before cluster_start: evictions, deletions of pods and changes of nodes go to log/audit.json
# cluster_stop           ends all and removes the folder
# shellcheck shell=bash

cluster_pids=()
cluster_dir=''
cluster_no_admission=ServiceAccount
cluster_controller_flags=()
cluster_audited=''

# Without these, a new Node carries the not-ready taint until its kubelet reports, and loses its pods when none does.
# Volumes are bound at once instead of every 15 seconds.
cluster_bare() {
    cluster_no_admission=ServiceAccount,TaintNodesByCondition
    cluster_controller_flags=(--controllers='*,-nodelifecycle' --pvclaimbinder-sync-period=300ms)
}

# What the API server itself says was asked of it, one JSON object a line, whoever asked and whatever was answered.
cluster_audit() { cluster_audited=yes; }

cluster_audit_flags() {
    cat >"$cluster_dir/audit.yaml" <<END
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Request
  verbs: [create, delete, patch, update]
  resources: [{group: "", resources: [nodes, pods, pods/eviction]}]
- level: None
END
    printf '%s\n' "--audit-policy-file=$cluster_dir/audit.yaml" "--audit-log-path=$cluster_dir/log/audit.json" \
        --audit-log-mode=blocking
}

cluster_say() { printf 'e2e: %s\n' "$*" >&2; }

# cluster_spawn NAME COMMAND…: starts a server with its log in the folder.
cluster_spawn() {
    local name=$1
    shift
    TMPDIR=$cluster_dir/tmp setpriv --pdeathsig KILL "$@" >"$cluster_dir/log/$name.log" 2>&1 </dev/null &
    cluster_pids+=($!)
}

cluster_free_ports() {
    python3 - "$1" <<'PY'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in held])
PY
}

# cluster_wait SECONDS PID WHAT COMMAND…: polls until the command succeeds; fails early when the process is gone.
cluster_wait() {
    local deadline=$((SECONDS + $1)) pid=$2 what=$3
    shift 3
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null || { cluster_say "$what ended while starting" && return 1; }
        [ $SECONDS -lt $deadline ] || { cluster_say "$what is not ready in time" && return 1; }
        sleep 0.2
    done
}

# --- who may come in -----------------------------------------------------------------------------------------

# cluster_cert NAME SUBJECT USAGE [EXTENSION]: a key and a certificate signed by the CA of this cluster.
cluster_cert() {
    local name=$1 subject=$2 usage=$3 san=${4:-}
    printf 'extendedKeyUsage=%s\n%s\n' "$usage" "$san" >"$E2E_PKI/$name.ext"
    openssl req -new -newkey rsa:2048 -nodes -keyout "$E2E_PKI/$name.key" -subj "$subject" -out "$E2E_PKI/$name.csr"
    openssl x509 -req -in "$E2E_PKI/$name.csr" -CA "$E2E_PKI/ca.crt" -CAkey "$E2E_PKI/ca.key" -CAcreateserial \
        -days 2 -extfile "$E2E_PKI/$name.ext" -out "$E2E_PKI/$name.crt"
}

# A certificate that was good once: openssl's small CA can date it back.
cluster_expired_cert() {
    local name=expired
    mkdir -p "$E2E_PKI/issued"
    : >"$E2E_PKI/issued/index.txt"
    cat >"$E2E_PKI/issued/ca.cnf" <<END
[ca]
default_ca = small
[small]
database = $E2E_PKI/issued/index.txt
new_certs_dir = $E2E_PKI/issued
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
organizationName = optional
END
    openssl req -new -newkey rsa:2048 -nodes -keyout "$E2E_PKI/$name.key" -subj '/O=system:masters/CN=expired' \
        -out "$E2E_PKI/$name.csr"
    openssl ca -batch -notext -config "$E2E_PKI/issued/ca.cnf" -cert "$E2E_PKI/ca.crt" -keyfile "$E2E_PKI/ca.key" \
        -startdate 20200101000000Z -enddate 20200102000000Z -in "$E2E_PKI/$name.csr" -out "$E2E_PKI/$name.crt"
}

cluster_pki() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$E2E_PKI/ca.key" -subj '/CN=e2e-ca' -days 2 -out "$E2E_PKI/ca.crt" \
        -addext 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'
    cluster_cert apiserver '/CN=kube-apiserver' serverAuth \
        'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc'
    cluster_cert admin '/O=system:masters/CN=admin-by-certificate' clientAuth
    cluster_cert nobody '/CN=nobody-by-certificate' clientAuth
    cluster_expired_cert
    openssl genrsa -out "$E2E_PKI/sa.key" 2048
    openssl rsa -in "$E2E_PKI/sa.key" -pubout -out "$E2E_PKI/sa.pub"
    E2E_TOKEN=$(openssl rand -hex 16) E2E_NOBODY_TOKEN=$(openssl rand -hex 16)
    printf '%s,admin,admin,"system:masters"\n%s,nobody,nobody,\n' "$E2E_TOKEN" "$E2E_NOBODY_TOKEN" >"$E2E_PKI/tokens.csv"
}

# cluster_config NAME USER-LINE…: a kubeconfig whose user entry is the given lines.
cluster_config() {
    local name=$1
    shift
    {
        cat <<END
apiVersion: v1
kind: Config
clusters:
- name: e2e
  cluster:
    server: $E2E_SERVER
    certificate-authority: $E2E_PKI/ca.crt
contexts:
- name: e2e
  context: {cluster: e2e, user: $name}
current-context: e2e
users:
- name: $name
  user:
END
        printf '    %s\n' "$@"
    } >"$E2E_CONFIGS/$name.yaml"
}

cluster_configs() {
    cluster_config token "token: $E2E_TOKEN"
    cluster_config nobody "token: $E2E_NOBODY_TOKEN"
    cluster_config cert "client-certificate: $E2E_PKI/admin.crt" "client-key: $E2E_PKI/admin.key"
    cluster_config expired "client-certificate: $E2E_PKI/expired.crt" "client-key: $E2E_PKI/expired.key"
    cluster_config cert-inline "client-certificate-data: $(base64 -w0 <"$E2E_PKI/admin.crt")" \
        "client-key-data: $(base64 -w0 <"$E2E_PKI/admin.key")"
    cluster_config exec 'exec:' '  apiVersion: client.authentication.k8s.io/v1beta1' \
        "  command: $E2E_CONFIGS/login" '  args: [--cluster, e2e]' '  env: [{name: E2E_LOGIN, value: by-plugin}]'
    # The plugin says who asks: it appends a line to a log at each run, so that a test can count the logins.
    cat >"$E2E_CONFIGS/login" <<END
#!/bin/sh
echo "\$E2E_LOGIN \$*" >>"$E2E_CONFIGS/logins"
cat <<JSON
{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential",
 "status": {"token": "$E2E_TOKEN", "expirationTimestamp": "\$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)"}}
JSON
END
    chmod 755 "$E2E_CONFIGS/login"
    chmod 600 "$E2E_CONFIGS"/*.yaml
}

# --- servers -------------------------------------------------------------------------------------------------

# Flags come and go between versions: cluster_flag BINARY FLAG VALUE prints the flag when this binary knows it.
cluster_flag() {
    "$KUBE_ASSETS/$1" --help 2>/dev/null | grep -qE -- "^ +$2 " && printf '%s=%s' "$2" "$3"
    return 0
}

cluster_etcd() {
    cluster_spawn etcd "$KUBE_ASSETS/etcd" --unsafe-no-fsync --data-dir "$cluster_dir/etcd" \
        --listen-client-urls "http://127.0.0.1:$1" --advertise-client-urls "http://127.0.0.1:$1" \
        --listen-peer-urls "http://127.0.0.1:$2" --initial-advertise-peer-urls "http://127.0.0.1:$2" \
        --initial-cluster "default=http://127.0.0.1:$2"
    cluster_wait 60 $! etcd curl -sf "http://127.0.0.1:$1/health"
}

cluster_apiserver() {
    local audit=()
    [ -z "$cluster_audited" ] || mapfile -t audit < <(cluster_audit_flags)
    cluster_spawn kube-apiserver "$KUBE_ASSETS/kube-apiserver" --etcd-servers="http://127.0.0.1:$2" \
        --secure-port="$1" --bind-address=127.0.0.1 --cert-dir="$cluster_dir/cert" \
        --tls-cert-file="$E2E_PKI/apiserver.crt" --tls-private-key-file="$E2E_PKI/apiserver.key" \
        --client-ca-file="$E2E_PKI/ca.crt" --token-auth-file="$E2E_PKI/tokens.csv" --authorization-mode=RBAC \
        --service-account-key-file="$E2E_PKI/sa.pub" --service-account-signing-key-file="$E2E_PKI/sa.key" \
        --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range=10.0.0.0/16 \
        --disable-admission-plugins="$cluster_no_admission" --allow-privileged=true --runtime-config=api/all=true "${audit[@]}"
    cluster_wait 180 $! kube-apiserver \
        curl -sf --cacert "$E2E_PKI/ca.crt" -H "Authorization: Bearer $E2E_TOKEN" "$E2E_SERVER/readyz"
}

cluster_controllers() {
    local flags=(--secure-port=0 "${cluster_controller_flags[@]}") old
    old=$(cluster_flag kube-controller-manager --port 0)
    [ -z "$old" ] || flags+=("$old")
    cluster_spawn kube-controller-manager "$KUBE_ASSETS/kube-controller-manager" --kubeconfig="$KUBECONFIG" \
        --leader-elect=false --kube-api-qps=300 --kube-api-burst=600 --root-ca-file="$E2E_PKI/ca.crt" \
        --service-account-private-key-file="$E2E_PKI/sa.key" "${flags[@]}"
    cluster_wait 60 $! kube-controller-manager "$KUBECTL" get serviceaccount default -n default
}

cluster_nodes() {
    local flags=(--secure-port=0) old ports i
    old=$(cluster_flag kube-scheduler --port 0)
    [ -z "$old" ] || flags+=("$old")
    cluster_spawn kube-scheduler "$KUBE_ASSETS/kube-scheduler" --kubeconfig="$KUBECONFIG" --leader-elect=false \
        --kube-api-qps=300 --kube-api-burst=600 "${flags[@]}"
    read -r -a ports <<<"$(cluster_free_ports $(($1 * 2)))"
    for ((i = 0; i < $1; i++)); do
        cluster_spawn "hollow-$i" "$KUBE_ASSETS/kubemark" --morph=kubelet --name="hollow-$i" --kubeconfig="$KUBECONFIG" \
            --kubelet-port="${ports[i * 2]}" --kubelet-read-only-port="${ports[i * 2 + 1]}"
        cluster_wait 90 $! "node hollow-$i" "$KUBECTL" wait --for=condition=Ready "node/hollow-$i" --timeout=5s
    done
}

# cluster_new_folder: prints a fresh temporary folder, and removes those whose owner was killed before it could.
cluster_new_folder() {
    local base=${TMPDIR:-/tmp} old
    for old in "$base"/toban-e2e.*; do
        if [ -O "$old" ] && [ -s "$old/owner" ] && ! kill -0 "$(cat "$old/owner")" 2>/dev/null; then rm -rf "$old"; fi
    done
    old=$(mktemp -d "$base/toban-e2e.XXXXXX") && echo $$ >"$old/owner" && printf '%s\n' "$old"
}

cluster_start() {
    cluster_dir=$1
    E2E_PKI=$cluster_dir/pki E2E_CONFIGS=$cluster_dir/kubeconfigs
    mkdir -p "$cluster_dir/log" "$cluster_dir/tmp" "$E2E_PKI" "$E2E_CONFIGS"
    (umask 077 && : >"$cluster_dir/log/pki.log")
    cluster_pki >"$cluster_dir/log/pki.log" 2>&1 || { cat "$cluster_dir/log/pki.log" >&2 && return 1; }
    local ports try
    # A port found free may be taken before the server binds it; another set then does.
    for try in 1 2 3; do
        read -r -a ports <<<"$(cluster_free_ports 3)"
        E2E_SERVER=https://127.0.0.1:${ports[0]}
        if cluster_etcd "${ports[1]}" "${ports[2]}" && cluster_apiserver "${ports[0]}" "${ports[1]}"; then break; fi
        grep -l 'address already in use' "$cluster_dir"/log/*.log >/dev/null && [ "$try" -lt 3 ] ||
            { tail -n 15 "$cluster_dir"/log/{etcd,kube-apiserver}.log >&2 && return 1; }
        cluster_end
        rm -rf "$cluster_dir/etcd"
    done
    cluster_configs
    KUBECONFIG=$E2E_CONFIGS/token.yaml
    export KUBECONFIG E2E_SERVER E2E_PKI E2E_CONFIGS
    cluster_controllers || { tail -n 15 "$cluster_dir/log/kube-controller-manager.log" >&2 && return 1; }
}

cluster_end() {
    [ ${#cluster_pids[@]} -eq 0 ] || kill -TERM "${cluster_pids[@]}" 2>/dev/null
    local pid deadline=$((SECONDS + 5))
    for pid in "${cluster_pids[@]}"; do
        while kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $deadline ]; do sleep 0.1; done
        kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    cluster_pids=()
}

cluster_stop() {
    # A second signal must not end the tidying.
    trap '' INT TERM HUP
    cluster_end
    [ -n "$cluster_dir" ] || return 0
    # A hollow kubelet keeps its folder in /tmp, whatever TMPDIR says, and names it in its log.
    grep -ohs '/tmp/hollow-kubelet\.[0-9]*' "$cluster_dir"/log/hollow-*.log | sort -u | xargs -r rm -rf
    rm -rf "$cluster_dir"
}

# cluster_components: where the parts are, from the cache or from KUBEBUILDER_ASSETS. A test that starts a cluster of
# its own has another cache folder, and KUBE_CLIENTS from the run.
cluster_components() {
    local root
    root=${KUBE_CLIENTS:-$("$1/scripts/kube-assets" --print)}
    KUBE_ASSETS=${KUBEBUILDER_ASSETS:-$root/bin} KUBE_SRC=$root/src HELM=$root/helm/helm KUBE_CLIENTS=$root
    KUBECTL=$KUBE_ASSETS/kubectl
    export KUBE_ASSETS KUBE_SRC HELM KUBECTL KUBE_CLIENTS
    local binary
    for binary in etcd kube-apiserver kubectl; do
        [ -x "$KUBE_ASSETS/$binary" ] || { cluster_say "no $binary in $KUBE_ASSETS: run scripts/kube-assets" && return 1; }
    done
}
