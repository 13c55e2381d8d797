package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The bootstraps of {@code examples/bootstrap} do what they say, with other ports. */
@Timeout(120)
class ExampleBootstrapsTest {
    private static final Path EXAMPLES = Path.of("../../examples/bootstrap");

    @TempDir
    private Path directory = Path.of("");

    private final HttpServer origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);

    ExampleBootstrapsTest() throws IOException {
        origin.createContext("/", exchange -> {
            exchange.getResponseHeaders()
                    .add("X-Client", String.valueOf(exchange.getRequestHeaders().getFirst("x-client")));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        origin.start();
    }

    @AfterEach
    void stop() {
        origin.stop(0);
    }

    @Test
    void theEdgeSpeaksTlsByASecretAndSendsOthersThere() throws Exception {
        X509Bundle own = new CertificateBuilder()
                .subject("CN=localhost")
                .addSanDnsName("localhost")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        Files.writeString(directory.resolve("edge-cert.pem"), own.getCertificatePathPEM());
        Files.writeString(directory.resolve("edge-key.pem"), own.getPrivateKeyPEM());
        copy("edge-certificate.yaml");
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, own.toTrustManagerFactory().getTrustManagers(), null);
        try (SidecarProcess sidecar = start("edge.yaml");
                HttpClient client = HttpClient.newBuilder().sslContext(trusting).build()) {
            String address = sidecar.address("https").replace("127.0.0.1", "localhost");

            HttpResponse<Void> secure = get(client, "https://" + address + "/a/../b");
            assertThat(secure.statusCode()).isEqualTo(200);
            assertThat(secure.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(secure.headers().firstValue("strict-transport-security")).contains("max-age=31536000");

            assertThat(get(client, "https://" + address + "/a%2fb").statusCode())
                    .isEqualTo(400);

            HttpResponse<Void> plain = get(client, "http://" + sidecar.address("http") + "/x?y");
            assertThat(plain.statusCode()).isEqualTo(301);
            assertThat(plain.headers().firstValue("location")).contains("https://127.0.0.1:8443/x?y");
        }
    }

    @Test
    void connectionsGoWhereTheirNamesSayAndUnread() throws Exception {
        try (ServerSocket vault = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                SidecarProcess sidecar = start("tcp-by-name.yaml", "port_value: 9001", port(vault.getLocalPort()))) {
            String[] address = sidecar.address("by-name").split(":", -1);
            try (Socket client = new Socket(address[0], Integer.parseInt(address[1]))) {
                greet(client, "vault.example");
                try (Socket carried = vault.accept()) {
                    byte[] hello = carried.getInputStream().readNBytes(2);
                    assertThat(hello).containsExactly(0x16, 3); // a handshake, of TLS
                }
            }
            try (Socket stranger = new Socket(address[0], Integer.parseInt(address[1]))) {
                stranger.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(stranger.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void everyPolicyDoesItsPart() throws Exception {
        try (SidecarProcess sidecar = start("policies.yaml");
                HttpClient client = HttpClient.newHttpClient()) {
            String web = "http://" + sidecar.address("web") + "/";

            HttpResponse<Void> plain = get(client, web, "origin", "https://app.example", "x-client", "somebody else");
            assertThat(plain.statusCode()).isEqualTo(200);
            assertThat(plain.headers().firstValue("x-client")).contains("127.0.0.1");
            assertThat(plain.headers().firstValue("x-endpoint"))
                    .contains("127.0.0.1:" + origin.getAddress().getPort());
            assertThat(plain.headers().firstValue("access-control-allow-origin"))
                    .contains("https://app.example");

            assertThat(get(client, web, "x-break", "1").statusCode()).isEqualTo(418);
            await().untilAsserted(() -> assertThat(sidecar.out())
                    .contains("\"request\":\"GET /\",\"status\":418,\"why\":\"fault_injected\""));
        }
    }

    private SidecarProcess start(String example, String... replaced) throws IOException {
        return SidecarProcess.start(
                        directory, "sidecar", "-c", copy(example, replaced).toString())
                .serving();
    }

    /** With ports that are free, and files that are beside it. */
    private Path copy(String example, String... replaced) throws IOException {
        String text = Files.readString(EXAMPLES.resolve(example))
                .replace("address: 0.0.0.0", "address: 127.0.0.1")
                .replaceAll("port_value: (8080|8443|15020)\\b", port(0))
                .replace("port_value: 8081", port(origin.getAddress().getPort()))
                .replace("examples/bootstrap/", directory + "/")
                .replaceAll("filename: ", "filename: " + directory + "/");
        for (int i = 0; i < replaced.length; i += 2) {
            text = text.replace(replaced[i], replaced[i + 1]);
        }
        return Files.writeString(directory.resolve(example), text);
    }

    private static String port(int number) {
        return "port_value: " + number;
    }

    /** Begins a handshake that asks for that name, and does not wait for what comes of it. */
    private static void greet(Socket through, String name) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        SSLSocket client = (SSLSocket) factory.createSocket(through, name, 443, false);
        SSLParameters parameters = client.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        client.setSSLParameters(parameters);
        Thread.ofVirtual().start(() -> {
            try {
                client.startHandshake();
            } catch (IOException ended) {
                // As it must: nobody answers.
            }
        });
    }

    private static HttpResponse<Void> get(HttpClient client, String url, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        return client.send(
                (headers.length == 0 ? request : request.headers(headers)).build(), BodyHandlers.discarding());
    }
}
