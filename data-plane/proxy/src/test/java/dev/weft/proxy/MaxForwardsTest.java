package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code Max-Forwards} bounds how far TRACE and OPTIONS go (RFC 9110, section 7.6.2). */
@ParameterizedClass
@EnumSource(Version.class)
class MaxForwardsTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    @Parameter
    private Version version = Version.HTTP_1;

    private final RawOrigin origin = origin();

    private static RawOrigin origin() {
        try {
            return RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\norigin");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theLastHopAnswersOptionsItself() throws IOException {
        Answer answer = answer("OPTIONS", "0");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("allow")).contains("OPTIONS");
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void theLastHopDoesNotEchoATrace() throws IOException {
        Answer answer = answer("TRACE", "0");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.body()).isEmpty();
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void anyOtherHopPassesOnOneLess() throws IOException {
        assertThat(answer("OPTIONS", "10").body()).isEqualTo("origin");
        assertThat(answer("TRACE", "1").body()).isEqualTo("origin");

        assertThat(origin.requests())
                .extracting(request -> request.header("max-forwards"))
                .containsExactly("9", "0");
    }

    @Test
    void forOtherMethodsItMeansNothing() throws IOException {
        assertThat(answer("GET", "0").body()).isEqualTo("origin");

        assertThat(origin.requests().getFirst().header("max-forwards")).isEqualTo("0");
    }

    private Answer answer(String method, String hops) throws IOException {
        opened.open(origin);
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0).to("127.0.0.1:" + origin.port()));
        Socket socket = new Socket("127.0.0.1", proxy.address("http").getPort());
        return opened.open(Call.client(version, socket))
                .call(true, method, "/", "max-forwards: " + hops)
                .answer();
    }
}
