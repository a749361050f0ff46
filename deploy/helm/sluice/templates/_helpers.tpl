{{/* As the agent's --listen takes it. */}}
{{- define "sluice.listen" -}}
{{- $host := .Values.listen.host -}}
{{- if contains ":" $host }}[{{ $host }}]{{ else }}{{ $host }}{{ end }}:{{ .Values.listen.port }}
{{- end }}

{{/* What a probe asks. Without a host it is the Pod's address, which is the node's. */}}
{{- define "sluice.probe" -}}
{{- if not (has .Values.listen.host (list "0.0.0.0" "::")) }}
host: {{ .Values.listen.host | quote }}
{{- end }}
port: {{ .Values.listen.port }}
{{- end }}
