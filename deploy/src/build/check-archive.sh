#!/bin/sh
# Unpacks the archive where it cannot be written to, and uses it from another folder as a user without rights. Called by Maven.
# check-archive.sh JAVA_HOME ARCHIVE
set -eu

java_home=$1 archive=$2
place=$(mktemp -d /tmp/weft-archive.XXXXXX)
running=
clean() {
  [ -z "$running" ] || kill $running 2>/dev/null || :
  wait
  chmod -R u+w "$place"
  rm -rf "$place"
}
trap clean EXIT
trap 'exit 130' INT TERM HUP
fail() {
  echo "check-archive: $*" >&2
  tail -n 20 "$place"/home/*.log >&2 2>/dev/null || :
  exit 1
}

chmod 755 "$place"
mkdir "$place/an odd folder" "$place/home"
tar -xzf "$archive" -C "$place/an odd folder"
chmod -R a-w "$place/an odd folder"
dist=$(echo "$place/an odd folder"/weft-*)
export HOME="$place/home" JAVA_HOME="$java_home"

# Rights are taken from root only, who has them all; and only where nobody may run this Java.
user=
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  user='setpriv --reuid=65534 --regid=65534 --clear-groups'
  chown 65534:65534 "$HOME"
  $user "$java_home/bin/java" -version >/dev/null 2>&1 || {
    echo "check-archive: NOTE: nobody cannot run $java_home, so root does" >&2
    user=
  }
fi
cd /

# start NAME ARGUMENTS...: a role in the background; returns once it serves.
start() {
  name=$1
  shift
  # shellcheck disable=SC2086 # The user is words.
  $user "$dist/bin/weft" "$@" --ready-file "$HOME/$name.ready" >"$HOME/$name.log" 2>&1 &
  running="$running $!"
  tries=0
  until [ -s "$HOME/$name.ready" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] && kill -0 $! 2>/dev/null || fail "$name does not serve"
    sleep 0.1
  done
}

weft() {
  # shellcheck disable=SC2086 # The user is words.
  $user "$dist/bin/weft" "$@"
}

weft version | grep -q "^weft $(cat "$dist/VERSION") " || fail "not the version in VERSION"
start control-plane control-plane --data "$HOME/data" --listen 127.0.0.1:0 --admin 127.0.0.1:0
server=$(sed 's/.*"listen": *"\([^"]*\)".*/\1/' "$HOME/control-plane.ready")
start sidecar sidecar --control-plane "$server" --service client --outbound 127.0.0.1:0 --admin 127.0.0.1:0
weft apply --server "$server" -f "$dist/examples/mesh.yaml" --wait >"$HOME/apply.log" 2>&1 || fail "apply"
grep -q '^live on 1/1 sidecar' "$HOME/apply.log" || fail "not live"
[ "$(weft get --server "$server" routes -o name)" = route/web ] || fail "the route is not there"
