package dev.weft.proxy.fuzz;

/** What Jazzer calls with the bytes of one HTTP/1 connection from an origin. */
public final class Http1ResponseFuzzer {
    private static final int ALL_AT_ONCE = 1 << 20;

    private Http1ResponseFuzzer() {}

    public static void fuzzerTestOneInput(byte[] bytes) {
        ResponsePath.http1(bytes, ALL_AT_ONCE);
    }
}
