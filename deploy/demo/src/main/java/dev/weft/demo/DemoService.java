package dev.weft.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A tiny HTTP service: {@code /health} answers that it lives, everything else who it is.
 *
 * <p>Thread-safe; each request has a virtual thread.
 */
final class DemoService implements AutoCloseable {
    /** Names the instance in every answer. */
    static final String INSTANCE_HEADER = "X-Instance";

    private static final int BACKLOG = 128;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final String instance;
    private final byte[] greeting;

    private DemoService(HttpServer server, String instance, String version) {
        this.server = server;
        this.instance = instance;
        this.greeting = ("hello from " + instance + " " + version + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @param port 0 takes a free one
     */
    static DemoService start(String instance, String version, int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        DemoService service = new DemoService(server, instance, version);
        server.createContext("/", exchange -> service.answer(exchange, service.greeting));
        server.createContext("/health", exchange -> service.answer(exchange, "ok\n".getBytes(StandardCharsets.UTF_8)));
        server.setExecutor(service.threads);
        server.start();
        return service;
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange, byte[] body) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.getResponseHeaders().set(INSTANCE_HEADER, instance);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
