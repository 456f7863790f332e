#!/usr/bin/env bash
# A real Helm release with beta manifests: `toban migrate --helm-release` stores a new revision that Helm reads, upgrades
# and rolls back like its own.
. "$(dirname "$0")/lib.sh"

ns=$(e2e_namespace migrate-release)
chart=$E2E_TMP/shop
mkdir -p "$chart/templates"
cat >"$chart/Chart.yaml" <<'END'
apiVersion: v2
name: shop
version: 0.1.0
END
cat >"$chart/templates/all.yaml" <<'END'
# the way in
apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata:
  name: {{ .Release.Name }} # as the release
spec:
  backend:
    serviceName: shop
    servicePort: 80
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  replicas: {{ .Values.replicas | default 1 | quote }}
END
cat >"$chart/templates/hook.yaml" <<'END'
apiVersion: rbac.authorization.k8s.io/v1beta1
kind: Role
metadata:
  name: {{ .Release.Name }}-hook
  annotations:
    helm.sh/hook: pre-delete
END
"$HELM" install shop "$chart" -n "$ns" >/dev/null

status() { "$KUBECTL" get secret -n "$ns" "sh.helm.release.v1.shop.v$1" -o 'jsonpath={.metadata.labels.status}'; }

# looking changes nothing
expect_exit 0 "$TOBAN" migrate --helm-release shop -n "$ns" --to 1.22
expect_in out '+apiVersion: networking.k8s.io/v1'
expect_in out '+apiVersion: rbac.authorization.k8s.io/v1'
expect_in out '+  defaultBackend:'
[ "$(status 1)" = deployed ] || fail 'looking changed the release'

# writing adds a revision
expect_exit 0 "$TOBAN" migrate --helm-release shop -n "$ns" --to 1.22 --write
[ "$(status 1)" = superseded ] || fail 'the old revision is not superseded'
[ "$(status 2)" = deployed ] || fail 'the new revision is not deployed'
"$HELM" get manifest shop -n "$ns" >"$E2E_TMP/manifest"
expect_in "$E2E_TMP/manifest" 'apiVersion: networking.k8s.io/v1'
expect_in "$E2E_TMP/manifest" '# the way in'
expect_in "$E2E_TMP/manifest" 'name: shop # as the release'
expect_in "$E2E_TMP/manifest" 'number: 80'
expect_not_in "$E2E_TMP/manifest" v1beta1
"$HELM" get hooks shop -n "$ns" >"$E2E_TMP/hooks"
expect_not_in "$E2E_TMP/hooks" v1beta1
"$HELM" get manifest shop -n "$ns" --revision 1 >"$E2E_TMP/before"
expect_in "$E2E_TMP/before" networking.k8s.io/v1beta1
"$HELM" history shop -n "$ns" >"$E2E_TMP/history"
expect_in "$E2E_TMP/history" 'migrated by toban'

# twice does nothing
expect_exit 0 "$TOBAN" migrate --helm-release shop -n "$ns" --to 1.22 --write
[ -z "$("$KUBECTL" get secret -n "$ns" sh.helm.release.v1.shop.v3 --ignore-not-found)" ] || fail 'a second run stored a revision'

# Helm goes on from it, with the chart rewritten too
expect_exit 0 "$TOBAN" migrate --write --to 1.22 --from 1.20 "$chart"
"$HELM" upgrade shop "$chart" -n "$ns" --set replicas=2 >/dev/null
[ "$(status 2)" = superseded ] || fail "helm upgrade did not supersede the new revision"
[ "$(status 3)" = deployed ] || fail "helm upgrade did not go on from the new revision"
"$HELM" rollback shop 2 -n "$ns" >/dev/null
[ "$(status 4)" = deployed ] || fail 'helm rollback to the new revision failed'
"$HELM" uninstall shop -n "$ns" >/dev/null

# what is not there
expect_exit 1 "$TOBAN" migrate --helm-release none -n "$ns"
expect_in err "no Helm release none in namespace $ns"
