package dev.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ServerTls;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that connects and does not shake hands costs a connection only for a while. */
class HandshakeTimeoutTest {
    /** Nothing, and the begin of a record that never ends. */
    @ParameterizedTest
    @ValueSource(strings = {"", "\26\3\1\2\0\1"})
    void aClientThatIsSilentBeforeItsHelloIsLeft(String sent) throws Exception {
        X509Bundle own = new CertificateBuilder()
                .subject("CN=a")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
        ServerTls tls = new ServerTls(
                List.of(new ServerTls.Certificate(own.getCertificatePathPEM(), own.getPrivateKeyPEM())),
                List.of(),
                Optional.empty());
        EmbeddedChannel channel = new EmbeddedChannel(
                ServerTlsContext.of(tls, TlsEngine.JDK).newHandler(Duration.ofSeconds(10), chosen -> {}));
        channel.freezeTime();
        channel.writeInbound(Unpooled.copiedBuffer(sent, java.nio.charset.StandardCharsets.ISO_8859_1));

        channel.advanceTimeBy(9, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        channel.advanceTimeBy(2, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }
}
