#!/usr/bin/env bash
# What a PATH can be, with the real helm and kubectl: each finding stands at the line that a person edits, once, and
# what cannot be read gives one message while the rest is still checked.
. "$(dirname "$0")/lib.sh"

export TOBAN_HELM=$HELM TOBAN_KUBECTL=$KUBECTL

# check CODE PATH…: a check for 1.22, whose findings go to $E2E_TMP/places: "file:line kind name", sorted.
check() {
    local code=$1
    shift
    expect_exit "$code" "$TOBAN" check --to 1.22 -o json "$@"
    python3 - <<'PY' >places
import json
report = json.load(open("out"))
rows = []
for finding in report["findings"]:
    s = finding["subject"]
    rows.append(f'{s["file"]}:{s["line"]} {s["kind"]} {s["name"] or "-"} {finding["rule"]}')
print("\n".join(sorted(rows)))
PY
}

place() { grep -qE "^$1" places || fail "no finding at $1: $(cat places)"; }
no_place() { ! grep -qE "^$1" places || fail "a finding at $1: $(cat places)"; }
places() {
    local got
    got=$(grep -c 'api-removed' places || true)
    [ "$got" = "$1" ] || fail "$got removed APIs, expected $1: $(cat places)"
}

ingress() { # NAME: an object that 1.22 does not serve any more, its apiVersion on the first line
    printf 'apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata:\n  name: %s\nspec:\n' "$1"
    printf '  backend: {serviceName: web, servicePort: 80}\n'
}

chart() { # FOLDER NAME
    mkdir -p "$1/templates"
    printf 'apiVersion: v2\nname: %s\nversion: 0.1.0\n' "$2" >"$1/Chart.yaml"
    printf 'enabled: true\n' >"$1/values.yaml"
    {
        printf '{{- if .Values.enabled }}\n'
        ingress '{{ .Release.Name }}-'"$2"
        printf '{{- end }}\n'
    } >"$1/templates/ingress.yaml"
}

charts_as_folder_and_archive() {
    chart web web
    chart web/charts/cache cache
    chart packed packed
    "$HELM" package packed -d web/charts >/dev/null
    rm -r packed
    check 2 web
    places 3
    place 'web/templates/ingress.yaml:2 Ingress '
    place 'web/charts/cache/templates/ingress.yaml:2 Ingress '
    place 'web/charts/packed-0.1.0.tgz:templates/ingress.yaml:2 Ingress '
    "$HELM" package web -d . >/dev/null
    check 2 web-0.1.0.tgz
    places 3
    place 'web-0.1.0.tgz:templates/ingress.yaml:2 Ingress '
    place 'web-0.1.0.tgz:charts/cache/templates/ingress.yaml:2 Ingress '
    place 'web-0.1.0.tgz:charts/packed/templates/ingress.yaml:2 Ingress ' # helm unpacks what it packs again
}

newer_helm_says_the_same() {
    TOBAN_HELM=$KUBE_CLIENTS/helm-4/helm check 2 web
    places 3
    place 'web/templates/ingress.yaml:2 Ingress '
}

dependencies_that_are_missing() {
    chart lacking lacking
    printf 'dependencies:\n- {name: redis, version: 1.0.0, repository: "https://localhost:1"}\n' >>lacking/Chart.yaml
    check 2 lacking
    places 1
    expect_in err 'helm dependency build lacking'
}

overlays_lead_to_the_base() {
    local client
    mkdir -p app/base app/overlays/prod app/overlays/stg
    ingress shop >app/base/ingress.yaml
    printf 'resources: [ingress.yaml]\n' >app/base/kustomization.yaml
    printf 'namePrefix: prod-\nnamespace: prod\nbases: [../../base]\npatchesStrategicMerge: [patch.yaml]\n' \
        >app/overlays/prod/kustomization.yaml
    printf 'apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata: {name: shop, labels: {a: b}}\n' \
        >app/overlays/prod/patch.yaml
    printf 'nameSuffix: -stg\nbases: [../../base]\n' >app/overlays/stg/kustomization.yaml
    for client in "$KUBECTL" "$KUBE_CLIENTS/kubectl-1.31/kubectl"; do
        TOBAN_KUBECTL=$client check 2 app
        places 2
        place 'app/base/ingress.yaml:1 Ingress shop '
        place 'app/overlays/prod/patch.yaml:1 Ingress shop '
    done
}

bases_elsewhere_do_not_stop_the_rest() {
    mkdir -p far
    ingress near >far/ingress.yaml
    printf 'resources:\n- ingress.yaml\n- https://127.0.0.1:1/base?ref=v1\n' >far/kustomization.yaml
    check 3 far
    places 1
    place 'far/ingress.yaml:1 Ingress near '
    expect_in err "refers to 'https://127.0.0.1:1/base?ref=v1'"
}

without_the_tools_it_is_said() {
    local path=$PATH
    mkdir -p empty
    TOBAN_HELM='' TOBAN_KUBECTL='' PATH=$E2E_TMP/empty expect_exit 2 "$TOBAN" check --to 1.22 web app
    PATH=$path
    expect_in err 'helm is not on PATH'
    expect_in err 'neither kubectl nor kustomize is on PATH'
}

ignored_files_stay_out() {
    mkdir -p repo/out repo/keep
    git init -q repo
    printf 'out/\n*.gen.yaml\n!/keep/*.gen.yaml\n' >repo/.gitignore
    ingress a >repo/out/a.yaml
    ingress b >repo/b.gen.yaml
    ingress c >repo/keep/c.gen.yaml
    check 2 repo
    places 1
    place 'repo/keep/c.gen.yaml:1 Ingress c '
    check 2 repo/b.gen.yaml repo/out
    places 2
}

standard_input_is_read() {
    ingress piped | { "$TOBAN" check --to 1.22 -o json - >out 2>err || [ $? = 2 ]; }
    expect_in out '"name": "piped"'
}

what_cannot_be_read_is_told_once() {
    mkdir -p bad/deep
    ingress fine >bad/fine.yaml
    printf 'kind: [\n' >bad/broken.yaml
    printf 'a\0b' >bad/binary.yaml
    truncate -s 2G bad/huge.yaml
    ln -s .. bad/deep/up
    ln -s nowhere.yaml bad/dangling.yaml
    check 3 bad
    place 'bad/fine.yaml:1 Ingress fine '
    local word
    for word in 'bad/broken.yaml:' 'bad/binary.yaml: binary' 'bad/huge.yaml: 2048.0 MiB' 'bad/deep/up: a link' \
        'bad/dangling.yaml: a link'; do
        [ "$(grep -cF -- "$word" err)" = 1 ] || fail "not one message '$word': $(cat err)"
    done
    no_place 'bad/deep/up'
}

charts_as_folder_and_archive
newer_helm_says_the_same
dependencies_that_are_missing
overlays_lead_to_the_base
bases_elsewhere_do_not_stop_the_rest
without_the_tools_it_is_said
ignored_files_stay_out
standard_input_is_read
what_cannot_be_read_is_told_once
