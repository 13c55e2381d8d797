package dev.weft.proxy.fuzz;

/** What Jazzer calls with the bytes of one HTTP/1 connection. */
public final class Http1Fuzzer {
    private static final int ALL_AT_ONCE = 1 << 20;

    private Http1Fuzzer() {}

    public static void fuzzerTestOneInput(byte[] bytes) {
        RequestPath.http1(bytes, ALL_AT_ONCE);
    }
}
