# shellcheck shell=sh
# Finds a Java for the scripts that source this. Reads `release` files and starts nothing, because every `weft` waits for it.

# java_release HOME: sets java_release to the feature release of the Java in HOME; fails where there is none.
java_release() {
  java_release=
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
  while IFS='=' read -r key value; do
    [ "$key" = JAVA_VERSION ] || continue
    value=${value#\"}
    java_release=${value%%[!0-9]*}
  done <"$1/release"
  [ -n "$java_release" ]
}

# find_java RELEASE TOOL: sets java_home to the first Java of at least RELEASE that has bin/TOOL; fails where there is none,
# and java_seen then says which older ones were met.
find_java() {
  java_home=
  java_seen=
  on_path=$(command -v java || :)
  [ -z "$on_path" ] || on_path=$(readlink -f "$on_path" || :)
  on_path=${on_path%/bin/java}
  for candidate in "${JAVA_HOME:-}" "$on_path" \
    /usr/lib/jvm/* /opt/* /opt/java/* /usr/java/* /usr/local/java* /usr/local/jdk* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.asdf/installs/java/* \
    "${HOME:-}"/.local/share/mise/installs/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$candidate" ] && java_release "$candidate" || continue
    if [ "$java_release" -ge "$1" ] && [ -x "$candidate/bin/$2" ]; then
      java_home=$candidate
      return 0
    fi
    case " $java_seen " in *" $java_release "*) ;; *) java_seen="${java_seen:+$java_seen }$java_release" ;; esac
  done
  return 1
}

# need_java RELEASE TOOL: find_java, or one line that says what to do, and the end.
need_java() {
  find_java "$1" "$2" && return 0
  [ "$2" = java ] && kind=Java || kind=JDK
  echo "weft: needs $kind $1 or newer (found: ${java_seen:-none}). Get one from https://adoptium.net, or set JAVA_HOME to one." >&2
  exit 1
}
