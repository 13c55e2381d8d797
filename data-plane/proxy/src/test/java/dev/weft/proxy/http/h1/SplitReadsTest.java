package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** However bytes are cut into reads, they mean the same. */
class SplitReadsTest {
    private static final List<String> MESSAGES = List.of(
            "GET /a HTTP/1.1\r\nHost: a\r\nX-Long: " + "v".repeat(900) + "\r\n\r\n",
            "POST /b HTTP/1.1\r\nHost: b\r\nContent-Length: 11\r\n\r\nhello world",
            "\r\nPUT /c HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A;e=f\r\n0123456789\r\n0\r\nT: u\r\n\r\n",
            "GET /d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "POST /e HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /bad HTTP/1.1\r\nHost: e\r\nContent-Length: x\r\n\r\n");

    @Property(tries = 300)
    void theSameRequestsAreSeen(@ForAll("streams") List<String> messages, @ForAll("cuts") List<Integer> cuts) {
        String bytes = String.join("", messages);
        assertThat(seen(cut(bytes, cuts))).isEqualTo(seen(List.of(bytes)));
    }

    @Test
    void byteByByteTheSameRequestsAreSeen() {
        String bytes = String.join("", MESSAGES);
        assertThat(seen(bytes.chars().mapToObj(c -> String.valueOf((char) c)).toList()))
                .isEqualTo(seen(List.of(bytes)))
                .hasSize(MESSAGES.size());
    }

    @Provide
    Arbitrary<List<String>> streams() {
        return Arbitraries.of(MESSAGES).list().ofMinSize(1).ofMaxSize(6);
    }

    @Provide
    Arbitrary<List<Integer>> cuts() {
        return Arbitraries.integers().between(1, 400).list().ofMaxSize(40);
    }

    private static List<String> cut(String bytes, List<Integer> cuts) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        for (int length : cuts) {
            int to = Math.min(from + length, bytes.length());
            pieces.add(bytes.substring(from, to));
            from = to;
        }
        pieces.add(bytes.substring(from));
        return pieces;
    }

    private static List<String> seen(List<String> pieces) {
        try (ServerFixture server = new ServerFixture().answering()) {
            pieces.forEach(server::receive);
            List<String> seen = new ArrayList<>(server.requests.stream()
                    .map(r -> r.method + ' ' + r.authority + ' ' + r.path + '\n' + r.headers)
                    .toList());
            seen.addAll(server.refused);
            return seen;
        }
    }
}
