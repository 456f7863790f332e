{{/* The name of everything that belongs to the controller. */}}
{{- define "old.controller" -}}
{{- default (printf "%s-controller" .Release.Name) .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "old.backend" -}}
{{- printf "%s-default-backend" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "old.labels" -}}
app: {{ .Chart.Name }}
chart: {{ .Chart.Name }}-{{ .Chart.Version }}
heritage: {{ .Release.Service }}
release: {{ .Release.Name }}
{{- end -}}
