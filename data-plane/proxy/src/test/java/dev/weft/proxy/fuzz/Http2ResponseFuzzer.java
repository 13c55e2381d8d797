package dev.weft.proxy.fuzz;

/** What Jazzer calls with the bytes of one HTTP/2 connection from an origin. */
public final class Http2ResponseFuzzer {
    private static final int ALL_AT_ONCE = 1 << 20;

    private Http2ResponseFuzzer() {}

    public static void fuzzerTestOneInput(byte[] bytes) {
        ResponsePath.http2(bytes, ALL_AT_ONCE);
    }
}
