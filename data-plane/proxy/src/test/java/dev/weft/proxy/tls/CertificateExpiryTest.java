package dev.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import io.prometheus.client.CollectorRegistry;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A gauge says until when each of our certificates is valid, for as long as it is shown to anyone. */
class CertificateExpiryTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    private final TestAuthority authority = new TestAuthority("ours");
    private final X509Bundle server = authority.issue("a.example", "spiffe://mesh/a");
    private final X509Bundle client = authority.issue("b.example", "spiffe://mesh/b");
    private final CollectorRegistry metrics = new CollectorRegistry();

    private @Nullable Double expiry(String side, String name, X509Bundle own) {
        return metrics.getSampleValue(
                "weft_tls_certificate_expiry_timestamp_seconds",
                new String[] {"side", "name", "subject", "serial"},
                new String[] {
                    side,
                    name,
                    own.getCertificate().getSubjectX500Principal().getName(),
                    own.getCertificate().getSerialNumber().toString(16)
                });
    }

    private static double end(X509Bundle own) {
        return own.getCertificate().getNotAfter().toInstant().getEpochSecond();
    }

    @Test
    void bothSidesAreTold() {
        Proxy proxy = opened.open(Proxy.builder().loops(1).metrics(metrics).build());
        ServerTls tls = new ServerTls(List.of(TestAuthority.pem(server)), List.of(), Optional.empty());

        proxy.apply(Setup.listen("127.0.0.1", 0)
                .tls(tls)
                .cluster("web", "127.0.0.1:9")
                .tls(new ClientTls("", Optional.empty(), List.of(), List.of(), Optional.of(TestAuthority.pem(client))))
                .and()
                .route("/", "web")
                .build());
        assertThat(expiry("listener", "http", server)).isEqualTo(end(server));
        assertThat(expiry("cluster", "web", client)).isEqualTo(end(client));

        proxy.apply(Setup.listen("127.0.0.1", 0).to("127.0.0.1:9"));
        assertThat(expiry("listener", "http", server)).isNull();
        assertThat(expiry("cluster", "web", client)).isNull();
    }
}
