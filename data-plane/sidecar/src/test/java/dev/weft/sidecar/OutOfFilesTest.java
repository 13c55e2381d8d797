package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that may open few files, and more clients than that. */
@Timeout(120)
class OutOfFilesTest {
    private static final String CONFIG = """
            node: {id: few}
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
            static_resources:
              listeners:
              - name: web
                address: {socket_address: {address: 127.0.0.1, port_value: 0}}
                filter_chains:
                - filters:
                  - name: http
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: web
                      route_config:
                        name: all
                        virtual_hosts:
                        - {name: all, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200}}]}
                      http_filters:
                      - name: router
                        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
            """;

    /** Enough for the JVM itself with its jars, and little more. */
    private static final int FILES = 250;

    @TempDir
    private Path directory = Path.of("");

    private final List<Socket> clients = new ArrayList<>();

    @AfterEach
    void leave() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
    }

    @Test
    void acceptsAgainOnceClientsHaveGoneAndMakesNoFussMeanwhile() throws Exception {
        try (SidecarProcess sidecar = start("--max-connections", "0").serving()) {
            int port = port(sidecar);
            // Loads what serves a client while there are files to load it from: a test's classes are a file each.
            assertThat(answersNew(port)).isTrue();
            connect(port, FILES);
            assertThat(answers(clients.get(1))).isTrue();
            await().until(() -> sidecar.err().contains("accepts no connection"));
            long before = Files.size(directory.resolve("err"));
            await().during(Duration.ofSeconds(1)).until(() -> sidecar.err().length() - before < 2000);

            leave();

            await().atMost(Duration.ofSeconds(10)).until(() -> answersNew(port));
            assertThat(sidecar.err()).contains("accepts again");
        }
    }

    @Test
    void clientsBeyondWhatFitsAreClosedAtOnceByDefault() throws Exception {
        try (SidecarProcess sidecar = start().serving()) {
            int port = port(sidecar);
            connect(port, FILES);

            assertThat(answers(clients.getFirst())).isTrue();
            await().until(() -> sidecar.get("admin", "/memory").body().contains("\"downstream_connections\": 93,"));
            assertThat(sidecar.get("admin", "/memory").body()).contains("\"downstream_connections_max\": 93,");
            assertThat(sidecar.err()).doesNotContain("accepts no connection");
        }
    }

    private SidecarProcess start(String... flags) throws IOException {
        Path config = Files.writeString(directory.resolve("few.yaml"), CONFIG);
        List<String> arguments = new ArrayList<>(List.of("sidecar", "-c", config.toString()));
        arguments.addAll(List.of(flags));
        return SidecarProcess.startWithFiles(FILES, directory, arguments.toArray(String[]::new));
    }

    private static int port(SidecarProcess sidecar) {
        String address = sidecar.address("web");
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    private void connect(int port, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Socket client = new Socket();
            clients.add(client);
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }
    }

    private boolean answersNew(int port) throws IOException {
        Socket client = new Socket();
        clients.add(client);
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return answers(client);
    }

    private static boolean answers(Socket client) throws IOException {
        client.setSoTimeout(5000);
        client.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return client.getInputStream().read() == 'H';
    }
}
