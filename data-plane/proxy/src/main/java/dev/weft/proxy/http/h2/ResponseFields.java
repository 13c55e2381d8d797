package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.Headers;

/** The fields of a response (RFC 9113, section 8.3.2). Confined to its connection's event loop. */
final class ResponseFields extends IncomingFields {
    private static final byte[] STATUS = ascii(":status");

    private int status;

    ResponseFields(int maxListBytes, int maxFields) {
        super(maxListBytes, maxFields);
    }

    @Override
    void begin(Headers target) {
        super.begin(target);
        status = 0;
    }

    @Override
    void end() {
        super.end();
        if (status == 0) {
            fault(":status missing");
        } else if (status == 101) {
            fault(":status 101, which HTTP/2 does not have");
        }
    }

    int status() {
        return status;
    }

    @Override
    void pseudo(byte[] name, int nameAt, int nameLength, byte[] value, int valueAt, int valueLength) {
        if (!is(name, nameAt, nameLength, STATUS)) {
            fault("unknown pseudo-header field");
        } else if (status != 0) {
            fault(":status twice");
        } else {
            status = number(value, valueAt, valueLength);
            if (status < 100 || status > 599) {
                fault(":status that is none");
            }
        }
    }

    @Override
    void host(byte[] value, int valueAt, int valueLength) {
        // Means nothing in a response, and is left out.
    }

    private static int number(byte[] value, int at, int length) {
        if (length != 3) {
            return -1;
        }
        int number = 0;
        for (int i = at; i < at + 3; i++) {
            int digit = value[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }
}
