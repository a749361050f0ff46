# Bash completion of sluice. In this shell: source <(sluice completions bash)
_sluice() {
  # What the shell has split at "=" and ":" is one word of ours. The last one ends at the cursor.
  local rest=${COMP_LINE:0:COMP_POINT} words=() index word
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    if ((index == 0)) || [[ $rest == [[:space:]]* ]]; then
      rest=${rest#"${rest%%[![:space:]]*}"}
      words+=("")
    fi
    ((index < COMP_CWORD)) || word=$rest
    words[-1]+=$word
    rest=${rest#"$word"}
  done

  local typed=${words[-1]} lines=() line
  # Of the last word, the shell replaces what is behind the last sign at which it splits.
  local kept=${typed%"${typed##*[=:]}"}
  mapfile -t lines < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  for line in "${lines[@]}"; do
    case $line in
    :0) compopt -o default ;;
    :16) compopt -o dirnames ;;
    :*) ;;
    *)
      line=${line%%$'\t'*}
      COMPREPLY+=("${line#"$kept"}")
      ;;
    esac
  done
}
complete -F _sluice sluice
