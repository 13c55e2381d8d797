#!/bin/sh
# Puts the distribution together from jars and src/dist. Called by Maven.
# package.sh JAVA_HOME VERSION JARS train|plain archive|folder
#   JARS is a folder; train makes AOT caches by running what was built; archive makes the tar.gz, too.
set -eu

java_home=$1 version=$2 jars=$3 caches=$4 form=$5
module=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
root=$(dirname -- "$module")
target=$module/target
name=weft-$version
staged=$target/staged/$name
built=$target/$name
# One time for every file: archives of the same sources are the same, and an AOT cache, which remembers the times of the jars it
# was made from, still fits after the archive has been unpacked.
moment='2026-01-01T00:00:00Z'

rm -rf "$target/staged"
mkdir -p "$staged"
cp -R "$module/src/dist/." "$staged/"
cp -R "$jars" "$staged/lib"
cp -R "$root/examples" "$module/README.md" "$module/systemd" "$staged/"
rm -f "$staged/lib/$name-dist"*
"$java_home/bin/java" "$module/src/build/Modernize.java" "$staged"/lib/picocli-*.jar
# Beside the jars, and not only in them: whoever starts would first copy them to /tmp, where no other process shares their pages.
mkdir "$staged/lib/native"
for jar in "$staged"/lib/netty-transport-native-*-linux-*.jar "$staged"/lib/netty-tcnative-*-linux-*.jar; do
  (cd "$staged/lib/native" && "$java_home/bin/jar" -xf "$jar" META-INF/native)
done
mv "$staged"/lib/native/META-INF/native/* "$staged/lib/native/"
rm -r "$staged/lib/native/META-INF"
echo "$version" >"$staged/VERSION"
chmod -R u=rwX,go=rX "$staged"
chmod 755 "$staged/bin/weft" "$staged/libexec/train"
find "$staged" -exec touch -h -d "$moment" {} +

if [ "$caches" = train ]; then
  # A checkout goes on with what there is; what is shipped has learnt all that it should.
  JAVA_HOME=$java_home "$staged/libexec/train" || [ "$form" = folder ]
  find "$staged/lib" -exec touch -h -d "$moment" {} +
fi

# Swapped whole, so that nobody starts half a distribution; processes that run keep the files they have open.
rm -rf "$target/replaced"
[ ! -e "$built" ] || mv "$built" "$target/replaced"
mv "$staged" "$built"
rm -rf "$target/replaced" "$target/staged"

if [ "$form" = archive ]; then
  tar -C "$target" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -cf - "$name" | gzip -n -6 >"$target/$name.tar.gz"
fi
echo "$built" >"$target/distribution"
