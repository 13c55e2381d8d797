package dev.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ProxyProtocol.Version;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The bytes of a PROXY header (proxy-protocol.txt of HAProxy, 2.1 and 2.2). */
class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final InetSocketAddress CLIENT = address("203.0.113.7", 56324);
    private static final InetSocketAddress SERVER = address("198.51.100.1", 443);
    private static final InetSocketAddress CLIENT6 = address("2001:db8::7", 65535);
    private static final InetSocketAddress SERVER6 = address("2001:db8::1", 1);

    private static InetSocketAddress address(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    private static String text(InetSocketAddress from, InetSocketAddress to) {
        return new String(ProxyHeader.of(Version.V1, new Announcement(from, to)), StandardCharsets.US_ASCII);
    }

    private static String binary(InetSocketAddress from, InetSocketAddress to) {
        return HexFormat.of().formatHex(ProxyHeader.of(Version.V2, new Announcement(from, to)));
    }

    @Test
    void version1IsALineOfText() {
        assertThat(text(CLIENT, SERVER)).isEqualTo("PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n");
        assertThat(text(CLIENT6, SERVER6)).isEqualTo("PROXY TCP6 2001:db8::7 2001:db8::1 65535 1\r\n");
    }

    @Test
    void version2IsBinary() {
        assertThat(binary(CLIENT, SERVER))
                .isEqualTo(SIGNATURE + "21" + "11" + "000c" + "cb007107" + "c6336401" + "dc04" + "01bb");
        assertThat(binary(CLIENT6, SERVER6))
                .isEqualTo(SIGNATURE + "21" + "21" + "0024" + "20010db8000000000000000000000007"
                        + "20010db8000000000000000000000001" + "ffff" + "0001");
    }

    @Test
    void ofTwoFamiliesIPv4IsWrittenAsIPv6HasIt() {
        assertThat(text(CLIENT, SERVER6)).isEqualTo("PROXY TCP6 ::ffff:203.0.113.7 2001:db8::1 56324 1\r\n");
        assertThat(text(CLIENT6, SERVER)).isEqualTo("PROXY TCP6 2001:db8::7 ::ffff:198.51.100.1 65535 443\r\n");
        assertThat(binary(CLIENT, SERVER6))
                .isEqualTo(SIGNATURE + "21" + "21" + "0024" + "00000000000000000000ffffcb007107"
                        + "20010db8000000000000000000000001" + "dc04" + "0001");
        assertThat(binary(CLIENT6, SERVER))
                .isEqualTo(SIGNATURE + "21" + "21" + "0024" + "20010db8000000000000000000000007"
                        + "00000000000000000000ffffc6336401" + "ffff" + "01bb");
    }

    @Test
    void whatTheProxyDoesForItselfIsAnnouncedForNobody() {
        assertThat(new String(ProxyHeader.of(Version.V1, null), StandardCharsets.US_ASCII))
                .isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(HexFormat.of().formatHex(ProxyHeader.of(Version.V2, null)))
                .isEqualTo(SIGNATURE + "20" + "00" + "0000");
    }

    @Test
    void theLongestLineIsNoLongerThanReadersExpect() {
        InetSocketAddress longest = address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535);

        assertThat(text(longest, longest).length()).isLessThanOrEqualTo(107);
    }
}
