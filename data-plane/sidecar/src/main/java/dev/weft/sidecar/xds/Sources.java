package dev.weft.sidecar.xds;

import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import io.netty.util.NetUtil;
import java.time.Duration;

/** Config sources and socket addresses, which many messages hold. Stateless. */
final class Sources {
    /** Envoy's default. */
    private static final Duration INITIAL_FETCH_TIMEOUT = Duration.ofSeconds(15);

    private Sources() {}

    /** All dynamic resources come over the one ADS stream; {@code self} in a resource that came by it means the same. */
    static void expectAds(Message holder, String field, Problems problems) {
        Message source = holder.message(field);
        if (!source.has("ads") && !source.has("self")) {
            String given = source.has("path") || source.has("path_config_source") ? "a file" : "no source";
            problems.add(source.path(), given + " (expected: ads)");
        }
    }

    /** Zero waits for ever. */
    static Duration initialFetchTimeout(Message configSource) {
        return configSource.duration("initial_fetch_timeout").orElse(INITIAL_FETCH_TIMEOUT);
    }

    static void expectTcp(Message socketAddress, Problems problems) {
        if (!socketAddress.choice("protocol").equals("TCP")) {
            problems.add(socketAddress.path("protocol"), socketAddress.choice("protocol") + " (expected: TCP)");
        }
    }

    /** An address to bind, which must be an IP. */
    static String bindHost(Message socketAddress, Problems problems) {
        String host = socketAddress.string("address");
        if (!isIp(host)) {
            problems.add(socketAddress.path("address"), quoted(host) + " (expected: an IP address)");
        }
        return host;
    }

    static String quoted(String text) {
        return text.isEmpty() ? "empty" : text;
    }

    static boolean isIp(String host) {
        return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    }
}
