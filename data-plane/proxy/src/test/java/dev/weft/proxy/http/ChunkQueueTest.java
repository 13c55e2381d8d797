package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A body that waits comes out as it went in, and takes little more room than its bytes. */
final class ChunkQueueTest {
    @Test
    void aBodyOfSingleBytesTakesFewBuffersAndPinsNoneThatItCameIn() {
        ByteBuf read = UnpooledByteBufAllocator.DEFAULT.buffer().writeZero(10_000);
        ChunkQueue queue = new ChunkQueue(4);
        for (int i = 0; i < 10_000; i++) {
            queue.add(read.readRetainedSlice(1));
        }
        assertThat(read.refCnt()).isEqualTo(1 + 4);
        int chunks = 0;
        for (ByteBuf chunk = queue.poll(); chunk != null; chunk = queue.poll()) {
            chunks++;
            chunk.release();
        }
        assertThat(chunks).isEqualTo(4 + 5);
        assertThat(read.refCnt()).isEqualTo(1);
        read.release();
    }

    @Test
    void whatWasTakenIsPutBackInFront() {
        ChunkQueue taken = new ChunkQueue(1);
        ChunkQueue queue = new ChunkQueue(1);
        taken.add(bytes("a"));
        taken.add(bytes("b"));
        taken.add(bytes("c"));
        queue.add(bytes("d"));
        queue.putBack(taken);
        taken.add(bytes("x"));
        queue.add(bytes("e"));
        assertThat(drain(queue)).isEqualTo("abcde");
        assertThat(drain(taken)).isEqualTo("x");
    }

    @Test
    void addingGoesOnWhileTheFirstIsTakenInPieces() {
        ChunkQueue queue = new ChunkQueue(0);
        queue.add(bytes("ab"));
        ByteBuf first = queue.peek();
        assertThat(first).isNotNull();
        ByteBuf piece = first.readRetainedSlice(1);
        queue.add(bytes("c"));
        assertThat(piece.toString(StandardCharsets.US_ASCII)).isEqualTo("a");
        piece.release();
        assertThat(drain(queue)).isEqualTo("bc");
    }

    @Property
    void theBytesAreThoseThatWentIn(
            @ForAll @Size(max = 40) List<@IntRange(max = 3000) Integer> lengths,
            @ForAll @IntRange(max = 5) int uncopied,
            @ForAll @IntRange(min = 1, max = 10) int takenEvery) {
        ChunkQueue queue = new ChunkQueue(uncopied);
        StringBuilder in = new StringBuilder();
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lengths.size(); i++) {
            String text = Character.toString('a' + i % 26).repeat(lengths.get(i));
            in.append(text);
            queue.add(bytes(text));
            if (i % takenEvery == 0) {
                out.append(text(queue.poll()));
            }
        }
        out.append(drain(queue));
        assertThat(out.toString()).isEqualTo(in.toString());
        assertThat(queue.isEmpty()).isTrue();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private static String drain(ChunkQueue queue) {
        List<String> all = new ArrayList<>();
        while (!queue.isEmpty()) {
            all.add(text(queue.poll()));
        }
        return String.join("", all);
    }

    private static String text(@Nullable ByteBuf chunk) {
        if (chunk == null) {
            return "";
        }
        String text = chunk.toString(StandardCharsets.US_ASCII);
        chunk.release();
        return text;
    }
}
