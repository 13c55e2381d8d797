package dev.weft.proxy.http.h2;

import java.util.Arrays;

/**
 * A header block that is being written: an array, since a block is many writes of a byte or two.
 *
 * <p>Confined to its connection's event loop, and used for all its blocks in turn.
 */
final class HeaderBlock {
    private static final int FIRST_BYTES = 256;

    /** Room that is kept for the next block; a connection may lie idle for an hour after an unusual one. */
    private static final int MOST_KEPT_BYTES = 4 * 1024;

    private byte[] bytes = new byte[FIRST_BYTES];
    private int length;

    /** Begins another block. */
    void clear() {
        length = 0;
        if (bytes.length > MOST_KEPT_BYTES) {
            bytes = new byte[FIRST_BYTES];
        }
    }

    /** Where the block stands from 0 on; changes as it grows. */
    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    void write(int b) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, length * 2);
        }
        bytes[length++] = (byte) b;
    }

    void write(byte[] from, int at, int count) {
        if (count > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length * 2));
        }
        System.arraycopy(from, at, bytes, length, count);
        length += count;
    }
}
