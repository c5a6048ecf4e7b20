{{/* What every pod of the platform is allowed: nothing. */}}
{{- define "academy.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
# Variables named after Services would be taken for settings: ACADEMY_PORT=tcp://...
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- end }}

{{- define "academy.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* The variables of every role; secrets come as files. */}}
{{- define "academy.environment" -}}
- {name: ACADEMY_SECRETS, value: /run/secrets/academy}
- {name: ACADEMY_PUBLIC_URL, value: {{ .Values.publicUrl | quote }}}
- {name: ACADEMY_TRUSTED_PROXIES, value: {{ .Values.trustedProxies | quote }}}
- {name: ACADEMY_PROVIDER, value: kubernetes}
- {name: ACADEMY_LABS_DOMAIN, value: {{ include "academy.labsDomain" . | quote }}}
- {name: ACADEMY_INSTALLATION_NAME, value: {{ include "academy.installation" . | quote }}}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/*
The pod of a role. Takes root, role, options (its values), secrets (which of secret, database, broker), and, where they
apply: account, uploads, labs (the description of the cluster), waits (for the database), container (more of it, YAML).
*/}}
{{- define "academy.pod" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "academy.selector" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
    {{- if .uploads }}
    mlops-academy/uploads: "true"
    {{- end }}
    {{- if .account }}
    mlops-academy/judge: "true"
    {{- end }}
    {{- with $root.Values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    mlops-academy/settings: {{ list $root.Values.settings $root.Values.labs | toJson | sha256sum | trunc 16 }}
    {{- with $root.Values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  {{- include "academy.podSecurity" $root | nindent 2 }}
  {{- if .account }}
  serviceAccountName: {{ .account }}
  automountServiceAccountToken: true
  {{- else }}
  serviceAccountName: {{ include "academy.name" $root }}
  automountServiceAccountToken: false
  {{- end }}
  terminationGracePeriodSeconds: {{ .grace | default 30 }}
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  {{- with .options.nodeSelector }}
  nodeSelector: {{ toJson . }}
  {{- end }}
  {{- with .options.tolerations }}
  tolerations: {{ toJson . }}
  {{- end }}
  {{- if and .uploads (eq $root.Values.uploads.accessMode "ReadWriteOnce") }}
  # One node has the volume: all who share it are there.
  affinity:
    podAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        - topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "academy.selector" $root | nindent 14 }}
              mlops-academy/uploads: "true"
  {{- else }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "academy.selector" $root | nindent 10 }}
          app.kubernetes.io/component: {{ .role }}
  {{- end }}
  {{- if .waits }}
  initContainers:
    - name: wait
      {{- include "academy.container" (merge (dict "args" (list "run" "wait" "--seconds" "3600")) .) | nindent 6 }}
      resources:
        requests: {cpu: 20m, memory: 128Mi}
        limits: {memory: 384Mi}
  {{- end }}
  containers:
    - name: {{ .role }}
      {{- include "academy.container" (merge (dict "args" (list "run" .role)) .) | nindent 6 }}
      resources: {{ toJson .options.resources }}
      {{- with .container }}{{ . | nindent 6 }}{{ end }}
  volumes:
    - name: instance
      emptyDir: {sizeLimit: 2Gi}
    - name: tmp
      emptyDir: {sizeLimit: 1Gi}
    - name: secrets
      projected:
        defaultMode: 0440
        sources:
          {{- range .secrets }}
          {{- $place := include (printf "academy.%s" .) $root | splitList "/" }}
          - secret: {name: {{ first $place }}, items: [{key: {{ last $place }}, path: academy_{{ . }}}]}
          {{- end }}
    {{- if .uploads }}
    - name: uploads
      persistentVolumeClaim: {claimName: {{ include "academy.uploads" $root }}}
    {{- end }}
    {{- if .labs }}
    - name: labs
      configMap: {name: {{ include "academy.name" $root }}-labs}
    {{- with $root.Values.labs.pullSecret }}
    - name: registry
      secret: {secretName: {{ . }}, defaultMode: 0440, items: [{key: .dockerconfigjson, path: config.json}]}
    {{- end }}
    {{- end }}
{{- end }}

{{- define "academy.container" -}}
image: {{ include "academy.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{ toJson .args }}
env:
  {{- include "academy.environment" .root | nindent 2 }}
  - {name: ACADEMY_PART, value: {{ .role }}}
  {{- if .labs }}
  - {name: ACADEMY_CLUSTER, value: /run/labs/cluster.yaml}
  {{- end }}
securityContext:
  {{- include "academy.containerSecurity" .root | nindent 2 }}
volumeMounts:
  - {name: instance, mountPath: /data/main}
  - {name: tmp, mountPath: /tmp}
  - {name: secrets, mountPath: /run/secrets/academy, readOnly: true}
  {{- if .uploads }}
  - {name: uploads, mountPath: /data/main/uploads}
  {{- end }}
  {{- if .labs }}
  - {name: labs, mountPath: /run/labs, readOnly: true}
  {{- if .root.Values.labs.pullSecret }}
  - {name: registry, mountPath: /run/registry, readOnly: true}
  {{- end }}
  {{- end }}
{{- end }}
