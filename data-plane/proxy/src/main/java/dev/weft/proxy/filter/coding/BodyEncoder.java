package dev.weft.proxy.filter.coding;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;

/** Compresses one body as it comes. Confined to an event loop; {@link #close} is owed. */
public final class BodyEncoder implements AutoCloseable {
    private final EmbeddedChannel channel;

    BodyEncoder(EmbeddedChannel channel) {
        this.channel = channel;
    }

    public static BodyEncoder of(ContentCoding coding, int level) {
        return coding.encoder(level);
    }

    /**
     * Whatever is put in can be decoded from what has come out, so that a stream of events is not held back.
     *
     * @param data is taken
     * @return owned by the caller
     */
    public ByteBuf encode(ByteBuf data, boolean end) {
        if (data.isReadable()) {
            channel.writeOutbound(data);
        } else {
            data.release();
        }
        if (end) {
            channel.finish();
        }
        return output();
    }

    private ByteBuf output() {
        ByteBuf first = channel.readOutbound();
        if (first == null) {
            return Unpooled.EMPTY_BUFFER;
        }
        ByteBuf second = channel.readOutbound();
        if (second == null) {
            return first;
        }
        CompositeByteBuf all = channel.alloc().compositeBuffer(Integer.MAX_VALUE);
        all.addComponent(true, first);
        for (ByteBuf next = second; next != null; next = channel.readOutbound()) {
            all.addComponent(true, next);
        }
        return all;
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
    }
}
