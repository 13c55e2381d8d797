package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.TcpCluster;
import dev.weft.proxy.model.LogFormat;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code TcpProxy}. Confined to the thread of the conversion. */
final class TcpTranslation {
    private static final TcpOptions DEFAULT = TcpOptions.DEFAULT.withConnectAttempts(1); // as in Envoy

    private final Problems problems;
    private final AccessLogTranslation accessLogs;

    TcpTranslation(Problems problems, FileText files) {
        this.problems = problems;
        this.accessLogs = new AccessLogTranslation(problems, files);
    }

    ListenerConfig.@Nullable Tcp tcp(Message proxy) {
        List<TcpCluster> clusters = clusters(proxy);
        boolean hashSource = hashSource(proxy);
        AccessLog accessLog = accessLogs.ownForm(proxy);
        List<LogFormat> logs = accessLogs.formats(proxy);
        if (clusters.isEmpty()) {
            return null; // what is wrong is noted
        }
        return problems.making(
                proxy,
                () -> new ListenerConfig.Tcp(
                        clusters,
                        new TcpOptions(
                                proxy.integer("max_connect_attempts", DEFAULT.maxConnectAttempts()),
                                hashSource,
                                proxy.duration("idle_timeout").orElse(DEFAULT.idleTimeout()),
                                proxy.duration("max_downstream_connection_duration")
                                        .orElse(DEFAULT.maxDuration()),
                                DEFAULT.drainTimeout(),
                                accessLog,
                                logs)));
    }

    private List<TcpCluster> clusters(Message proxy) {
        List<TcpCluster> clusters = new ArrayList<>();
        for (Message share : proxy.message("weighted_clusters").messages("clusters")) {
            int weight = share.integer("weight", 0);
            if (weight == 0) {
                problems.add(share.path("weight"), "0 (expected: >= 1)");
            }
            add(share, share.string("name"), weight, clusters);
        }
        if (!proxy.has("weighted_clusters")) {
            add(proxy, proxy.string("cluster"), 1, clusters);
        } else if (proxy.message("weighted_clusters").messages("clusters").isEmpty()) {
            problems.add(proxy.message("weighted_clusters").path("clusters"), "empty (expected: at least one)");
        }
        return clusters;
    }

    private void add(Message at, String name, int weight, List<TcpCluster> clusters) {
        TcpCluster cluster = problems.making(at, () -> new TcpCluster(new ClusterName(name), weight));
        if (cluster != null) {
            clusters.add(cluster);
        }
    }

    private boolean hashSource(Message proxy) {
        List<Message> policies = proxy.messages("hash_policy");
        if (policies.size() > 1) {
            problems.add(proxy.path("hash_policy"), policies.size() + " (expected: at most 1)");
        }
        policies.stream()
                .filter(policy -> !policy.has("source_ip"))
                .forEach(policy -> problems.add(policy.path(), "empty (expected: source_ip)"));
        return !policies.isEmpty();
    }
}
