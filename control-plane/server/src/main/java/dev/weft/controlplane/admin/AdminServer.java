package dev.weft.controlplane.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The JDK's own HTTP server with a handful of pages; nothing of the mesh's traffic passes here.
 *
 * <p>Thread-safe; each request has a virtual thread.
 */
public final class AdminServer implements AutoCloseable {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String HELP = """
            /ready        200 while this replica serves, 503 with the reason otherwise
            /metrics      Prometheus metrics
            /config_dump  what each audience is served, name and version of every resource
            /help         this page
            """;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private record Page(int status, String type, String body) {}

    private AdminServer(HttpServer server) {
        this.server = server;
    }

    /**
     * @param unreadiness why this replica does not serve, or empty
     * @throws IOException where the address cannot be bound
     */
    public static AdminServer start(
            InetSocketAddress address,
            CollectorRegistry metrics,
            Supplier<Optional<String>> unreadiness,
            Supplier<String> configDump)
            throws IOException {
        HttpServer http = HttpServer.create(address, 0);
        AdminServer admin = new AdminServer(http);
        Map<String, Supplier<Page>> pages = Map.of(
                "/ready",
                        () -> unreadiness
                                .get()
                                .map(reason -> new Page(503, TEXT, reason + "\n"))
                                .orElse(new Page(200, TEXT, "ready\n")),
                "/metrics", () -> new Page(200, TextFormat.CONTENT_TYPE_004, metrics(metrics)),
                "/config_dump", () -> new Page(200, "application/json", configDump.get()),
                "/help", () -> new Page(200, TEXT, HELP));
        http.createContext("/", exchange -> answer(exchange, pages));
        http.setExecutor(admin.threads);
        http.start();
        return admin;
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    private static void answer(HttpExchange exchange, Map<String, Supplier<Page>> pages) throws IOException {
        Supplier<Page> found = pages.get(exchange.getRequestURI().getPath());
        Page page = found == null ? new Page(404, TEXT, "no such page; /help lists them\n") : found.get();
        byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", page.type());
            exchange.sendResponseHeaders(page.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static String metrics(CollectorRegistry registry) {
        StringWriter text = new StringWriter();
        try {
            TextFormat.write004(text, registry.metricFamilySamples());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("a StringWriter does not fail", e);
        }
        return text.toString();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdown();
    }
}
