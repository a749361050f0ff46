{{/* The value of the agent's --listen. */}}
{{- define "sluice.listen" -}}
{{- $host := .Values.listen.host -}}
{{- if contains ":" $host }}[{{ $host }}]{{ else }}{{ $host }}{{ end }}:{{ .Values.listen.port }}
{{- end }}

{{/* Host and port of a probe. Without a host, Kubernetes takes the Pod's address, which here is the node's. */}}
{{- define "sluice.probe" -}}
{{- if not (has .Values.listen.host (list "0.0.0.0" "::")) }}
host: {{ .Values.listen.host | quote }}
{{- end }}
port: {{ .Values.listen.port }}
{{- end }}
