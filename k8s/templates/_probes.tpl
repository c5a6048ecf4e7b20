{{/* Asked by address, where a Host of the platform's own would be refused otherwise. */}}
{{- define "academy.webContainer" -}}
ports:
  - {name: http, containerPort: 8000}
startupProbe:
  httpGet: {path: /livez, port: http, httpHeaders: [{name: Host, value: 127.0.0.1}]}
  periodSeconds: 1
  failureThreshold: 300
  timeoutSeconds: 2
readinessProbe:
  httpGet: {path: /readyz, port: http, httpHeaders: [{name: Host, value: 127.0.0.1}]}
  periodSeconds: 5
  failureThreshold: 3
  timeoutSeconds: 5
livenessProbe:
  httpGet: {path: /livez, port: http, httpHeaders: [{name: Host, value: 127.0.0.1}]}
  periodSeconds: 10
  failureThreshold: 6
  timeoutSeconds: 5
# The proxies hear of it first, then it ends.
lifecycle:
  preStop:
    exec: {command: [sleep, "5"]}
{{- end }}

{{/* A file that is touched while the process turns (worker/pulse.py). Takes the role. */}}
{{- define "academy.pulseContainer" -}}
startupProbe:
  exec: {command: [alive, {{ . }}, "30"]}
  periodSeconds: 2
  failureThreshold: 150
  timeoutSeconds: 5
livenessProbe:
  exec: {command: [alive, {{ . }}, "120"]}
  periodSeconds: 30
  failureThreshold: 3
  timeoutSeconds: 10
{{- end }}

{{- define "academy.exporterContainer" -}}
ports:
  - {name: metrics, containerPort: 9100}
readinessProbe:
  httpGet: {path: /metrics, port: metrics}
  periodSeconds: 10
  timeoutSeconds: 5
livenessProbe:
  tcpSocket: {port: metrics}
  periodSeconds: 30
{{- end }}

{{/* Takes root, role, count: only where one pod can go while another stays. */}}
{{- define "academy.disruption" -}}
{{- if gt (int .count) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "academy.name" .root }}-{{ .role }}
  labels: {{- include "academy.labels" .root | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "academy.selector" .root | nindent 6 }}
      app.kubernetes.io/component: {{ .role }}
{{- end }}
{{- end }}
