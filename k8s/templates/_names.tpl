{{/* How the names of all objects begin; short, since the fence's names grow from it. */}}
{{- define "academy.name" -}}
{{- contains "academy" .Release.Name | ternary .Release.Name (printf "%s-academy" .Release.Name) | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* Marks the labs of this release: two releases of one cluster never take each other's. */}}
{{- define "academy.installation" -}}
{{ printf "%s.%s" .Release.Namespace (include "academy.name" .) | trunc 80 }}
{{- end }}

{{/* The same as a label's value; labs/providers/kubernetes/manifests/names.py makes it of the installation likewise. */}}
{{- define "academy.installationLabel" -}}
{{ include "academy.installation" . | sha256sum | trunc 16 }}
{{- end }}

{{- define "academy.labels" -}}
{{ include "academy.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "academy.selector" -}}
app.kubernetes.io/name: mlops-academy
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "academy.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}{{ else }}{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end }}

{{/* Host and port of publicUrl, and the host alone. */}}
{{- define "academy.host" -}}
{{ (urlParse .Values.publicUrl).host | splitList ":" | first }}
{{- end }}

{{- define "academy.labsDomain" -}}
{{ .Values.labs.domain | default (include "academy.host" .) }}
{{- end }}

{{/* Where the secrets are: name and key, joined by a slash. */}}
{{- define "academy.secret" -}}
{{ .Values.secret.existingSecret | default (printf "%s-secret" (include "academy.name" .)) }}/{{ .Values.secret.key }}
{{- end }}

{{- define "academy.database" -}}
{{- if .Values.postgresql.enabled -}}
{{ .Values.postgresql.existingSecret | default (printf "%s-postgresql" (include "academy.name" .)) }}/url
{{- else -}}
{{ required "A database is needed: database.existingSecret (a Secret with its URL), or postgresql.enabled=true for a trial." .Values.database.existingSecret }}/{{ .Values.database.key }}
{{- end -}}
{{- end }}

{{- define "academy.broker" -}}
{{- if .Values.valkey.enabled -}}
{{ .Values.valkey.existingSecret | default (printf "%s-valkey" (include "academy.name" .)) }}/url
{{- else -}}
{{ required "A broker is needed: broker.existingSecret (a Secret with its URL), or valkey.enabled=true." .Values.broker.existingSecret }}/{{ .Values.broker.key }}
{{- end -}}
{{- end }}

{{- define "academy.uploads" -}}
{{ .Values.uploads.existingClaim | default (printf "%s-uploads" (include "academy.name" .)) }}
{{- end }}
