# shellcheck shell=sh
# What ./weft and ./verify share: whether the distribution is older than its sources, who may build, and how. Expects $root.

. "$root/deploy/src/dist/libexec/java-home.sh"

target=$root/deploy/target
# Its text is the distribution's folder, its time is when that build began.
stamp=$target/distribution
modules='proto api control-plane/xds-server control-plane/server data-plane/balance data-plane/proxy data-plane/sidecar cli deploy/demo deploy'

# Whether something that goes into the distribution has changed since it was built. A file that went away changes its folder.
stale() {
  [ -s "$stamp" ] || return 0
  read -r home <"$stamp"
  [ -x "$home/bin/weft" ] || return 0
  set -- "$root/pom.xml" "$root/examples"
  for module in $modules; do
    set -- "$@" "$root/$module/pom.xml" "$root/$module/src"
  done
  [ -n "$(find "$@" -path '*/src/test' -prune -o -newer "$stamp" -print 2>/dev/null | head -n 1)" ]
}

# One line that says what to do, where there is no Maven.
need_maven() {
  maven=$(command -v mvn || :)
  for candidate in /usr/share/maven/bin/mvn /opt/*maven*/bin/mvn "${HOME:-}"/.sdkman/candidates/maven/current/bin/mvn; do
    [ -z "$maven" ] && [ -x "$candidate" ] && maven=$candidate
  done
  [ -n "$maven" ] && return 0
  echo "weft: needs Maven 3.8 or newer to build itself. Get it with: apt-get install maven" >&2
  exit 1
}

# locked COMMAND...: runs it while nobody else builds in this checkout.
locked() {
  mkdir -p "$target"
  exec 9>"$target/build.lock"
  if command -v flock >/dev/null && ! flock -n 9; then
    echo "weft: another build is running here, waiting for it" >&2
    flock 9
  fi
  outcome=0
  "$@" || outcome=$?
  exec 9>&-
  return "$outcome"
}

# Builds the distribution, without the gates. Says on a terminal how far it is; Maven's words are in build.log.
build() {
  stale || return 0
  log=$target/build.log
  began=$target/build.began
  touch "$began"
  JAVA_HOME=$java_home "$maven" -B -ntp -f "$root/pom.xml" -Pquick -pl deploy -am package >"$log" 2>&1 9>&- &
  building=$!
  # A job of a script does not hear Ctrl-C by itself.
  trap 'kill "$building" 2>/dev/null; wait "$building"; exit 130' INT TERM HUP
  [ -t 2 ] || echo "weft: building (once; see $log)" >&2
  seconds=0
  while kill -0 "$building" 2>/dev/null; do
    if [ -t 2 ]; then
      step=$(sed -n 's/^\[INFO\] Building \(.*\) [0-9][^ ]* *\(\[.*\]\)$/\1 \2/p' "$log" | tail -n 1)
      printf '\rweft: building %s, %d s\033[K' "$step" "$((seconds / 2))" >&2
    fi
    seconds=$((seconds + 1))
    sleep 0.5
  done
  trap - INT TERM HUP
  [ ! -t 2 ] || printf '\r\033[K' >&2
  if ! wait "$building"; then
    grep '^\[ERROR\]' "$log" | head -n 20 >&2 || tail -n 20 "$log" >&2
    echo "weft: the build failed; all of it is in $log" >&2
    exit 1
  fi
  touch -r "$began" "$stamp"
}
