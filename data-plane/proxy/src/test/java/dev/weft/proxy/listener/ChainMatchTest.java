package dev.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.CidrRange;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a match may say. */
class ChainMatchTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "*", "*.", "*a.example", "a.*.example", "**.example", "*..example", ".example"})
    void aNameIsWholeOrAWildcardInFront(String name) {
        assertThatThrownBy(() -> ChainMatch.serverNames("ok.example", name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("server_names[1]: \"" + name
                        + "\" (expected: a name, or \"*.\" and a name; none at all for any name)");
    }

    @Test
    void namesAreTheSameInAnyCase() {
        assertThat(ChainMatch.serverNames("A.Example")).isEqualTo(ChainMatch.serverNames("a.example"));
        assertThatThrownBy(() -> ChainMatch.serverNames("A.Example", "a.example"))
                .hasMessage("server_names[1]: a.example a second time (expected: once)");
    }

    @Test
    void aRangeIsItsPrefix() {
        assertThat(CidrRange.of("10.1.2.3", 8)).isEqualTo(CidrRange.of("10.0.0.0", 8));
        assertThat(CidrRange.of("10.1.2.3", 12)).hasToString("10.0.0.0/12");
        assertThat(CidrRange.of("2001:db8::ffff", 120)).hasToString("2001:db8:0:0:0:0:0:ff00/120");
        assertThat(CidrRange.of("::", 0)).isNotEqualTo(CidrRange.of("0.0.0.0", 0));
        assertThatThrownBy(() -> CidrRange.of("10.0.0.0", 33)).hasMessage("prefix_len: 33 (expected: 0 to 32)");
        assertThatThrownBy(() -> CidrRange.of("::", 129)).hasMessage("prefix_len: 129 (expected: 0 to 128)");
        assertThatThrownBy(() -> CidrRange.of("ten", 8))
                .hasMessage("address_prefix: \"ten\" (expected: an IP address)");
    }

    @Test
    void portsAndProtocolsAreChecked() {
        assertThatThrownBy(() -> ChainMatch.ANY.withApplicationProtocols(List.of("h2", "")))
                .hasMessage("application_protocols[1]: empty (expected: a name)");
        assertThatThrownBy(() -> ChainMatch.ANY.withApplicationProtocols(List.of("h2", "h2")))
                .hasMessage("application_protocols[1]: h2 a second time (expected: once)");
    }
}
