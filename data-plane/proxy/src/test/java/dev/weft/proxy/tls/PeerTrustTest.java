package dev.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DNS names in certificates, by RFC 9525, section 6.3. The chain's side is shown by ConnectorTest. */
final class PeerTrustTest {
    @ParameterizedTest
    @CsvSource({
        "api.weft.test, api.weft.test, true",
        "API.weft.test, api.WEFT.test, true",
        "api.weft.test, web.weft.test, false",
        "*.weft.test, api.weft.test, true",
        "*.weft.test, a.b.weft.test, false",
        "*.weft.test, weft.test, false",
        "a*.weft.test, api.weft.test, false",
        "*, weft, false",
    })
    void aWildcardStandsForOneWholeLabel(String held, String wanted, boolean matches) {
        assertThat(PeerTrust.matchesDns(held, wanted)).isEqualTo(matches);
    }
}
