package dev.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.testing.RevocationList;
import dev.weft.proxy.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Certificates that their authority has taken back, by lists that are given; none is fetched. */
class RevocationTest {
    private final TestAuthority authority = new TestAuthority("ours");
    private final TestAuthority second = new TestAuthority("second");
    private final X509Bundle good = authority.issue("good.example", "spiffe://mesh/good");
    private final X509Bundle bad = authority.issue("bad.example", "spiffe://mesh/bad");

    private PeerTrust trusting(String authorities, String lists) {
        return PeerTrust.of(
                new PeerValidation(Optional.of(authorities), List.of(), List.of(), List.of(), Optional.of(lists)));
    }

    private static ThrowingCallable showing(PeerTrust trust, X509Bundle certificate) {
        return () -> trust.checkClientTrusted(certificate.getCertificatePath(), "ECDHE_ECDSA");
    }

    @Test
    void whoIsOnTheListIsNotTrusted() {
        PeerTrust trust = trusting(authority.pem(), RevocationList.of(authority.bundle(), bad));

        assertThatCode(showing(trust, good)).doesNotThrowAnyException();
        assertThatThrownBy(showing(trust, bad))
                .isInstanceOf(CertificateException.class)
                .rootCause()
                .isInstanceOf(java.security.cert.CertificateRevokedException.class);
    }

    @Test
    void anAuthorityWithoutAListVouchesForNobody() {
        PeerTrust trust = trusting(authority.pem() + second.pem(), RevocationList.of(second.bundle()));

        assertThatThrownBy(showing(trust, good))
                .isInstanceOf(CertificateException.class)
                .hasRootCauseInstanceOf(CertPathValidatorException.class)
                .rootCause()
                .satisfies(cause -> assertThat(((CertPathValidatorException) cause).getReason())
                        .isEqualTo(BasicReason.UNDETERMINED_REVOCATION_STATUS));
        assertThatCode(showing(trust, second.issue("x.example", "spiffe://x"))).doesNotThrowAnyException();
    }

    @Test
    void theListOfSomebodyElseIsNone() {
        TestAuthority forger = new TestAuthority("ours");

        assertThatThrownBy(showing(trusting(authority.pem(), RevocationList.of(forger.bundle())), good))
                .isInstanceOf(CertificateException.class);
    }

    @Test
    void aListWithoutItsAuthoritiesIsRefused() {
        assertThatThrownBy(() ->
                        new PeerValidation(Optional.empty(), List.of(), List.of(), List.of(), Optional.of("list")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("crl: without trusted_ca (expected: both, for those sign it)");
        assertThatThrownBy(() -> trusting(authority.pem(), "nonsense"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("crl: ");
    }
}
