#!/usr/bin/env bash
# A working day with kubectl on any cluster: every verb that teams use, one after the other. What each step printed, on
# which stream and with which code, goes to files of its own, so that two clusters can be compared step by step.
#
# usage: KUBECTL=… KUBECONFIG=… session.sh NN FOLDER    (FOLDER: for the results)
#
# It works in the namespaces dayNN and dayNN-two, on the node nodeNN, and names after NN what belongs to no namespace, so
# that several run on one cluster at once. All of it is gone at the end. It sleeps for nothing: where something takes time,
# kubectl itself waits, or a question is asked again until the answer is as expected.
set -uo pipefail
nn=${1:?NN is missing} folder=${2:?FOLDER is missing}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder"
cd "$folder" || exit 1
for file in "$here"/day/*.yaml; do sed "s/NN/$nn/g" "$file" >"$(basename "$file")"; done
ns=day$nn node=node$nn
export KUBECTL_EXTERNAL_DIFF='diff -U0 --label old --label new'
number=100

k() { timeout 60 "$KUBECTL" -n "$ns" "$@"; }

# step NAME COMMAND…: runs it and keeps what came of it.
step() {
    local name=$1
    shift
    number=$((number + 1))
    "$@" >"$number-$name.out" 2>"$number-$name.err" </dev/null
    printf '%s\n' $? >"$number-$name.code"
}

# until_is TEXT COMMAND…: asks again until the command prints the text, for half a minute at most.
until_is() {
    local want=$1 deadline=$((SECONDS + 30))
    shift
    until [ "$("$@" 2>/dev/null)" = "$want" ]; do
        [ $SECONDS -lt $deadline ] || { echo "session: '$*' never printed '$want'" >&2 && return 1; }
        sleep 0.1
    done
}

step namespace k create namespace "$ns"
step namespace-two k create namespace "$ns-two"
# A new namespace is usable once its default account is there.
until_is default k get serviceaccount default -o jsonpath='{.metadata.name}'
step namespace-again k create namespace "$ns"
step namespace-get k get namespace "$ns"
step namespace-label k label namespace "$ns" purpose=session

# --- what the cluster serves ---
step resources-core k api-resources --api-group= --no-headers
step resources-apps k api-resources --api-group=apps -o wide
step resources-rbac k api-resources --api-group=rbac.authorization.k8s.io
step resources-names k api-resources --api-group=networking.k8s.io -o name
step explain-field k explain deployment.spec.replicas
step explain-kind k explain configmap
step explain-deep k explain pod.spec.containers.resources
step explain-none k explain pod.spec.nothing
step raw-healthz k get --raw /healthz
step raw-readyz k get --raw /readyz
step raw-missing k get --raw /apis/nothing.example/v1
step no-kind k get nothings
step nodes k get node "$node"
step nodes-names k get node "$node" -o name
step nodes-columns k get node "$node" -o 'custom-columns=NAME:.metadata.name,CPU:.status.capacity.cpu,OFF:.spec.unschedulable'

# --- plain objects ---
step config-create k create configmap settings --from-literal=colour=blue --from-literal=size=3
step config-again k create configmap settings --from-literal=colour=blue
step config-get k get configmap settings
step config-json k get configmap settings -o json
step config-yaml k get configmap settings -o yaml
step config-jsonpath k get configmap settings -o 'jsonpath={.data.colour}{"\n"}'
step config-template k get configmap settings -o 'go-template={{range $k, $v := .data}}{{$k}}={{$v}} {{end}}'
step config-name k get configmap/settings -o name
step config-missing k get configmap nothing
step config-ignore k get configmap nothing --ignore-not-found
step config-two k get configmap settings nothing
step config-label k label configmap settings team=one tier=web
step config-label-again k label configmap settings team=two
step config-label-over k label configmap settings team=two --overwrite
step config-label-bad k label configmap settings 'team=not/valid/value'
step config-label-gone k label configmap settings tier-
step config-annotate k annotate configmap settings note='of the session'
step config-annotate-gone k annotate configmap settings note-
step config-select k get configmap -l 'team in (one,two)' -o name
step config-select-not k get configmap -l 'team,team!=two' -o name
step config-select-bad k get configmap -l 'team in one'
step config-field k get configmap --field-selector metadata.name=settings --no-headers
step config-field-bad k get configmap --field-selector data.colour=blue
step config-labels k get configmap settings --show-labels
step config-label-column k get configmap settings -L team
step config-describe k describe configmap settings
step config-all k get configmap -A --field-selector "metadata.name=settings,metadata.namespace=$ns"
step config-dry k create configmap other --from-literal=a=b --dry-run=server -o name
step config-dry-missing k get configmap other
step secret-create k create secret generic login --from-literal=user=me --from-literal=word=hidden
step secret-get k get secret login
step secret-data k get secret login -o 'jsonpath={.data.word}'
step secret-describe k describe secret login
step secret-tls-bad k create secret generic login2 --type=kubernetes.io/tls --from-literal=a=b
step name-bad k create configmap Not_a_Name
step account k create serviceaccount worker
step account-get k get serviceaccount worker -o 'jsonpath={.metadata.name}'

# --- patches of each type ---
step patch-merge k patch configmap settings --type=merge -p '{"data":{"colour":"red","size":null}}'
step patch-json k patch configmap settings --type=json -p '[{"op":"test","path":"/data/colour","value":"red"},{"op":"add","path":"/data/shape","value":"round"}]'
step patch-strategic k patch configmap settings -p '{"data":{"more":"yes"}}'
step patch-same k patch configmap settings -p '{"data":{"more":"yes"}}'
step patch-result k get configmap settings -o 'jsonpath={.data}'
step patch-test-fails k patch configmap settings --type=json -p '[{"op":"test","path":"/data/colour","value":"green"}]'
step patch-path-fails k patch configmap settings --type=json -p '[{"op":"remove","path":"/data/none"}]'
step patch-bad-json k patch configmap settings --type=merge -p '{"data":'
step patch-bad-type k patch configmap settings --type=merge -p '{"data":{"n":1}}'
step patch-missing k patch configmap nothing -p '{"data":{}}'
k get configmap settings -o json >settings.json
step replace k replace -f settings.json
sed -i 's/"resourceVersion": "[0-9]*"/"resourceVersion": "1"/' settings.json
step replace-stale k replace -f settings.json

# --- declarative ---
sed '/^---/,$d' shop.yaml >cart.yaml
step diff-new k diff -f cart.yaml
step apply k apply -f shop.yaml
step apply-again k apply -f shop.yaml
step diff-none k diff -f shop.yaml
sed 's/replicas: 2/replicas: 3/; s/cart:1/cart:2/' shop.yaml >changed.yaml
step apply-dry k apply --dry-run=server -f changed.yaml
step wait-available k wait --for=condition=available deployment/cart --timeout=60s
until_is '2 1' k get deployment cart -o 'jsonpath={.status.readyReplicas} {.status.observedGeneration}'
sed '/^---/,$d' changed.yaml >changed-cart.yaml
step diff-changed k diff -f changed-cart.yaml
step deploy-get k get deployment cart
step deploy-wide k get deployment cart -o wide
step replicaset-get k get replicaset -l app=cart
step pods-get k get pods -l app=cart
step pods-phase k get pods -l app=cart -o 'jsonpath={range .items[*]}{.status.phase} {.spec.containers[0].image}{"\n"}{end}'
step pods-running k get pods --field-selector status.phase=Running -l app=cart --no-headers
step service-get k get service cart
step service-type k get service cart -o 'jsonpath={.spec.type} {.spec.ports[0].port} {.spec.sessionAffinity}'
until_is 2 k get endpoints cart -o 'go-template={{range .subsets}}{{len .addresses}}{{end}}'
step endpoints-ports k get endpoints cart -o 'jsonpath={.subsets[0].ports[0].port}'
step apply-changed k apply -f changed.yaml
step rollout-status k rollout status deployment/cart --timeout=60s
step rollout-history k rollout history deployment/cart
step rollout-revision k rollout history deployment/cart --revision=2
step rollout-undo k rollout undo deployment/cart
step rollout-undone k rollout status deployment/cart --timeout=60s
step rollout-image k get deployment cart -o 'jsonpath={.spec.template.spec.containers[0].image}'
step rollout-revisions k rollout history deployment/cart
step rollout-pause k rollout pause deployment/cart
step rollout-pause-again k rollout pause deployment/cart
step set-image k set image deployment/cart app=registry.example/cart:3
step rollout-resume k rollout resume deployment/cart
step rollout-resumed k rollout status deployment/cart --timeout=60s
step rollout-restart k rollout restart deployment/cart
step rollout-restarted k rollout status deployment/cart --timeout=60s
until_is 1 eval "k get replicaset -l app=cart -o jsonpath='{range .items[*]}{.spec.replicas}{\"\n\"}{end}' | grep -c 3"
step set-env k set env deployment/cart MODE=fast
step set-env-list k set env deployment/cart --list
step set-resources k set resources deployment/cart --limits=cpu=20m,memory=20Mi
step rollout-all k rollout status deployment/cart --timeout=60s
step scale k scale deployment/cart --replicas=1
step scale-expected k scale deployment/cart --current-replicas=7 --replicas=2
step scale-missing k scale deployment/nothing --replicas=2
step scale-status k rollout status deployment/cart --timeout=60s
step deploy-immutable k patch deployment cart --type=merge -p '{"spec":{"selector":{"matchLabels":{"app":"other"}}}}'
step deploy-negative k patch deployment cart -p '{"spec":{"replicas":-1}}'
step deploy-image-none k patch deployment cart --type=json -p '[{"op":"remove","path":"/spec/template/spec/containers/0/image"}]'
step deploy-strategic-merge k patch deployment cart -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"registry.example/side:1"}]}}}}'
step deploy-containers k get deployment cart -o 'jsonpath={.spec.template.spec.containers[*].name}'
step deploy-strategic-delete k patch deployment cart -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}'
step rollout-after k rollout status deployment/cart --timeout=60s
step expose k expose deployment cart --name=cart-two --port=81 --target-port=8080
step expose-get k get service cart-two -o 'jsonpath={.spec.selector} {.spec.ports[0].targetPort}'
step get-several k get deployment,service -l app=cart -o name
step unknown-field k apply -f unknown.yaml
step unknown-field-kept k get deployment odd
step bad-selector k apply --validate=false -f selector.yaml
step no-name k create -f noname.yaml

# --- server-side apply ---
step ssa k apply --server-side --field-manager=one -f owned.yaml
step ssa-again k apply --server-side --field-manager=one -f owned.yaml
sed 's/high/low/' owned.yaml >owned-low.yaml
step ssa-conflict k apply --server-side --field-manager=two -f owned-low.yaml
step ssa-force k apply --server-side --field-manager=two --force-conflicts -f owned-low.yaml
step ssa-managers k get configmap owned -o 'jsonpath={range .metadata.managedFields[*]}{.manager} {.operation} {.fieldsV1}{"\n"}{end}' --show-managed-fields
step ssa-data k get configmap owned -o 'jsonpath={.data}'
step ssa-drop k apply --server-side --field-manager=two -f owned-less.yaml
step ssa-dropped k get configmap owned -o 'jsonpath={.data}'

# --- other workloads ---
# The oldest version that the cluster serves; 1.25 has neither of these.
if k api-versions | grep -qx policy/v1; then sed -i 's#policy/v1beta1#policy/v1#; s#batch/v1beta1#batch/v1#' workloads.yaml; fi
step stateful-apply k apply -f workloads.yaml
step stateful-status k rollout status statefulset/store --timeout=60s
step stateful-get k get statefulset store
step stateful-pods k get pods -l app=store -o name
step daemon-status k rollout status daemonset/agent --timeout=60s
step daemon-get k get daemonset agent
step stateful-scale k scale statefulset/store --replicas=1
until_is pod/store-0 k get pods -l app=store -o name
step stateful-left k get pods -l app=store -o name
step daemon-image k set image daemonset/agent app=registry.example/agent:2
step daemon-updated k rollout status daemonset/agent --timeout=60s
step daemon-history k rollout history daemonset/agent
step job-get k get job count -o 'jsonpath={.spec.completions} {.spec.backoffLimit} {.spec.template.spec.restartPolicy}'
step job-immutable k patch job count --type=merge -p '{"spec":{"completions":4}}'
step cron-get k get cronjob nightly -o 'jsonpath={.spec.schedule} {.spec.concurrencyPolicy} {.spec.successfulJobsHistoryLimit}'
step budget-get k get poddisruptionbudget store
step ingress-get k get ingress front
step policy-get k get networkpolicy closed
step quota-get k get resourcequota room -o 'jsonpath={.spec.hard}'
step limit-get k get limitrange sizes -o 'jsonpath={.spec.limits[0].type}'
step limit-applies k run sized --image=registry.example/sized:1 --restart=Never
step limit-applied k get pod sized -o 'jsonpath={.spec.containers[0].resources}'
step limit-noted k get pod sized -o 'jsonpath={.metadata.annotations}'
step quota-tight k -n "$ns-two" create quota tight --hard=pods=1,requests.cpu=500m,limits.memory=1Gi
# A quota refuses once its status is known.
until_is 1 k -n "$ns-two" get resourcequota tight -o 'jsonpath={.status.hard.pods}'
step quota-silent k -n "$ns-two" run silent --image=registry.example/silent:1 --restart=Never
step quota-refuses k -n "$ns-two" create -f tight.yaml
until_is 1 k -n "$ns-two" get resourcequota tight -o 'jsonpath={.status.used.pods}'
step quota-used k -n "$ns-two" get resourcequota tight -o 'jsonpath={.status}'
step quota-shown k -n "$ns-two" get resourcequota tight
step quota-described k -n "$ns-two" describe resourcequota tight
step quota-freed k -n "$ns-two" delete pod fits
until_is 0 k -n "$ns-two" get resourcequota tight -o 'jsonpath={.status.used.pods}'
step quota-empty k -n "$ns-two" get resourcequota tight -o 'jsonpath={.status.used}'
step bounds k -n "$ns-two" create -f bounds.yaml
# A real server learns of it a moment later.
until_is 200m k -n "$ns-two" run probe --image=registry.example/probe:1 --dry-run=server -o 'jsonpath={.spec.containers[0].resources.limits.cpu}'
step bounds-refuse k -n "$ns-two" create -f sizes.yaml
step bounds-filled k -n "$ns-two" get limitrange bounds -o 'jsonpath={.spec.limits[0]}'
step class-get k get priorityclass "$ns-high"
step claim-get k get persistentvolumeclaim disk
step autoscaler k autoscale deployment/cart --min=1 --max=3 --cpu-percent=80
step autoscaler-get k get horizontalpodautoscaler cart -o 'jsonpath={.spec.scaleTargetRef.name} {.spec.minReplicas} {.spec.maxReplicas}'

# --- pods ---
step run k run single --image=registry.example/single:1 --labels=app=single --port=8080
step run-wait k wait --for=condition=Ready pod/single --timeout=60s
step run-jsonpath k wait --for=jsonpath='{.status.phase}'=Running pod/single --timeout=60s
step run-get k get pod single
step run-again k run single --image=registry.example/single:1
step run-immutable k patch pod single -p '{"spec":{"nodeName":"elsewhere"}}'
step run-image k patch pod single -p '{"spec":{"containers":[{"name":"single","image":"registry.example/single:2"}]}}'
step run-class k get pod single -o 'jsonpath={.status.qosClass} {.spec.restartPolicy} {.spec.dnsPolicy}'
step run-owner k get pods -l app=cart -o 'jsonpath={.items[0].metadata.ownerReferences[0].kind}'
step logs k logs single
step logs-tail k logs single --tail=1
step logs-container k logs single -c nothing
step logs-missing k logs nothing
step logs-deploy k logs deployment/cart --tail=1
step exec k exec single -- echo hello from inside
step exec-code k exec single -- false
step exec-missing k exec single -- /no/such/program
step exec-nopod k exec nothing -- true
step exec-container k exec single -c nothing -- true
step attach timeout 5 "$KUBECTL" -n "$ns" attach single
step pod-delete k delete pod single --grace-period=1
step pod-deleted k get pod single
step pod-wait-gone k wait --for=delete pod/single --timeout=30s

# --- watching ---
k get configmap settings --watch --no-headers --output-watch-events -o 'custom-columns=TYPE:.type,NAME:.object.metadata.name,SHAPE:.object.data.shape' >watched 2>&1 &
watcher=$!
until_is 1 eval 'grep -c . watched'
k patch configmap settings -p '{"data":{"shape":"flat"}}' >/dev/null
until_is 2 eval 'grep -c . watched'
k delete configmap settings >/dev/null
until_is 3 eval 'grep -c . watched'
kill $watcher
wait $watcher 2>/dev/null
step watch cat watched

# --- rights ---
step role k create role reader --verb=get,list --resource=pods,configmaps
step binding k create rolebinding reader --role=reader --serviceaccount="$ns:worker"
step binding-wide k get rolebinding reader -o wide
step clusterrole k create clusterrole "$ns-nodes" --verb=get --resource=nodes
step clusterbinding k create clusterrolebinding "$ns-nodes" --clusterrole="$ns-nodes" --serviceaccount="$ns:worker"
until_is yes k auth can-i get pods --as="system:serviceaccount:$ns:worker"
until_is yes k auth can-i get nodes --as="system:serviceaccount:$ns:worker"
step can-i k auth can-i get pods --as="system:serviceaccount:$ns:worker"
step can-i-not k auth can-i delete pods --as="system:serviceaccount:$ns:worker"
step can-i-elsewhere k auth can-i get pods -n "$ns-two" --as="system:serviceaccount:$ns:worker"
step can-i-node k auth can-i get nodes --as="system:serviceaccount:$ns:worker"
step can-i-all k auth can-i '*' '*'
step can-i-list k auth can-i --list --as="system:serviceaccount:$ns:worker"
step as-reads k get pods --as="system:serviceaccount:$ns:worker" -l app=none
step as-refused k delete pod sized --as="system:serviceaccount:$ns:worker"
step as-refused-nodes k get namespaces --as="system:serviceaccount:$ns:worker"
step as-refused-create k create configmap x --as="system:serviceaccount:$ns:worker"
step role-escalate k create role more --verb=delete --resource=pods --as="system:serviceaccount:$ns:worker"
step role-ref k patch rolebinding reader --type=merge -p '{"roleRef":{"name":"other"}}'
step token k create token worker
step wrong-token k get pods --token=wrong

# --- custom resources ---
step crd k apply -f crd.yaml
step crd-wait k wait --for=condition=established "crd/${ns}s.example.org" --timeout=30s
until_is 1 eval 'k api-resources --api-group=example.org -o name | grep -c "^${ns}s"'
step crd-get k get crd "${ns}s.example.org" -o name
step crd-resources eval 'k api-resources --api-group=example.org | grep "^${ns}s"'
step custom-apply k apply -f custom.yaml
step custom-get k get "${ns}s"
step custom-short k get "dy$nn" monday
step custom-yaml k get "$ns" monday -o yaml
# A real server publishes the schema of a new kind a moment later.
until_is 0 eval 'k explain "$ns.spec" >/dev/null; echo $?'
step custom-explain k explain "$ns.spec"
step custom-default k get "$ns" monday -o 'jsonpath={.spec.weather}'
step custom-patch k patch "$ns" monday --type=merge -p '{"spec":{"hours":9}}'
step custom-strategic k patch "$ns" monday --type=strategic -p '{"spec":{"hours":9}}'
step custom-invalid k patch "$ns" monday --type=merge -p '{"spec":{"hours":99}}'
step custom-type k patch "$ns" monday --type=merge -p '{"spec":{"hours":"many"}}'
step custom-enum k patch "$ns" monday --type=merge -p '{"spec":{"weather":"green"}}'
step custom-missing k apply -f custom-missing.yaml
step custom-unknown k apply --validate=false -f custom-unknown.yaml
step custom-pruned k get "$ns" tuesday -o 'jsonpath={.spec}'
step custom-ssa k apply --server-side -f custom.yaml
step custom-ssa-force k apply --server-side --force-conflicts -f custom.yaml
step custom-scale k scale "$ns" monday --replicas=4
step custom-scaled k get "$ns" monday -o 'jsonpath={.spec.people}'
step custom-managers k get "$ns" monday -o 'jsonpath={.metadata.managedFields[*].manager}' --show-managed-fields
step custom-generation k get "$ns" monday -o 'jsonpath={.metadata.generation}'
step custom-delete k delete "$ns" monday tuesday
step crd-delete k delete crd "${ns}s.example.org"
# Other sessions change the same group: a list that lacks it because the group could not be read is no answer.
until_is gone eval 'all=$(k api-resources -o name) && ! grep -q "^${ns}s" <<<"$all" && echo gone'
step crd-gone k get "${ns}s"

# --- nodes ---
step pinned k apply -f pinned.yaml
step pinned-status k rollout status deployment/pinned --timeout=60s
step bare-status k wait --for=condition=Ready pod/bare --timeout=60s
step cordon k cordon "$node"
step cordon-again k cordon "$node"
step cordon-get k get node "$node"
step drain-refused k drain "$node" --ignore-daemonsets --pod-selector=app=bare --timeout=20s
step drain-dry k drain "$node" --ignore-daemonsets --pod-selector=app=pinned --dry-run=server
step drain k drain "$node" --ignore-daemonsets --pod-selector=app=pinned --timeout=60s
step drain-force k drain "$node" --ignore-daemonsets --force --pod-selector=app=bare --timeout=60s
until_is 'Pending Pending' k get pods -l app=pinned -o 'jsonpath={.items[*].status.phase}'
step drain-pending k get pods -l app=pinned
step uncordon k uncordon "$node"
step uncordon-again k uncordon "$node"
step pinned-again k rollout status deployment/pinned --timeout=60s
step taint k taint node "$node" day=busy:NoSchedule
step taint-again k taint node "$node" day=busy:NoSchedule
step taint-get k get node "$node" -o 'jsonpath={.spec.taints}'
step untaint k taint node "$node" day-
step node-label k label node "$node" "of=$ns"
step node-select k get nodes -l "of=$ns" -o name
step node-unlabel k label node "$node" of-

# --- an autoscaler, which looks every 15 seconds and finds no metrics ---
scaler() { k get --raw "/apis/autoscaling/v1/namespaces/$ns/horizontalpodautoscalers/elastic"; }
until_is FailedGetResourceMetric eval 'scaler | grep -o "Failed[A-Za-z]*Metric" | head -n 1'
step elastic-status k rollout status deployment/elastic --timeout=60s
step elastic-scaled k get deployment elastic -o 'jsonpath={.spec.replicas} {.status.availableReplicas} {.metadata.generation}'
step elastic-conditions k get deployment elastic -o 'jsonpath={.status.conditions[?(@.type=="Available")].reason} {.status.conditions[?(@.type=="Progressing")].reason}'
step elastic-found k get horizontalpodautoscalers.v1.autoscaling elastic -o 'jsonpath={.metadata.annotations.autoscaling\.alpha\.kubernetes\.io/conditions}'
step elastic-counts k get horizontalpodautoscalers.v1.autoscaling elastic -o 'jsonpath={.status.currentReplicas} {.status.desiredReplicas}'

# --- the end ---
step delete-orphan k delete deployment pinned --cascade=orphan
step orphans k get replicaset -l app=pinned -o 'jsonpath={.items[0].spec.replicas} {.items[0].metadata.ownerReferences}'
step delete-set k delete replicaset -l app=pinned
step delete-file k delete -f shop.yaml
step delete-again k delete -f shop.yaml
step delete-missing k delete configmap nothing
step delete-ignored k delete configmap nothing --ignore-not-found
step finalizer k apply -f held.yaml
step finalizer-delete k delete configmap held --wait=false
step finalizer-there k get configmap held -o 'jsonpath={.metadata.finalizers}'
step finalizer-add k patch configmap held --type=merge -p '{"metadata":{"finalizers":["example.org/more","example.org/hold"]}}'
step finalizer-free k patch configmap held --type=merge -p '{"metadata":{"finalizers":null}}'
step finalizer-gone k get configmap held
step delete-all k delete configmap --all
step delete-cluster k delete "clusterrole/$ns-nodes" "clusterrolebinding/$ns-nodes" "priorityclass/$ns-high"
step delete-namespaces k delete namespace "$ns" "$ns-two" --timeout=50s
step namespace-gone k get namespace "$ns"
