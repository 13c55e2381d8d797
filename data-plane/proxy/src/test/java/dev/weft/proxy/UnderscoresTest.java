package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientRules;
import dev.weft.proxy.model.ClientRules.Underscores;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawHttp2;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A field that an application would take for one with hyphens, as many make variables of both. */
class UnderscoresTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final int PROTOCOL_ERROR = 1;

    @RegisterExtension
    private final Opened opened = new Opened();

    private @Nullable ObservedProxy proxy;
    private @Nullable RawOrigin origin;

    @ParameterizedTest
    @EnumSource
    void theyPassUnlessItIsSaid(Version version) throws IOException {
        start(Underscores.ALLOW);

        assertThat(call(version).answer().status()).isEqualTo(200);
        assertThat(seen().header("x_real_ip")).isEqualTo("1.2.3.4");
    }

    @ParameterizedTest
    @EnumSource
    void theyAreDroppedAndTheRestPasses(Version version) throws IOException {
        start(Underscores.DROP);

        assertThat(call(version).answer().status()).isEqualTo(200);
        assertThat(seen().head().toLowerCase(Locale.ROOT)).doesNotContain("_", "1.2.3.4");
        assertThat(seen().header("x-before")).isEqualTo("1");
        assertThat(seen().header("x-after")).isEqualTo("2");
    }

    @ParameterizedTest
    @EnumSource
    void soAreThoseOfTrailers(Version version) throws IOException {
        start(Underscores.DROP);
        Call call = client(version).call(false, "POST", "/");

        call.send("body", false).trailers("x-kept: 1", "x_gone: 2");

        assertThat(call.answer().status()).isEqualTo(200);
        assertThat(seen().body()).isEqualTo("body");
        assertThat(seen().trailers()).contains("x-kept: 1").doesNotContain("gone");
    }

    @Test
    void aRequestIsRefusedForThemOverHttp1() throws IOException {
        start(Underscores.REFUSE);
        RawClient client = opened.open(RawClient.connect(proxy().address()));

        RawMessage response = client.send("GET / HTTP/1.1\r\nHost: web\r\nX_Real_Ip: 1\r\n\r\n")
                .response();

        assertThat(response.status()).isEqualTo(400);
        assertThat(response.body()).isEqualTo("underscore in a header name\n");
        assertThat(client.receiveToEnd()).isEmpty();
        assertRefused("underscore in a header name");
    }

    @Test
    void itsStreamIsResetOverHttp2AndTheOthersGoOn() throws IOException {
        start(Underscores.REFUSE);
        InetSocketAddress address = proxy().address();
        RawHttp2 client =
                opened.open(RawHttp2.client(opened.open(new Socket(address.getAddress(), address.getPort()))));
        String[] get = {":method: GET", ":scheme: http", ":authority: web", ":path: /", "x-ok: 1"};
        client.headers(1, true, ":method: GET", ":scheme: http", ":authority: web", ":path: /", "x_real_ip: 1");

        RawHttp2.Frame end = client.await(1);
        assertThat(end.type()).isEqualTo(RawHttp2.RST_STREAM);
        assertThat(end.code()).isEqualTo(PROTOCOL_ERROR);
        assertRefused("underscore in a header name");
        client.headers(3, true, get);
        assertThat(client.await(3).status()).isEqualTo(200);
    }

    @Test
    void aRequestIsRefusedForThoseOfItsTrailersToo() throws IOException {
        start(Underscores.REFUSE);
        RawClient client = opened.open(RawClient.connect(proxy().address()));

        RawMessage response = client.send("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "1\r\nx\r\n0\r\nx_y: 1\r\n\r\n")
                .response();

        assertThat(response.status()).isEqualTo(400);
        assertThat(response.body()).isEqualTo("underscore in a trailer name\n");
        assertThat(origin().requests()).isEmpty();
    }

    private void start(Underscores rule) throws IOException {
        RawOrigin started = opened.open(RawOrigin.answering(OK));
        origin = started;
        proxy = opened.open(new ObservedProxy(Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder()
                        .accessLog(AccessLog.JSON)
                        .clients(Records.with(ClientRules.DEFAULT, "underscores", rule))
                        .build())
                .to("127.0.0.1:" + started.port())));
    }

    private Call call(Version version) throws IOException {
        return client(version).call(true, "GET", "/", "x-before: 1", "x_real_ip: 1.2.3.4", "x-after: 2");
    }

    private Call.Client client(Version version) throws IOException {
        InetSocketAddress address = proxy().address();
        return opened.open(Call.client(version, new Socket(address.getAddress(), address.getPort())));
    }

    private RawMessage seen() {
        return origin().requests().getLast();
    }

    private void assertRefused(String reason) {
        assertThat(proxy().logged(1).getFirst()).contains("\"failure\":\"DPE\",\"reason\":\"" + reason);
        assertThat(origin().requests()).isEmpty();
    }

    private ObservedProxy proxy() {
        return Objects.requireNonNull(proxy);
    }

    private RawOrigin origin() {
        return Objects.requireNonNull(origin);
    }
}
