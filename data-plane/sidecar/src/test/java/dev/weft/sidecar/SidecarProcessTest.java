package dev.weft.sidecar;

import static dev.weft.sidecar.live.Protos.edsCluster;
import static dev.weft.sidecar.live.Protos.endpoints;
import static dev.weft.sidecar.live.Protos.listener;
import static dev.weft.sidecar.live.Protos.routes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The process as it ships: files, flags, signals, exit codes, and a foreign control plane. */
@Timeout(180)
class SidecarProcessTest {
    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

    @TempDir
    private Path directory = Path.of("");

    private final CountDownLatch slowMayAnswer = new CountDownLatch(1);
    private HttpServer origin;

    SidecarProcessTest() throws IOException {
        origin = HttpServer.create(ANY, 0);
    }

    @BeforeEach
    void originAnswers() {
        origin.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        origin.createContext("/", exchange -> {
            if (exchange.getRequestURI().getPath().equals("/slow")) {
                await().until(() -> slowMayAnswer.getCount() == 0);
            }
            byte[] body = "from the origin".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        origin.start();
    }

    @AfterEach
    void stop() {
        slowMayAnswer.countDown();
        origin.stop(0);
    }

    private int originPort() {
        return origin.getAddress().getPort();
    }

    /** A file of the yardstick with its ports replaced. */
    private Path bench(String variant, int listen) throws Exception {
        String json = Files.readString(Path.of(SidecarProcessTest.class
                .getResource("/bench/" + variant + ".json")
                .toURI()));
        return Files.writeString(
                directory.resolve(variant + ".json"),
                json.replace("15001", String.valueOf(listen))
                        .replace("15020", "0")
                        .replace("8080", String.valueOf(originPort())));
    }

    @Test
    void aFileAloneDrivesItUntilItIsToldToLeave() throws Exception {
        String file = bench("h1", 0).toString();
        try (SidecarProcess sidecar = SidecarProcess.start(directory, "sidecar", "-c", file, "--drain-grace", "0ms")
                .serving()) {
            assertThat(sidecar.out()).startsWith("sidecar bench: l 127.0.0.1:").contains(", admin 127.0.0.1:");
            assertThat(sidecar.get("l", "/x").body()).isEqualTo("from the origin");
            assertThat(sidecar.get("admin", "/ready").statusCode()).isEqualTo(200);
            assertThat(sidecar.get("admin", "/clusters?format=json").body()).contains("127.0.0.1:" + originPort());
            assertThat(sidecar.get("admin", "/metrics").body()).contains("weft_", "jvm_");
            assertThat(sidecar.get("admin", "/config_dump").body()).contains("\"static_resources\"");
            assertThat(sidecar.get("admin", "/memory").body()).contains("rss_bytes");

            sidecar.terminate();

            assertThat(sidecar.exit()).isZero();
        }
    }

    @Test
    void itsAccessLogMayBeMovedAndWhoeverMovesItMaySaySo() throws Exception {
        Path file = bench("h1", 0);
        String logging = """
                "access_log": [{"name": "a", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"}}],
                "http_filters\"""";
        Files.writeString(file, Files.readString(file).replace("\"http_filters\"", logging));
        Path log = directory.resolve("access.log");
        try (SidecarProcess sidecar = SidecarProcess.start(
                        directory,
                        "sidecar",
                        "-c",
                        file.toString(),
                        "--access-log-file",
                        log.toString(),
                        "--drain-grace",
                        "0ms")
                .serving()) {
            sidecar.get("l", "/before");
            await().until(() -> Files.readString(log).contains("/before"));
            Files.move(log, directory.resolve("access.log.1"));
            sidecar.signal("USR1");
            sidecar.signal("HUP");

            await().ignoreException(NoSuchFileException.class).until(() -> {
                sidecar.get("l", "/after");
                return Files.readString(log).contains("/after");
            });

            sidecar.terminate();
            assertThat(sidecar.exit()).isZero();
        }
    }

    @Test
    void everythingARealSidecarHasIsServed() throws Exception {
        String file = bench("h1-full", 0).toString();
        try (SidecarProcess sidecar =
                SidecarProcess.start(directory, "sidecar", "-c", file).serving()) {
            for (int i = 0; i < 20; i++) {
                assertThat(sidecar.get("l", "/").statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void aRequestInProgressFinishesWhileNewOnesAreSentElsewhere() throws Exception {
        String file = bench("h1", 0).toString();
        try (SidecarProcess sidecar = SidecarProcess.start(
                        directory, "sidecar", "-c", file, "--drain-grace", "0ms", "--drain-timeout", "60s")
                .serving()) {
            CompletableFuture<HttpResponse<String>> slow = CompletableFuture.supplyAsync(() -> {
                try {
                    return sidecar.get("l", "/slow");
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            await().until(() -> sidecar.get("admin", "/memory").body().contains("\"active_requests\": 1"));

            sidecar.terminate();

            await().until(() -> sidecar.get("admin", "/ready").statusCode() == 503);
            slowMayAnswer.countDown();
            assertThat(slow.get().body()).isEqualTo("from the origin");
            assertThat(sidecar.exit()).isZero();
        }
    }

    /** The grace is as long as what a start leaves for later: both are due at the same time then. */
    @ParameterizedTest
    @ValueSource(strings = {"0ms", "5s"})
    void oneThatIsToldToLeaveAsSoonAsItListensLeavesWithoutAWord(String grace) throws Exception {
        int port = freePort();
        String file = bench("h1-full", port).toString();
        try (SidecarProcess sidecar = SidecarProcess.start(directory, "sidecar", "-c", file, "--drain-grace", grace)) {
            await().pollInterval(Duration.ofMillis(2)).ignoreExceptions().until(() -> {
                new Socket(ANY.getAddress(), port).close();
                return true;
            });

            sidecar.terminate();

            assertThat(sidecar.exit()).isZero();
            assertThat(sidecar.err()).doesNotContain("ERROR", "Exception");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, ANY.getAddress())) {
            return free.getLocalPort();
        }
    }

    @Test
    void aSecondSignalEndsItAtOnce() throws Exception {
        String file = bench("h1", 0).toString();
        try (SidecarProcess sidecar = SidecarProcess.start(directory, "sidecar", "-c", file, "--drain-grace", "1h")
                .serving()) {
            sidecar.terminate();
            await().until(() -> sidecar.get("admin", "/ready").statusCode() == 503);
            sidecar.terminate();

            assertThat(sidecar.exit()).isEqualTo(130);
        }
    }

    @Test
    void aPortInUseIsNamedAndNothingIsAnnounced() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                SidecarProcess sidecar = SidecarProcess.start(
                        directory,
                        "sidecar",
                        "-c",
                        bench("h1", taken.getLocalPort()).toString())) {
            assertThat(sidecar.exit()).isEqualTo(1);
            assertThat(sidecar.err()).contains("127.0.0.1:" + taken.getLocalPort());
            assertThat(directory.resolve("ready")).doesNotExist();
        }
    }

    @Test
    void aWrongFileBindsNothing() throws Exception {
        Path file = Files.writeString(
                directory.resolve("wrong.json"),
                Files.readString(bench("h1", 0)).replace("\"static_resources\"", "\"statik_resources\""));
        try (SidecarProcess sidecar = SidecarProcess.start(directory, "sidecar", "-c", file.toString())) {
            assertThat(sidecar.exit()).isEqualTo(65);
            assertThat(sidecar.err()).contains("statik_resources: not supported");
        }
    }

    @Test
    void aForeignControlPlaneDrivesItAndItsConfigurationOutlivesIt() throws Exception {
        SimpleCache<String> cache = new SimpleCache<>(node -> "all");
        cache.setSnapshot(
                "all",
                Snapshot.create(
                        List.of(edsCluster("web")),
                        List.of(endpoints("web", originPort())),
                        List.of(listener("extra", 0, "outbound")),
                        List.of(routes("outbound", "web")),
                        List.of(),
                        "1"));
        Server controlPlane = NettyServerBuilder.forAddress(ANY)
                .addService(new V3DiscoveryServer(cache).getAggregatedDiscoveryServiceImpl())
                .build()
                .start();
        String[] flags = {
            "sidecar",
            "--control-plane",
            "127.0.0.1:" + controlPlane.getPort(),
            "--service",
            "client",
            "--id",
            "client-1",
            "--outbound",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0"
        };
        try (SidecarProcess sidecar = SidecarProcess.start(directory, flags).serving()) {
            assertThat(sidecar.get("outbound", "/").body()).isEqualTo("from the origin");
            assertThat(sidecar.get("admin", "/config_dump").body())
                    .contains("\"name\": \"web\"", "\"connected\": true");
            assertThat(sidecar.get("extra", "/").body()).isEqualTo("from the origin");

            controlPlane.shutdownNow().awaitTermination();

            assertThat(sidecar.get("outbound", "/").body()).isEqualTo("from the origin");
            await().until(() -> Files.exists(directory.resolve("state/weft/client-1/last-good")));
            sidecar.kill();
        }
        try (SidecarProcess restarted = SidecarProcess.start(directory, flags).serving()) {
            assertThat(restarted.err()).contains("starting from the last good configuration");
            assertThat(restarted.get("outbound", "/").body()).isEqualTo("from the origin");
        }
    }

    @Test
    void whatTheFlagsStandForIsAFileThatItReads() throws Exception {
        try (SidecarProcess printing = SidecarProcess.start(
                directory,
                "gateway",
                "--control-plane",
                "127.0.0.1:1",
                "--name",
                "edge",
                "--listen",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--print-bootstrap")) {
            assertThat(printing.exit()).isZero();
            Path file = Files.writeString(directory.resolve("printed.json"), printing.out());
            try (SidecarProcess running =
                    SidecarProcess.start(directory, "gateway", "-c", file.toString(), "--drain-grace", "0ms")) {
                await().until(() -> running.err().contains("no control plane can be reached"));
                running.terminate();
                assertThat(running.exit()).isNotEqualTo(65);
            }
        }
    }

    private static HttpResponse<String> post(HttpClient client, SidecarProcess sidecar, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://" + sidecar.address("admin") + path))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void postDrainLeavesAndStaysUp() throws Exception {
        String file = bench("h1", 0).toString();
        try (SidecarProcess sidecar =
                        SidecarProcess.start(directory, "sidecar", "-c", file).serving();
                HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> refused = post(client, sidecar, "/drain?timeout=soon");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).startsWith("timeout: soon (expected: a duration");
            assertThat(sidecar.get("admin", "/ready").body()).isEqualTo("ready\n");

            HttpResponse<String> drained = post(client, sidecar, "/drain?grace=0ms&timeout=5s");
            assertThat(drained.statusCode()).isEqualTo(202);
            await().until(() -> sidecar.get("admin", "/ready").body().equals("draining\n"));
        }
    }
}
