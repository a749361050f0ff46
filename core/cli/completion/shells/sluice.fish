# Fish completion of sluice. In this shell: sluice completions fish | source
function __sluice_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l typed (commandline --current-token --cut-at-cursor)
    set -l lines ($words[1] __complete -- $words[2..] "$typed" 2>/dev/null)
    test (count $lines) -gt 0; or return
    set -l directive $lines[-1]
    set -e lines[-1]
    printf '%s\n' $lines
    set -l flag (string match --regex -- '^--[^=]*=' "$typed")
    set -l path (string replace -- "$flag" '' "$typed")
    switch $directive
        case ':0'
            __fish_complete_path "$path" | string replace --regex -- '^' "$flag"
        case ':16'
            __fish_complete_directories "$path" '' | string replace --regex -- '^' "$flag"
    end
end
complete --command sluice --no-files --arguments '(__sluice_complete)'
