package dev.weft.proxy.forward;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;

/** The {@code grpc-timeout} field: at most eight digits and a unit (gRPC over HTTP/2, "Timeout"). Stateless. */
final class GrpcTimeout {
    static final long NONE = -1;

    private static final String UNITS = "numSMH";
    private static final long[] NANOS = {1, 1_000, 1_000_000, 1_000_000_000L, 60_000_000_000L, 3_600_000_000_000L};
    private static final int MAX_DIGITS = 8;
    private static final long MAX_VALUE = 99_999_999;

    /** Seventy years, so that a sum of times does not overflow; eight digits of hours are more. */
    private static final long LONGEST_NANOS = Long.MAX_VALUE / 4;

    private GrpcTimeout() {}

    /** Nanoseconds, or {@link #NONE} where the field is absent or says nothing readable. */
    static long read(Headers headers) {
        int i = headers.indexOf(HeaderName.GRPC_TIMEOUT, 0);
        int digits = i < 0 ? 0 : headers.valueLength(i) - 1;
        if (digits < 1 || digits > MAX_DIGITS) {
            return NONE;
        }
        byte[] bytes = headers.array();
        int at = headers.valueOffset(i);
        long value = 0;
        for (int k = 0; k < digits; k++) {
            int digit = bytes[at + k] - '0';
            if (digit < 0 || digit > 9) {
                return NONE;
            }
            value = value * 10 + digit;
        }
        int unit = UNITS.indexOf(bytes[at + digits]);
        if (unit < 0) {
            return NONE;
        }
        return value > LONGEST_NANOS / NANOS[unit] ? LONGEST_NANOS : value * NANOS[unit];
    }

    /** Writes what is left, rounded down to the finest unit that has room for it. */
    static void write(Headers headers, long nanos) {
        long left = Math.max(nanos, 1);
        for (int unit = 0; unit < NANOS.length; unit++) {
            if (left / NANOS[unit] <= MAX_VALUE) {
                headers.set(HeaderName.GRPC_TIMEOUT, Long.toString(left / NANOS[unit]) + UNITS.charAt(unit));
                return;
            }
        }
    }
}
