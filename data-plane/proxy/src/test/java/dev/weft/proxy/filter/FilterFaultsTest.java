package dev.weft.proxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A filter that always throws is counted each time, and talked of once a minute. */
class FilterFaultsTest {
    private final IllegalStateException cause = new IllegalStateException("broken");

    private final Logger logger = (Logger) LoggerFactory.getLogger(FilterFaults.class);
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private long nanos = Long.MAX_VALUE - 5; // clocks wrap
    private final FilterFaults faults = new FilterFaults(() -> nanos);

    private static final class One implements Filter {}

    private static final class Other implements Filter {}

    @BeforeEach
    void listen() {
        said.start();
        logger.addAppender(said);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(said);
    }

    @Test
    void theFirstIsSaidAndThenTheirNumberOnceAMinute() {
        for (int i = 0; i < 100; i++) {
            faults.note(new One(), new FakeExchange(), cause);
        }
        assertThat(said.list).hasSize(1);

        nanos += TimeUnit.SECONDS.toNanos(59);
        faults.note(new One(), new FakeExchange(), cause);
        assertThat(said.list).hasSize(1);

        nanos += TimeUnit.SECONDS.toNanos(1);
        faults.note(new One(), new FakeExchange(), cause);
        assertThat(said.list).hasSize(2);
        assertThat(said.list.getLast().getFormattedMessage()).startsWith("Filter One threw, 101 times since");
        assertThat(said.list.getLast().getThrowableProxy()).isNotNull();
    }

    @Test
    void eachFilterIsCountedAndSaidByItself() {
        faults.note(new One(), new FakeExchange(), cause);
        faults.note(new Other(), new FakeExchange(), cause);
        faults.fail(new Other(), new FakeExchange(), cause);

        assertThat(said.list).hasSize(2);
        assertThat(faults.counts()).isEqualTo(Map.of("One", 1L, "Other", 2L));
    }
}
