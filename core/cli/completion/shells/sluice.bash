# Bash completion of sluice. In this shell: source <(sluice completions bash)
_sluice() {
  # Bash splits words at "=" and ":". Join these parts again. The last word ends at the cursor.
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
  # Bash replaces only the part of the last word behind its last "=" or ":".
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
