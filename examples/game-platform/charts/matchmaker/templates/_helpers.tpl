{{- define "matchmaker.name" -}}
{{ .Release.Name }}-matchmaker
{{- end }}

{{- define "matchmaker.labels" -}}
app.kubernetes.io/name: matchmaker
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Works on old and new clusters, as long as helm knows the cluster. */}}
{{- define "matchmaker.ingress.apiVersion" -}}
{{- if .Capabilities.APIVersions.Has "networking.k8s.io/v1/Ingress" -}}
networking.k8s.io/v1
{{- else if .Capabilities.APIVersions.Has "networking.k8s.io/v1beta1/Ingress" -}}
networking.k8s.io/v1beta1
{{- else -}}
extensions/v1beta1
{{- end -}}
{{- end }}
