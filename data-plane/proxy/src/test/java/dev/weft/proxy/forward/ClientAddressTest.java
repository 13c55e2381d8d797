package dev.weft.proxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.HttpOptions;
import org.junit.jupiter.api.Test;

class ClientAddressTest {
    private static final String PEER = "192.0.2.9";

    @Test
    void theEdgeWithoutTrustedProxiesBelievesNobody() {
        assertThat(client("203.0.113.1, 192.0.2.9", true, 0)).isEqualTo(PEER);
    }

    @Test
    void trustedHopsAreCountedFromTheRight() {
        assertThat(client("6.6.6.6, 203.0.113.1, 192.0.2.9", true, 1)).isEqualTo("203.0.113.1");
    }

    @Test
    void entriesWithoutAnAddressLeaveThePeer() {
        assertThat(client(",", false, 0)).isEqualTo(PEER);
        assertThat(client("", false, 0)).isEqualTo(PEER);
        assertThat(client("203.0.113.1, ", false, 0)).isEqualTo(PEER);
    }

    @Test
    void whatIsNoAddressLeavesThePeer() {
        assertThat(client("203.0.113.1, 1.2.3.4\" x", false, 0)).isEqualTo(PEER);
        assertThat(client("unknown", false, 0)).isEqualTo(PEER);
        assertThat(client("2001:db8::1", false, 0)).isEqualTo("2001:db8::1");
    }

    @Test
    void fewerEntriesThanTrustedHopsLeaveThePeer() {
        assertThat(client("6.6.6.6", true, 1)).isEqualTo(PEER);
        assertThat(client("6.6.6.6, 203.0.113.1", false, 2)).isEqualTo(PEER);
    }

    private static String client(String forwardedFor, boolean atEdge, int trustedHops) {
        Headers headers = new RequestHead().headers();
        headers.add(HeaderName.X_FORWARDED_FOR, forwardedFor);
        return ClientAddress.of(headers, options(atEdge, trustedHops), PEER);
    }

    private static HttpOptions options(boolean atEdge, int trustedHops) {
        return HttpOptions.builder()
                .useRemoteAddress(atEdge)
                .trustedHops(trustedHops)
                .build();
    }
}
