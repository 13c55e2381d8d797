package dev.weft.sidecar;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteRule;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests of our own, before a client's: what runs for the first time is interpreted, and the first thousands of requests would
 * wait for it. An engine beside the one that serves, on a port of the loopback that only lives as long, sends them through itself
 * over HTTP/1 and HTTP/2, so that the compilers find the path of a request hot, and a client finds it compiled.
 *
 * <p>Confined to a thread of its own.
 */
final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
    private static final int CONNECTIONS = 16;
    /** After so many rounds another connection takes the place of one, as with clients: code that never saw one end is compiled twice. */
    private static final int ROUNDS_OF_A_CLIENT = 8;

    private static final String ANSWER = "/answer";
    private static final String BODY = "x".repeat(100);

    private final BooleanSupplier needed;
    private final long most;
    private final long began = System.nanoTime();
    private final long end;

    private WarmUp(Duration time, long most, BooleanSupplier needed) {
        this.needed = needed;
        this.most = most;
        this.end = began + time.toNanos();
    }

    /**
     * Begins.
     *
     * @param time when it is enough, however few requests that were; zero for no warm-up
     * @param most requests, when it is enough too
     * @param needed asked from time to time; false once clients warm the process up by themselves, who would have to share
     *     the processor with us
     * @return completes with the number of requests when it is over, whatever came of it
     */
    static CompletableFuture<Long> begin(Duration time, long most, BooleanSupplier needed) {
        if (time.isZero()) {
            return CompletableFuture.completedFuture(0L);
        }
        WarmUp warmUp = new WarmUp(time, most, needed);
        return CompletableFuture.supplyAsync(warmUp::run, task -> {
            Thread thread = new Thread(task, "weft-warm-up");
            thread.setDaemon(true);
            thread.start();
        });
    }

    private long run() {
        try (Proxy proxy = Proxy.builder().loops(1).build()) {
            proxy.apply(answering().build());
            InetSocketAddress self = proxy.addresses().values().iterator().next();
            proxy.apply(forwarding(self.getHostString() + ":" + self.getPort()));
            long sent = send(self);
            LOG.debug("warmed up by {} requests in {} ms", sent, (System.nanoTime() - began) / 1_000_000);
            return sent;
        } catch (IOException | RuntimeException failed) {
            LOG.warn("not warmed up: the first requests will take longer ({})", failed.toString());
            return 0;
        }
    }

    private static Setup answering() {
        return Setup.listen("127.0.0.1", 0)
                .route(new RouteRule(
                        "", prefix(ANSWER), new RouteAction.Respond(200, BODY, "text/plain"), HeaderRules.NONE));
    }

    private static ProxyConfig forwarding(String self) {
        Setup setup = answering();
        for (UpstreamProtocol protocol : List.of(UpstreamProtocol.HTTP1, UpstreamProtocol.HTTP2)) {
            String name = protocol.name();
            setup.cluster(name, self).protocol(protocol).balancing(new Balancing.LeastRequest(2));
            setup.route(new RouteRule("", prefix("/" + name), toAnswer(name), HeaderRules.NONE));
        }
        return setup.build();
    }

    private static RouteMatch prefix(String path) {
        return new RouteMatch(new PathMatch.SegmentPrefix(path, true), List.of(), List.of(), false);
    }

    private static RouteAction.Forward toAnswer(String cluster) {
        return Setup.forwardTo(cluster).toBuilder()
                .rewrite(new RouteAction.Rewrite(Optional.of(ANSWER), Optional.empty(), Optional.empty()))
                .retry(Setup.retries(2))
                .build();
    }

    /** Every connection has one request under way, since requests that come together are handled together. */
    private long send(InetSocketAddress to) throws IOException {
        List<SocketChannel> connections = new ArrayList<>();
        try {
            while (connections.size() < CONNECTIONS) {
                connections.add(SocketChannel.open(to));
            }
            ByteBuffer buffer = ByteBuffer.allocate(4096);
            long sent = 0;
            for (int round = 0; sent < most && System.nanoTime() - end < 0 && needed.getAsBoolean(); round++) {
                long roundBegan = System.nanoTime();
                // Two of three over HTTP/1 to the second hop, which is over HTTP/1 as the first is.
                UpstreamProtocol protocol = round % 3 == 2 ? UpstreamProtocol.HTTP2 : UpstreamProtocol.HTTP1;
                byte[] request = request(protocol, to);
                for (SocketChannel connection : connections) {
                    connection.write(ByteBuffer.wrap(request));
                }
                for (SocketChannel connection : connections) {
                    readResponse(connection, buffer);
                }
                sent += connections.size();
                if (round % ROUNDS_OF_A_CLIENT == 0) {
                    int leaving = round / ROUNDS_OF_A_CLIENT % CONNECTIONS;
                    connections.get(leaving).close();
                    connections.set(leaving, SocketChannel.open(to));
                }
                leaveToCompilers(System.nanoTime() - roundBegan);
            }
            return sent;
        } finally {
            for (SocketChannel connection : connections) {
                connection.close();
            }
        }
    }

    /**
     * Compilers have a lower priority than what serves, and on one core would get little of it before the first client comes: as much as
     * the requests took.
     */
    private static void leaveToCompilers(long nanos) {
        try {
            Thread.sleep(Duration.ofNanos(nanos));
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a browser or a service sends, more or less. */
    private static byte[] request(UpstreamProtocol protocol, InetSocketAddress to) {
        return ("GET /" + protocol.name() + "/index.html?q=1 HTTP/1.1\r\nhost: 127.0.0.1:" + to.getPort()
                        + "\r\nuser-agent: weft\r\naccept: */*\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static void readResponse(SocketChannel connection, ByteBuffer buffer) throws IOException {
        buffer.clear();
        do {
            if (connection.read(buffer) < 0) {
                throw new EOFException("the connection was closed");
            }
        } while (!isComplete(buffer));
    }

    /** The body, which heads do not end with, is the last of a response. */
    private static boolean isComplete(ByteBuffer buffer) {
        int end = buffer.position();
        return end > BODY.length() && buffer.get(end - 1) == 'x' && buffer.get(end - BODY.length()) == 'x';
    }
}
