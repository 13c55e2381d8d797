package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whoever forwards a response without a date says when it came (RFC 9110, section 6.6.1). */
class DateTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    private RawMessage get(String path, String response) throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(response));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .route("/there", "web")
                .build());
        return opened.open(RawClient.connect(proxy.address("http")))
                .send("GET " + path + " HTTP/1.1\r\nHost: web\r\n\r\n")
                .response();
    }

    private static void assertIsNow(RawMessage response) {
        assertThat(response.count("date")).isEqualTo(1);
        String date = Objects.requireNonNull(response.header("date"));
        assertThat(date).matches("[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT");
        assertThat(ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant())
                .isBetween(Instant.now().minus(1, ChronoUnit.MINUTES), Instant.now());
    }

    @Test
    void aMissingDateIsAdded() throws IOException {
        assertIsNow(get("/there", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    }

    @Test
    void theOriginsOwnIsKept() throws IOException {
        RawMessage response =
                get("/there", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\n\r\n");
        assertThat(response.count("date")).isEqualTo(1);
        assertThat(response.header("date")).isEqualTo("Tue, 15 Nov 1994 08:12:31 GMT");
    }

    @Test
    void theProxysOwnAnswersHaveOne() throws IOException {
        assertIsNow(get("/nowhere", ""));
    }
}
