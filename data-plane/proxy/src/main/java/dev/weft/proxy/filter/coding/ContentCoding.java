package dev.weft.proxy.filter.coding;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.Encoder;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.compression.BrotliDecompressor;
import io.netty.handler.codec.compression.BrotliEncoder;
import io.netty.handler.codec.compression.Decompressor;
import io.netty.handler.codec.compression.JdkZlibDecompressor;
import io.netty.handler.codec.compression.JdkZlibEncoder;
import io.netty.handler.codec.compression.ZlibWrapper;
import io.netty.handler.codec.compression.ZstdDecompressor;
import io.netty.handler.codec.compression.ZstdEncoder;
import org.jspecify.annotations.Nullable;

/** A content coding that is spoken here. The native libraries of brotli and zstd are loaded when first used. */
public enum ContentCoding {
    GZIP("gzip", 6, 1, 9),
    BROTLI("br", 3, 0, 11),
    ZSTD("zstd", 3, 1, 19);

    private static final int ZSTD_BLOCK_BYTES = 64 * 1024;
    private static final int MAX_CHUNK_BYTES = 64 * 1024;

    /** 8 MiB: no window of a stranger's may take more (RFC 9659). */
    private static final int MAX_WINDOW_LOG = 23;

    private final String token;
    private final int defaultLevel;
    private final int minLevel;
    private final int maxLevel;

    ContentCoding(String token, int defaultLevel, int minLevel, int maxLevel) {
        this.token = token;
        this.defaultLevel = defaultLevel;
        this.minLevel = minLevel;
        this.maxLevel = maxLevel;
    }

    /** Its name in {@code Content-Encoding}. */
    public String token() {
        return token;
    }

    public int defaultLevel() {
        return defaultLevel;
    }

    /** The coding of that name; null where it is none of ours. */
    public static @Nullable ContentCoding of(String name) {
        for (ContentCoding coding : values()) {
            if (coding.token.equalsIgnoreCase(name) || (coding == GZIP && name.equalsIgnoreCase("x-gzip"))) {
                return coding;
            }
        }
        return null;
    }

    /**
     * @throws IllegalArgumentException where the level is none of this coding
     */
    public void checkLevel(int level) {
        if (level < minLevel || level > maxLevel) {
            throw new IllegalArgumentException(
                    token + " level: " + level + " (expected: " + minLevel + " to " + maxLevel + ")");
        }
    }

    /** A new encoder for one body, into which plain bytes are written; what comes out after a flush is complete so far. */
    BodyEncoder encoder(int level) {
        return new BodyEncoder(new EmbeddedChannel(
                switch (this) {
                    case GZIP -> new JdkZlibEncoder(ZlibWrapper.GZIP, level);
                    case BROTLI -> {
                        Brotli4jLoader.ensureAvailability();
                        yield new BrotliEncoder(new Encoder.Parameters().setQuality(level));
                    }
                    case ZSTD -> new ZstdEncoder(level, ZSTD_BLOCK_BYTES, ZSTD_BLOCK_BYTES * 2);
                }));
    }

    Decompressor decompressor(ByteBufAllocator allocator) {
        return switch (this) {
            case GZIP ->
                JdkZlibDecompressor.builder()
                        .wrapper(ZlibWrapper.GZIP)
                        .decompressConcatenated(true)
                        .maxAllocation(MAX_CHUNK_BYTES)
                        .build(allocator);
            case BROTLI -> {
                Brotli4jLoader.ensureAvailability();
                yield BrotliDecompressor.builder()
                        .maxOutputChunkSize(MAX_CHUNK_BYTES)
                        .build(allocator);
            }
            case ZSTD -> ZstdDecompressor.builder().maxWindowLog(MAX_WINDOW_LOG).build(allocator);
        };
    }
}
