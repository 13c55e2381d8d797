package dev.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.ProxyProtocol.Version;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.Program;
import dev.weft.proxy.testing.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our PROXY headers, read by those who are known for reading them. */
class ProxyHeaderPeersTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void haproxyUnderstandsThem(Version version) throws Exception {
        int port = Program.freePort();
        Path config = folder.resolve("haproxy.cfg");
        Files.writeString(config, """
                defaults
                  mode http
                  timeout client 10s
                  timeout connect 10s
                  timeout server 10s
                frontend f
                  bind 127.0.0.1:%d accept-proxy
                  http-request return status 200 content-type text/plain lf-string "%%[src]|%%[src_port]|%%[dst]|%%[dst_port]"
                """.formatted(port));
        opened.open(Program.run("haproxy", port, folder, "-db", "-f", config.toString()));

        expectUnderstood(version, port);
    }

    @ParameterizedTest
    @EnumSource
    void nginxUnderstandsThem(Version version) throws Exception {
        int port = Program.freePort();
        opened.open(Program.nginx(port, folder, "", "proxy_protocol", """
                return 200 "$proxy_protocol_addr|$proxy_protocol_port|$proxy_protocol_server_addr|$proxy_protocol_server_port";"""));

        expectUnderstood(version, port);
    }

    private void expectUnderstood(Version version, int port) throws IOException {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .proxyProtocol(ProxyProtocol.REQUIRED)
                .cluster("web", "127.0.0.1:" + port)
                .proxyProtocol(version)
                .and()
                .route("/", "web")
                .build());

        for (String ends : List.of(
                "TCP4 203.0.113.7 198.51.100.1 56324 443",
                "TCP4 203.0.113.8 198.51.100.1 1 65535",
                "TCP6 2001:db8::7 2001:db8::1 56324 443")) {
            RawClient client = opened.open(RawClient.connect(proxy.address("http")));
            String[] words = ends.split(" ");
            String expected = words[1] + "|" + words[3] + "|" + words[2] + "|" + words[4];
            assertThat(client.send("PROXY " + ends + "\r\n" + GET).response().body())
                    .isEqualTo(expected);
            assertThat(client.send(GET).response().body())
                    .as("on the same connection")
                    .isEqualTo(expected);
        }
    }
}
