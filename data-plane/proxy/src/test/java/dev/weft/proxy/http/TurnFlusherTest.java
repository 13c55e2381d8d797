package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What was written in a turn leaves at its end. */
final class TurnFlusherTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final TurnFlusher flusher = TurnFlusher.of(channel.eventLoop());
    private final List<String> flushed = new ArrayList<>();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void aConnectionThatCannotBeFlushedLeavesTheOthersAlone() {
        flusher.register(() -> {
            throw new IllegalStateException("test");
        });
        flusher.register(() -> flushed.add("same turn"));
        channel.runPendingTasks();
        flusher.register(() -> flushed.add("next turn"));
        channel.runPendingTasks();
        assertThat(flushed).containsExactly("same turn", "next turn");
    }

    @Test
    void whoIsRegisteredByAFlushHasATurnOfItsOwn() {
        flusher.register(() -> {
            flushed.add("first");
            flusher.register(() -> flushed.add("second"));
        });
        channel.runPendingTasks();
        assertThat(flushed).containsExactly("first", "second");
    }
}
