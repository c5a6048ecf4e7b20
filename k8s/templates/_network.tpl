{{/* Pods with these labels in namespaces with those: one peer, so both must hold. */}}
{{- define "academy.peer" -}}
{namespaceSelector: {matchLabels: {{ toJson .namespace }}}, podSelector: {matchLabels: {{ toJson .pods }}}}
{{- end }}

{{/* Selects parts of this release. Takes root and names. */}}
{{- define "academy.component" -}}
{{- $labels := include "academy.selector" .root | fromYaml -}}
{{- $expression := dict "key" "app.kubernetes.io/component" "operator" "In" "values" .names -}}
{{ toJson (dict "matchLabels" $labels "matchExpressions" (list $expression)) }}
{{- end }}

{{- define "academy.blocks" -}}
{{- $blocks := list -}}
{{- range . }}{{ $blocks = append $blocks (dict "ipBlock" (dict "cidr" .)) }}{{ end -}}
{{ toJson $blocks }}
{{- end }}
