#!/bin/sh
# Sluice in one file. Behind the last line of this script are the Deno runtime and the program, compressed. They are
# unpacked once, into a folder where nobody else can write, and then this process becomes them. docs/binary.md tells more.
# Made by scripts/build, which fills in what stands between @s. No here-documents: some shells need a writable /tmp for them.

id=@ID@
# NAME:SHA256:BYTES FROM THE END OF THIS FILE:BYTES, each packed by gzip
packed='@PACKED@'
names='@NAMES@'
# Of this version and of earlier ones: enough to go back, and for agents that have not been started again yet.
versions_kept=3
# Who has unpacked for longer than this is stopped, or stuck. Seconds.
longest_unpacking=60

me=$(id -u)
case $0 in
/*) self=$0 ;;
*) self=$PWD/$0 ;;
esac

# In a user namespace the host's root, like everybody whom the namespace does not know, is the overflow user.
unknown=0
{ read -r _ _ known </proc/self/uid_map; } 2>/dev/null || known=4294967295
[ "$known" = 4294967295 ] || unknown=$(cat /proc/sys/kernel/overflowuid)

is_trusted() { # the user id $1
  case $1 in
  0 | "$me" | "$unknown") ;;
  *) return 1 ;;
  esac
}

# Whether nobody but root and ourselves can change the folder $1, an absolute path without links, or one above it.
is_private() {
  path=$1
  set -- "$path"
  while [ "$path" != / ]; do
    path=${path%/*}
    path=${path:-/}
    set -- "$@" "$path"
  done
  for owner_and_mode in $(stat -c %u:%a "$@" 2>/dev/null || echo missing); do
    is_trusted "${owner_and_mode%:*}" || return
    case $owner_and_mode in
    *:[1357]???) ;; # sticky: others can add to it, but neither rename nor remove
    *[2367] | *[2367]?) return 1 ;;
    esac
  done
}

# Changes with every change of a file, also with one that keeps its size and its time of modification.
fingerprint() {
  # shellcheck disable=SC2086 # one word per file
  TZ=UTC0 stat -c '%n %i %s %z' $names 2>/dev/null
}

is_unchanged() { # since it was verified
  [ -s stamp ] && [ "$(fingerprint)" = "$(cat stamp)" ]
} 2>/dev/null

is_right() { # the file $2, to be one of those that are packed: $1
  sha256=${1#*:}
  [ "$(sha256sum <"$2")" = "${sha256%%:*}  -" ]
} 2>/dev/null

is_right_throughout() {
  for file in $packed; do is_right "$file" "${file%%:*}" || return; done
  starts >/dev/null 2>&1
}

starts() {
  ./sluice --version
}

# Prints the folder of the cache $1 if it can be trusted and the check $2 holds in it.
ready_folder() (
  cd -P "$1/sluice-$id" 2>/dev/null && [ -x sluice ] && is_private "$(pwd -P)" && "$2" && pwd -P
)

refuse() { # why this cache is not used
  echo "$1"
  exit 1
}

# Unpacks into the cache $1, or mends what is damaged there. Prints why it cannot.
unpack() (
  umask 022
  exec 2>&1
  [ ! -L "$1" ] || is_trusted "$(stat -c %u "$1")" || refuse "it is another user's link"
  base=$1
  until [ -d "$base" ]; do
    base=${base%/*}
    base=${base:-/}
  done
  is_private "$(cd -P "$base" && pwd -P)" || refuse "$base can be changed by other users"
  mkdir -p "$1/sluice-$id" && cd -P "$1/sluice-$id" || exit 1
  here=$(pwd -P)
  is_private "$here" || refuse "it can be changed by other users"
  trap 'rm -f "$here/new.$$".*; rmdir "$here" 2>/dev/null' EXIT
  can_execute || refuse "nothing can be executed there"
  # Who comes while another unpacks waits, and finds it done. Without flock(1), or after a long time, each does it for
  # itself, with the same end. Nobody else can open the file, so nobody else can hold the lock.
  if command -v flock >/dev/null && (umask 077 && : >>lock) && exec 9>>lock && timeout "$longest_unpacking" flock 9; then
    is_unchanged && exit
    rm -f new.*
  fi
  for file in $packed; do unpack_file "$file"; done
  starts >/dev/null || refuse "the runtime does not start: it is for @PLATFORM@"
  # What the runtime compiles is kept there: for us alone, whatever the umask is.
  mkdir -p -m 700 deno
  fingerprint >"new.$$.stamp" && mv -f "new.$$.stamp" stamp || exit 1
  cd .. && for old in $(ls -dt sluice-???????????????? | tail -n "+$((versions_kept + 1))"); do rm -rf "./$old"; done
  exit 0
)

can_execute() { # files of the working folder
  probe=./probe.$$
  { printf '#!/bin/sh\n' >"$probe" && chmod 755 "$probe"; } 2>/dev/null || refuse "nothing can be written there"
  "$probe" 2>/dev/null
  set -- $?
  rm -f "$probe"
  return "$1"
}

unpack_file() { # NAME:SHA256:BYTES FROM THE END:BYTES
  name=${1%%:*} length=${1##*:} offset=${1%:*}
  is_right "$1" "$name" && return
  tail -c "${offset##*:}" "$self" | head -c "$length" | gzip -dc >"new.$$.$name" || refuse "cannot unpack $name"
  is_right "$1" "new.$$.$name" || refuse "$self is damaged"
  chmod 755 "new.$$.$name" && mv -f "new.$$.$name" "$name" || exit 1
}

# Prints the folder in which everything is, unpacked if it was not.
folder() {
  if [ -n "${SLUICE_CACHE:-}" ]; then
    case $SLUICE_CACHE in
    /*) set -- "$SLUICE_CACHE" ;;
    *) set -- "$PWD/$SLUICE_CACHE" ;;
    esac
  else
    set -- /var/cache/sluice /run/sluice "/tmp/sluice-$me"
    home=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
    [ -z "$home" ] || set -- "$home/sluice" "$@"
  fi
  for cache; do ready_folder "$cache" is_unchanged && return; done
  reasons=
  for cache; do
    reason=$(unpack "$cache") && ready_folder "$cache" is_unchanged && return
    # Of an image, say, in which nothing can be written and files have other times; or without flock(1), just now.
    ready_folder "$cache" is_right_throughout && return
    reasons="$reasons
  $cache: $(printf %s "$reason" | tr -s '\n' ' ')"
  done
  echo "sluice: Cannot unpack $self: there is no folder for it; set SLUICE_CACHE to one$reasons" >&2
  return 1
}

folder=$(folder) || exit 1
export DENO_DIR="$folder/deno" DENO_NO_UPDATE_CHECK=1
exec "$folder/sluice" run @FLAGS@ "$folder/main.js" "$@"
