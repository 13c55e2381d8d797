package dev.weft.proxy.fuzz;

/** What Jazzer calls with the bytes of one HTTP/2 connection, the preface included. */
public final class Http2Fuzzer {
    private static final int ALL_AT_ONCE = 1 << 20;

    private Http2Fuzzer() {}

    public static void fuzzerTestOneInput(byte[] bytes) {
        RequestPath.http2(bytes, ALL_AT_ONCE);
    }
}
