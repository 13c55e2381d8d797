package dev.weft.proxy.listener;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Puts a ClientHello together from the TLS records that it comes in (RFC 8446, section 5.1), without consuming them. It looks at
 * each byte once, however they are cut up.
 *
 * <p>It is TLS where the first six bytes are those of a handshake record with a ClientHello; the first byte that cannot be one of
 * them tells that it is not. From there on everything must be as the RFC has it: to guess at what is broken could give
 * a connection to a chain for another name than the server behind it would read.
 *
 * <p>Confined to one connection's event loop.
 */
final class ClientHelloReader {
    /** Of records up to the end of the hello, as in Envoy; browsers send less than 2 KiB. */
    static final int MAX_BYTES = 16 * 1024;

    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int VERSION_3 = 3;
    private static final int HIGHEST_MINOR = 4;
    private static final int RECORD_HEADER = 5;
    private static final int MESSAGE_HEADER = 4;

    /** Of the next record's header, behind the reader index. */
    private int record;

    private byte[] message = {};
    private boolean isTls;

    /** It is none, and began as one. */
    static final class BadHello extends Exception {
        private static final long serialVersionUID = 1L;

        private final ChainFailures.Reason reason;

        BadHello(ChainFailures.Reason reason) {
            super(reason.label(), null, false, false);
            this.reason = reason;
        }

        ChainFailures.Reason reason() {
            return reason;
        }
    }

    /**
     * @param in everything from the connection's first byte on
     * @return null where more is needed
     */
    @Nullable
    ClientHello read(ByteBuf in) throws BadHello {
        if (!isTls) {
            int alike = alike(in);
            if (alike < 0) {
                return ClientHello.NONE;
            }
            if (alike <= RECORD_HEADER) {
                return null;
            }
            isTls = true;
        }
        while (takeRecord(in)) {
            int length = messageLength();
            if (message.length >= length) {
                return ClientHelloParser.parse(message, MESSAGE_HEADER, length);
            }
        }
        return null;
    }

    /** How many of the first six bytes are here and are as in TLS; -1 where one is not. */
    private static int alike(ByteBuf in) {
        int count = Math.min(in.readableBytes(), RECORD_HEADER + 1);
        for (int i = 0; i < count; i++) {
            int octet = in.getUnsignedByte(in.readerIndex() + i);
            boolean fits = switch (i) {
                case 0 -> octet == HANDSHAKE;
                case 1 -> octet == VERSION_3;
                case 2 -> octet <= HIGHEST_MINOR;
                case RECORD_HEADER -> octet == CLIENT_HELLO;
                default -> true; // of the length, which is checked as that of every record
            };
            if (!fits) {
                return -1;
            }
        }
        return count;
    }

    /** Appends the next record to the message, if it is here. */
    private boolean takeRecord(ByteBuf in) throws BadHello {
        int at = in.readerIndex() + record;
        if (in.readableBytes() < record + RECORD_HEADER) {
            return false;
        }
        int length = in.getUnsignedShort(at + 3);
        if (in.getUnsignedByte(at) != HANDSHAKE
                || in.getUnsignedByte(at + 1) != VERSION_3
                || in.getUnsignedByte(at + 2) > HIGHEST_MINOR
                || length == 0) {
            throw new BadHello(ChainFailures.Reason.MALFORMED);
        }
        if (record + RECORD_HEADER + length > MAX_BYTES) {
            throw new BadHello(ChainFailures.Reason.TOO_LARGE);
        }
        if (in.readableBytes() < record + RECORD_HEADER + length) {
            return false;
        }
        int before = message.length;
        message = Arrays.copyOf(message, before + length);
        in.getBytes(at + RECORD_HEADER, message, before, length);
        record += RECORD_HEADER + length;
        return true;
    }

    /** With its header; a hello that says it is larger than can be is not waited for. */
    private int messageLength() throws BadHello {
        if (message.length < MESSAGE_HEADER) {
            return MESSAGE_HEADER;
        }
        int length = MESSAGE_HEADER + (((message[1] & 0xff) << 16) | ((message[2] & 0xff) << 8) | (message[3] & 0xff));
        if (length > MAX_BYTES) {
            throw new BadHello(ChainFailures.Reason.TOO_LARGE);
        }
        return length;
    }
}
