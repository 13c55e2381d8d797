package dev.weft.proxy.filter.coding;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.compression.Decompressor;
import io.netty.handler.codec.compression.Decompressor.Status;

/**
 * Decompresses one body as it comes. A few bytes that become very many are an attack on memory rather than a body: what grows
 * beyond {@link #MAX_RATIO} is refused.
 *
 * <p>Confined to an event loop; {@link #close} is owed.
 */
public final class BodyDecoder implements AutoCloseable {
    private static final int MAX_RATIO = 100;
    private static final int FREE_BYTES = 1024 * 1024;

    private final ByteBufAllocator allocator;
    private final Decompressor decompressor;
    private long taken;
    private long given;

    private BodyDecoder(ByteBufAllocator allocator, Decompressor decompressor) {
        this.allocator = allocator;
        this.decompressor = decompressor;
    }

    public static BodyDecoder of(ContentCoding coding, ByteBufAllocator allocator) {
        return new BodyDecoder(allocator, coding.decompressor(allocator));
    }

    /**
     * @param data is taken
     * @return owned by the caller
     * @throws DecompressionException where it is not what it claims to be, ends too early or grows too much
     */
    public ByteBuf decode(ByteBuf data, boolean end) {
        taken += data.readableBytes();
        CompositeByteBuf plain = allocator.compositeBuffer(Integer.MAX_VALUE);
        try {
            if (data.isReadable() && decompressor.status() != Status.COMPLETE) {
                decompressor.addInput(data);
            } else {
                data.release();
            }
            drain(plain);
            if (end && taken > 0 && decompressor.status() != Status.COMPLETE) {
                decompressor.endOfInput();
                drain(plain);
                if (decompressor.status() != Status.COMPLETE) {
                    throw new DecompressionException("it ends too early");
                }
            }
            return plain;
        } catch (Throwable e) { // an Error too: out of memory, or of a native library
            plain.release();
            throw e;
        }
    }

    private void drain(CompositeByteBuf plain) {
        while (decompressor.status() == Status.NEED_OUTPUT) {
            ByteBuf output = decompressor.takeOutput();
            given += output.readableBytes();
            plain.addComponent(true, output);
            if (given > FREE_BYTES && given / MAX_RATIO > taken) {
                throw new DecompressionException("it grows more than " + MAX_RATIO + " times");
            }
        }
    }

    @Override
    public void close() {
        decompressor.close();
    }
}
