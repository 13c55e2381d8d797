package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.TcpOptions;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many connections there may be, and how long. */
class ConnectionLimitsTest {
    @RegisterExtension
    private final TcpFixture tcp = new TcpFixture();

    private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

    private RawOrigin greeting() throws IOException {
        return tcp.origin(wire -> {
            wire.send("hello");
            ends.add(wire.receiveToEnd());
        });
    }

    @Test
    void whatIsBeyondMaxConnectionsIsClosedAndSaysWhy() throws IOException {
        tcp.maxConnections(1).cluster(greeting().port()).apply();
        RawClient first = tcp.client();
        assertThat(first.receive(5)).isEqualTo("hello");

        assertThat(tcp.client().receiveToEnd()).isIn("", "[reset]");

        assertThat(tcp.logged()).contains(" tries=0 failure=UO \"cluster db is full: max_connections\"");
        assertThat(tcp.metric("weft_failures_total", "reason", "overflow")).isEqualTo(1);
        first.shutdownOutput();
        assertThat(first.receiveToEnd()).isEmpty();
        tcp.expectNothingLeft();
        assertThat(tcp.client().receive(5)).as("there is room again").isEqualTo("hello");
    }

    @Test
    void whereNothingMovesBothSidesAreClosed() throws Exception {
        tcp.idle(Duration.ofMillis(200)).cluster(greeting().port()).apply();

        assertThat(tcp.client().receiveToEnd()).isEqualTo("hello");

        assertThat(ends.poll(10, TimeUnit.SECONDS)).isEmpty();
        tcp.expectFailure("SI", "idle_timeout");
    }

    @Test
    void soAreThoseWhoWaitForAnEndThatDoesNotCome() throws Exception {
        RawOrigin origin = tcp.origin(wire -> {
            wire.receiveToEnd();
            wire.send("still here");
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(20)); // without an end of its own
        });
        tcp.idle(Duration.ofMillis(200)).cluster(origin.port()).apply();
        RawClient client = tcp.client();

        client.shutdownOutput();

        assertThat(client.receiveToEnd()).isEqualTo("still here");
        tcp.expectFailure("SI", "idle_timeout");
    }

    @Test
    void itLivesNoLongerThanItMay() throws Exception {
        tcp.options(1, TcpOptions.DEFAULT.idleTimeout(), Duration.ofMillis(200))
                .cluster(greeting().port())
                .apply();

        assertThat(tcp.client().receiveToEnd()).isEqualTo("hello");

        assertThat(ends.poll(10, TimeUnit.SECONDS)).isEmpty();
        tcp.expectFailure("DT", "max_duration");
    }
}
