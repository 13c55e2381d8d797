package dev.weft.sidecar.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.sidecar.admin.AdminPage.AdminAnswer;
import dev.weft.sidecar.admin.AdminPage.AdminRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

    private final HttpClient client = HttpClient.newHttpClient();
    private AdminServer server;

    private record Page(String about, boolean acts, CompletableFuture<AdminAnswer> answer) implements AdminPage {
        @Override
        public CompletableFuture<AdminAnswer> answer(AdminRequest request) {
            return request.json() ? CompletableFuture.completedFuture(AdminAnswer.json(200, "{}")) : answer;
        }
    }

    AdminServerTest() throws IOException {
        server = AdminServer.start(ANY, Map.of());
        server.close();
    }

    @BeforeEach
    void start() throws IOException {
        server = AdminServer.start(
                ANY,
                Map.of(
                        "/ready",
                                new Page(
                                        "whether",
                                        false,
                                        CompletableFuture.completedFuture(AdminAnswer.text(503, "starting"))),
                        "/drain",
                                new Page(
                                        "leave",
                                        true,
                                        CompletableFuture.completedFuture(AdminAnswer.text(202, "draining"))),
                        "/broken",
                                new Page(
                                        "fails",
                                        false,
                                        CompletableFuture.failedFuture(new IllegalStateException("oops")))));
    }

    @AfterEach
    void stop() {
        server.close();
        client.close();
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(
                                "http://127.0.0.1:" + server.address().getPort() + path))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aPageAnswersWithItsStatusAndText() throws Exception {
        HttpResponse<String> response = send("GET", "/ready");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).isEqualTo("starting\n");
        assertThat(send("GET", "/ready?format=json").body()).isEqualTo("{}\n");
    }

    @Test
    void anUnknownPageSaysWhichThereAre() throws Exception {
        HttpResponse<String> response = send("GET", "/redy");

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body())
                .contains("/redy: no such page")
                .contains("/ready")
                .contains("/help");
    }

    @Test
    void helpListsAllPages() throws Exception {
        assertThat(send("GET", "/help").body()).contains("GET  /ready").contains("POST /drain");
    }

    @Test
    void whatDoesSomethingWantsAPost() throws Exception {
        assertThat(send("GET", "/drain").statusCode()).isEqualTo(405);
        assertThat(send("POST", "/drain").statusCode()).isEqualTo(202);
        assertThat(send("POST", "/ready").statusCode()).isEqualTo(405);
    }

    @Test
    void aPageThatFailsIsAnError() throws Exception {
        assertThat(send("GET", "/broken").statusCode()).isEqualTo(500);
    }

    @Test
    void anAddressInUseIsNamed() {
        assertThatThrownBy(() -> AdminServer.start(server.address(), Map.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("admin 127.0.0.1:" + server.address().getPort());
    }
}
