#!/bin/sh
# Sluice in one file. Behind the last line of this script are the Deno runtime and the program, compressed. The script unpacks
# them once, into a folder where no other user can write, and then runs them by exec. docs/binary.md tells more.
# scripts/build makes this file and fills in the words between two @. The script uses no here-documents, because some shells
# need a writable /tmp for them.

id=@ID@
# For each file packed by gzip, NAME:SHA256:POSITION:LENGTH. POSITION is counted in bytes from the end of this file.
packed='@PACKED@'
names='@NAMES@'
# How many versions stay unpacked. Earlier ones serve to go back, and for agents that have not been restarted yet.
versions_kept=3
# Seconds. A process that unpacks for longer than this is stopped or stuck.
longest_unpacking=60

me=$(id -u)
case $0 in
/*) self=$0 ;;
*) self=$PWD/$0 ;;
esac

# In a user namespace, all users that it does not map appear as one, the overflow user: the host's root, other users, and
# perhaps this one. So that id proves nothing. It stays empty where all users are mapped.
unknown=
read -r _ _ known 2>/dev/null </proc/self/uid_map || known=
[ "$known" = 4294967295 ] || unknown=$(cat /proc/sys/kernel/overflowuid 2>/dev/null || echo 65534)

is_trusted() { # Whether the owner of $3, whose id is $1 and whose mode is $2, is root or the present user
  case $1 in
  "$unknown") is_system_folder "$3" || chmod "$2" "$3" ;; # Only its owner can set the mode: chmod(2)
  0 | "$me") ;;
  *) return 1 ;;
  esac
} 2>/dev/null

is_system_folder() { # Whether only root makes such a folder, wherever the program runs
  case $1 in
  / | /tmp | /var | /var/tmp | /var/cache | /run | /home) ;;
  *) return 1 ;;
  esac
}

# Whether only root and the present user can change the folder $1 and the folders above it. $1 is absolute and without links.
is_private() {
  path=$1
  set -- "$path"
  while [ "$path" != / ]; do
    path=${path%/*}
    path=${path:-/}
    set -- "$@" "$path"
  done
  for owner_and_mode in $(stat -c %u:%a "$@" 2>/dev/null || echo missing); do
    is_trusted "${owner_and_mode%:*}" "${owner_and_mode#*:}" "$1" || return
    shift
    case $owner_and_mode in
    *:[1357]???) ;; # Sticky: other users can add files, but cannot rename or remove those of this user
    *[2367] | *[2367]?) return 1 ;;
    esac
  done
}

# A text that changes with every change of a file, even if the file keeps its size and its time of modification.
fingerprint() {
  # shellcheck disable=SC2086 # one word per file
  TZ=UTC0 stat -c '%n %i %s %z' $names 2>/dev/null
}

is_unchanged() { # Whether no file has changed since all of them were verified
  [ -s stamp ] && [ "$(fingerprint)" = "$(cat stamp)" ]
} 2>/dev/null

is_right() { # Whether the file $2 has the hash of the packed file $1
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

is_own_link() { # Whether the link $1 is root's or the present user's
  owner=$(stat -c %u "$1")
  [ "$owner" != "$unknown" ] && is_trusted "$owner" "" "$1"
}

refuse() { # Prints why this cache is not used, and ends the attempt
  echo "$1"
  exit 1
}

# Unpacks into the cache $1, or replaces damaged files there. If it cannot, it prints the reason.
unpack() (
  umask 022
  exec 2>&1
  [ ! -L "$1" ] || is_own_link "$1" || refuse "it is another user's link"
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
  # If another process unpacks just now, this one waits for it. Without flock(1), or after a long time, both unpack, with the
  # same result. No other user can open the lock's file, so no other user can hold the lock.
  if command -v flock >/dev/null && (umask 077 && : >>lock) && exec 9>>lock && timeout "$longest_unpacking" flock 9; then
    is_unchanged && exit
    rm -f new.*
  fi
  for file in $packed; do unpack_file "$file"; done
  starts >/dev/null || refuse "the runtime does not start: it is for @PLATFORM@"
  # The runtime keeps compiled code there. Only the present user may read it, whatever the umask is.
  mkdir -p -m 700 deno
  fingerprint >"new.$$.stamp" && mv -f "new.$$.stamp" stamp || exit 1
  cd .. && for old in $(ls -dt sluice-???????????????? | tail -n "+$((versions_kept + 1))"); do rm -rf "./$old"; done
  exit 0
)

can_execute() { # Whether files in the working folder can be executed
  probe=./probe.$$
  { printf '#!/bin/sh\n' >"$probe" && chmod 755 "$probe"; } 2>/dev/null || refuse "nothing can be written there"
  "$probe" 2>/dev/null
  set -- $?
  rm -f "$probe"
  return "$1"
}

unpack_file() { # $1 is NAME:SHA256:POSITION:LENGTH
  name=${1%%:*} length=${1##*:} offset=${1%:*}
  is_right "$1" "$name" && return
  tail -c "${offset##*:}" "$self" | head -c "$length" | gzip -dc >"new.$$.$name" || refuse "cannot unpack $name"
  is_right "$1" "new.$$.$name" || refuse "$self is damaged"
  chmod 755 "new.$$.$name" && mv -f "new.$$.$name" "$name" || exit 1
}

# Prints the folder that holds all files. Unpacks them before if necessary.
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
    # Verify every file if the stamp does not fit and cannot be renewed, e.g. in a read-only image whose files have other times,
    # or if two processes unpack without flock(1).
    ready_folder "$cache" is_right_throughout && return
    reasons="$reasons
  $cache: $(printf %s "$reason" | tr -s '\n' ' ')"
  done
  echo "sluice: Cannot unpack $self: there is no folder for it; set SLUICE_CACHE to one$reasons" >&2
  return 1
}

folder=$(folder) || exit 1
# glibc: one heap for all threads of the runtime, which do little beside the first one. What V8's compilers take, in pieces of
# up to 32 KiB, is given back when they are done: with the usual thresholds it would stay, as holes between small pieces.
export MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=16384 MALLOC_TRIM_THRESHOLD_=32768 MALLOC_TOP_PAD_=16384
export DENO_DIR="$folder/deno" DENO_NO_UPDATE_CHECK=1
# By which name it was called, for the texts of help: a link kubectl-sluice makes it a plugin of kubectl.
export SLUICE_CALLED_AS="$0"
# V8's cache of compiled code lets a command begin 0.1 s sooner. An agent starts seldom, and would keep 3 MB for it.
code_cache=
[ "${1:-}" != agent ] || code_cache=--no-code-cache
exec "$folder/sluice" run @FLAGS@ $code_cache "$folder/main.js" "$@"
