package dev.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.Inspection;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.model.ListenerConfig.Direction;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A proxy with one listener of several chains. An HTTP chain answers with the name of its route table, an opaque one leads to an
 * origin that ends TLS itself and answers {@code origin}. Confined to the test's thread.
 */
final class ChainsFixture {
    static final String GET = "GET / HTTP/1.1\r\nHost: any\r\n\r\n";
    static final String LISTENER = "edge";

    final TestAuthority authority = new TestAuthority("ours");
    final RawOrigin origin;
    private final Opened opened;
    private final CollectorRegistry metrics = new CollectorRegistry();
    private final Proxy proxy;
    private final Map<ClusterName, ClusterConfig> clusters = new HashMap<>();

    ChainsFixture(Opened opened) throws Exception {
        this.opened = opened;
        this.proxy = opened.open(Proxy.builder().loops(1).metrics(metrics).build());
        this.origin = opened.open(
                RawOrigin.over(TestAuthority.listen(bundle("origin.example"), authority.counting()), wire -> {
                    while (wire.request() != null) {
                        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\norigin");
                    }
                }));
        for (String name : List.of("origin", "other")) {
            ClusterName key = new ClusterName(name);
            ProxyConfig made = Setup.listen("127.0.0.1", 0)
                    .cluster(name, "127.0.0.1:" + origin.port())
                    .and()
                    .build();
            clusters.put(key, made.clusters().get(key));
        }
    }

    private X509Bundle bundle(String name) {
        return authority.issue(name, "spiffe://mesh/" + name);
    }

    ServerTls.Certificate certificate(String name) {
        return TestAuthority.pem(bundle(name));
    }

    /** HTTP/1.1 behind TLS, with a certificate for each name. */
    ServerTls tls(String... names) {
        return new ServerTls(
                Arrays.stream(names).map(this::certificate).toList(), List.of("http/1.1"), Optional.empty());
    }

    static Chain http(ChainMatch match, String table, @Nullable ServerTls tls) {
        return http(match, table, tls, HttpOptions.DEFAULT);
    }

    static Chain http(ChainMatch match, String table, @Nullable ServerTls tls, HttpOptions options) {
        return new Chain(match, new ListenerConfig.Http(table, options), Optional.ofNullable(tls));
    }

    static Chain tcp(ChainMatch match, String cluster) {
        return new Chain(match, new ListenerConfig.Tcp(new ClusterName(cluster)), Optional.empty());
    }

    ChainsFixture apply(Chain... chains) {
        return apply(Inspection.DEFAULT, null, null, chains);
    }

    ChainsFixture apply(
            Inspection inspection, @Nullable ProxyProtocol proxyProtocol, @Nullable Chain fallback, Chain... chains) {
        Map<String, RouteTable> tables = new HashMap<>();
        ListenerConfig listener = new ListenerConfig(
                LISTENER,
                "127.0.0.1",
                0,
                Direction.GATEWAY,
                List.of(chains),
                Optional.ofNullable(fallback),
                Optional.ofNullable(proxyProtocol),
                inspection);
        for (Chain chain : listener.allChains()) {
            if (chain.handler() instanceof ListenerConfig.Http http) {
                tables.put(http.routeTable(), table(http.routeTable()));
            }
        }
        proxy.apply(new ProxyConfig(List.of(listener), clusters, tables));
        return this;
    }

    private static RouteTable table(String name) {
        RouteRule rule = new RouteRule(
                "",
                new RouteMatch(new RouteMatch.PathMatch.Prefix("/", true), List.of(), List.of(), false),
                new RouteAction.Respond(200, name, "text/plain"),
                HeaderRules.NONE);
        return new RouteTable(
                name,
                List.of(new RouteTable.VirtualHost("all", List.of("*"), List.of(rule), HeaderRules.NONE)),
                HeaderRules.NONE);
    }

    Proxy proxy() {
        return proxy;
    }

    RawClient plain() throws IOException {
        return opened.open(RawClient.connect(proxy.address(LISTENER)));
    }

    /** Over TLS, asking for that name and offering these protocols. */
    RawClient secure(@Nullable String name, String... protocols) throws Exception {
        return secureOver(plain().socket(), name, protocols);
    }

    RawClient secureOver(Socket connected, @Nullable String name, String... protocols) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {authority.counting()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(connected, "127.0.0.1", 443, false);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(name == null ? List.of() : List.of(new SNIHostName(name)));
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        RawClient client = opened.open(RawClient.over(socket));
        socket.startHandshake();
        return client;
    }

    /** Who answers, by the name of its table. */
    static String answer(RawClient client) throws IOException {
        return client.send(GET).response().body();
    }

    static String certificateOf(RawClient client) throws IOException {
        return ((SSLSocket) client.socket()).getSession().getPeerPrincipal().getName();
    }

    void awaitFailures(String reason, int count) {
        await().untilAsserted(() -> assertThat(failures(reason)).isEqualTo(count));
    }

    double failures(String reason) {
        return metrics.getSampleValue(
                "weft_downstream_filter_chain_failures_total", new String[] {"reason"}, new String[] {reason});
    }
}
