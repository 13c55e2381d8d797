package dev.weft.proxy.filter.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.testing.FilteredProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import java.io.IOException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BufferTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String CHUNKED = "POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    @Test
    void theUpstreamIsAskedOnceTheWholeRequestIsHere() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new BufferPolicy(100), OK);
        RawClient client = proxy.client().send(CHUNKED + "4\r\nslow\r\n");
        Awaitility.await().until(() -> proxy.proxy().activeRequests() == 1);
        assertThat(proxy.origin().connections()).isZero();

        RawMessage answer = client.send("3\r\nly!\r\n0\r\nx-sum: 7\r\n\r\n").response();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(proxy.origin().requests().getFirst().body()).isEqualTo("slowly!");
        assertThat(proxy.origin().requests().getFirst().trailers()).isEqualTo("x-sum: 7\r\n");
    }

    @Test
    void whatIsAnnouncedTooLargeIsRefusedAtOnce() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new BufferPolicy(10), OK);

        assertThat(proxy.ask("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 11\r\n\r\n")
                        .status())
                .isEqualTo(413);
        assertThat(proxy.origin().connections()).isZero();
    }

    @Test
    void whatTurnsOutTooLargeIsRefusedThen() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new BufferPolicy(10), OK);

        assertThat(proxy.ask(CHUNKED + "a\r\n0123456789\r\n1\r\n!\r\n").status())
                .isEqualTo(413);
        assertThat(proxy.origin().connections()).isZero();
    }

    @Test
    void whatFillsTheCapExactlyPasses() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new BufferPolicy(10), OK);

        assertThat(proxy.ask("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\n0123456789")
                        .status())
                .isEqualTo(200);
        assertThat(proxy.origin().requests().getFirst().body()).isEqualTo("0123456789");
    }

    @Test
    void aClientThatAsksFirstIsToldToGoOn() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new BufferPolicy(10), OK);
        RawClient client = proxy.client()
                .send("POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");

        assertThat(client.responseHead().status()).isEqualTo(100);
        assertThat(client.send("body").response().status()).isEqualTo(200);
        assertThat(proxy.origin().requests().getFirst().header("expect")).isNull();
    }

    @Test
    void aRequestWithoutABodyPasses() throws IOException {
        assertThat(FilteredProxy.with(opened, new BufferPolicy(1), OK).get("").status())
                .isEqualTo(200);
    }
}
