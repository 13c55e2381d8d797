package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientCertificateForwarding.Detail;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The text that says whose certificate was shown, by the examples of Envoy's documentation. */
class CertificateElementTest {
    private static X509Bundle certificate(String subject, List<String> uris, List<String> names) throws Exception {
        CertificateBuilder builder = new CertificateBuilder().subject(subject).ecp256();
        for (String uri : uris) {
            builder.addSanUriName(uri);
        }
        names.forEach(builder::addSanDnsName);
        return builder.setIsCertificateAuthority(true).buildSelfSigned();
    }

    private static String element(X509Bundle shown, @Nullable X509Bundle ours, Detail... details) {
        return CertificateElement.of(
                List.of(shown.getCertificatePath()), ours == null ? null : ours.getCertificate(), List.of(details));
    }

    private static String hash(X509Certificate certificate) throws Exception {
        return "Hash="
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    }

    @Test
    void everyPartHasItsKeyInEnvoysOrder() throws Exception {
        X509Bundle ours = certificate("CN=us", List.of("spiffe://mesh/us", "http://us.example"), List.of("us.example"));
        X509Bundle client = certificate(
                "CN=Test Client,OU=Lyft,L=San Francisco,ST=CA,C=US",
                List.of("spiffe://mesh/web", "http://web.example"),
                List.of("web.example", "www.example"));

        assertThat(element(client, ours, Detail.SUBJECT, Detail.URI, Detail.DNS))
                .isEqualTo("By=spiffe://mesh/us;By=http://us.example;" + hash(client.getCertificate())
                        + ";Subject=\"CN=Test Client,OU=Lyft,L=San Francisco,ST=CA,C=US\""
                        + ";URI=spiffe://mesh/web;URI=http://web.example;DNS=web.example;DNS=www.example");
        assertThat(element(client, null)).isEqualTo(hash(client.getCertificate()));
    }

    @Test
    void aKeyOfAUriStandsThereAlsoWithoutOne() throws Exception {
        X509Bundle client = certificate("CN=a", List.of(), List.of());

        assertThat(element(client, client, Detail.URI, Detail.DNS)).isEqualTo(hash(client.getCertificate()) + ";URI=");
    }

    @Test
    void certificatesAreEncodedForUrls() throws Exception {
        X509Bundle client = certificate("CN=a", List.of(), List.of());

        String element = element(client, null, Detail.CERT, Detail.CHAIN);

        String[] parts = element.split(";");
        assertThat(parts[1])
                .startsWith("Cert=\"-----BEGIN%20CERTIFICATE-----%0A")
                .endsWith("%0A\"");
        assertThat(parts[2]).startsWith("Chain=\"-----BEGIN%20CERTIFICATE-----%0A");
        assertThat(element).matches("[!-~]+");
        String pem = URLDecoder.decode(parts[1].substring(6, parts[1].length() - 1), StandardCharsets.US_ASCII);
        assertThat(pem.lines().toList())
                .isEqualTo(client.getCertificatePEM().lines().toList());
    }

    @Test
    void aNameThatWouldBeMoreThanOneValueIsQuoted() throws Exception {
        X509Bundle client = certificate("CN=a", List.of("spiffe://a;By=spiffe://root", "spiffe://a,Hash=0"), List.of());

        assertThat(element(client, null, Detail.URI))
                .endsWith(";URI=\"spiffe://a;By=spiffe://root\";URI=\"spiffe://a,Hash=0\"");
    }

    @Test
    void aNameCannotLeaveItsQuotes() {
        assertThat(CertificateElement.value("a\\\";URI=spiffe://root;x=\""))
                .isEqualTo("\"a%5C%22;URI=spiffe://root;x=%22\"");
    }

    @Test
    void whatCannotBeInAFieldIsEscaped() throws Exception {
        X509Bundle client = certificate("CN=J\u00fcrgen \\\"Q\\\"", List.of(), List.of());

        assertThat(element(client, null, Detail.SUBJECT)).endsWith(";Subject=\"CN=J\\C3\\BCrgen \\\"Q\\\"\"");
    }
}
