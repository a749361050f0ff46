#compdef sluice
# Zsh completion of sluice. In this shell: source <(sluice completions zsh)
_sluice() {
  local -a lines candidates
  local line value description directive
  lines=("${(@f)$("${(Q)words[1]}" __complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  for line in "${lines[@]}"; do
    value=${line%%$'\t'*}
    description=${line#"$value"}
    case $line in
    :*) directive=$line ;;
    ?*) candidates+=("${value//:/\\:}${description:+:${description#$'\t'}}") ;;
    esac
  done
  (( $#candidates == 0 )) || _describe sluice candidates
  [[ $PREFIX != --*=* ]] || compset -P '*='
  case $directive in
  :0) _files ;;
  :16) _path_files -/ ;;
  esac
}
compdef _sluice sluice
# If this is a file in $fpath, the first completion loads it, so it must answer that completion.
[[ $funcstack[1] != _sluice ]] || _sluice
