package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Direction;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Bytes of a client that come before there is a connection to carry them on. */
class EarlyBytesTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    private Proxy proxy(int originPort) {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        ProxyConfig clusters = Setup.listen("127.0.0.1", 0).to("127.0.0.1:" + originPort);
        proxy.apply(new ProxyConfig(
                List.of(new ListenerConfig(
                        "tcp",
                        "127.0.0.1",
                        0,
                        Direction.GATEWAY,
                        new ListenerConfig.Tcp(new ClusterName("origin")),
                        Optional.empty(),
                        Optional.of(ProxyProtocol.REQUIRED))),
                clusters.clusters(),
                Map.of()));
        return proxy;
    }

    @Test
    void whatComesInOnePieceWithThePROXYHeaderIsCarriedToo() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> wire.send(wire.receive(8))));
        RawClient client = opened.open(RawClient.connect(proxy(origin.port()).address("tcp")));

        client.send("PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\nfirst").send("...");

        assertThat(client.receive(8)).isEqualTo("first...");
    }

    @Test
    void theyAreLetGoWithAConnectionThatNobodyTakes() throws IOException {
        RawOrigin gone = opened.open(RawOrigin.following(wire -> {}));
        gone.close();
        RawClient client = opened.open(RawClient.connect(proxy(gone.port()).address("tcp")));

        client.send("PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\nfirst");

        assertThat(client.receiveToEnd()).isIn("", "[reset]");
    }
}
