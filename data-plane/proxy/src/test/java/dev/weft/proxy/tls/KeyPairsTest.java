package dev.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyPairsTest {
    private static X509Bundle made(Algorithm algorithm) throws Exception {
        return new CertificateBuilder()
                .subject("CN=" + algorithm)
                .algorithm(algorithm)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    /** Ed448 is one that BoringSSL does not know. */
    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"rsa2048", "ecp256", "ecp384", "ed25519", "ed448"})
    void aKeyIsOfItsOwnCertificateAndOfNoOther(Algorithm algorithm) throws Exception {
        X509Bundle one = made(algorithm);
        X509Bundle other = made(algorithm);

        assertThat(KeyPairs.areOne(one.getKeyPair().getPrivate(), one.getCertificate()))
                .isTrue();
        assertThat(KeyPairs.areOne(one.getKeyPair().getPrivate(), other.getCertificate()))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"rsa2048", "ecp384", "ed25519"})
    void aKeyOfAnotherKindIsOfNoCertificate(Algorithm algorithm) throws Exception {
        X509Bundle certified = made(Algorithm.ecp256);

        assertThat(KeyPairs.areOne(made(algorithm).getKeyPair().getPrivate(), certified.getCertificate()))
                .isFalse();
    }
}
