package dev.weft.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

    @ParameterizedTest
    @CsvSource({
        "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "fe80:0:0:0:0:0:0:0, fe80::",
        "::FFFF:1.2.3.4, ::ffff:1.2.3.4"
    })
    void ipv6IsWrittenAsRfc5952Says(String given, String canonical) {
        assertThat(new Address(given, 80).host()).isEqualTo(canonical);
        assertThat(new Address(given, 80)).isEqualTo(new Address(canonical, 80));
    }

    @Test
    void textIsParsedAndWrittenBack() {
        assertThat(Address.parse("10.0.0.7:80")).isEqualTo(new Address("10.0.0.7", 80));
        assertThat(Address.parse("[2001:DB8::1]:443")).hasToString("[2001:db8::1]:443");
        assertThat(Address.parse("web.internal:8080").isName()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.0.0.7", ":80", "host:", "host:http", "host:65536", "2001:db8::1:80", "[::zz]:80"})
    void whatIsNoAddressIsRefusedWithTheExpectation(String text) {
        assertThatThrownBy(() -> Address.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(expected: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.x", "1..2.3", "1.2.3."})
    void whatOnlyLooksLikeAnIpv4AddressIsAName(String host) {
        assertThat(new Address(host, 1).isName()).isTrue();
    }

    @Test
    void theOrderIsIpv4ThenIpv6ThenNamesByBytesAndPort() {
        Stream<String> ascending = Stream.of(
                "9.0.0.1:80",
                "10.0.0.1:80",
                "10.0.0.1:443",
                "200.0.0.1:1",
                "[::1]:1",
                "[2001:db8::1]:1",
                "a.example:1");

        assertThat(ascending.map(Address::parse)).isSorted();
    }
}
