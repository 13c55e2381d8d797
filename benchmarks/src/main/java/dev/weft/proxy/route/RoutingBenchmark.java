package dev.weft.proxy.route;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.RouteTable.VirtualHost;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Finding one request's route among 10,000: on one host, where all are told apart by the path, and on 1,000 hosts of ten routes
 * each. Half of the paths are exact, half are prefixes; the requests go to all of them in a random order.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RoutingBenchmark {
    private static final int ROUTES = 10_000;
    private static final int HOSTS = 1_000;
    /** A power of two. */
    private static final int REQUESTS = 4_096;

    private final Routes oneHost = Routes.compile(new RouteTable(
            "one-host",
            List.of(new VirtualHost("all", List.of("*"), rules(0, ROUTES), HeaderRules.NONE)),
            HeaderRules.NONE));
    private final Routes manyHosts = Routes.compile(new RouteTable("many-hosts", hosts(), HeaderRules.NONE));
    private final RequestHead[] requests = requests();
    private int at;

    private static List<RouteRule> rules(int from, int count) {
        List<RouteRule> rules = new ArrayList<>();
        RouteAction answer = new RouteAction.Respond(200, "", "text/plain");
        for (int i = from; i < from + count; i++) {
            RouteMatch.PathMatch path = i % 2 == 0
                    ? new RouteMatch.PathMatch.Exact(path(i), true)
                    : new RouteMatch.PathMatch.Prefix(path(i), true);
            rules.add(new RouteRule("", new RouteMatch(path, List.of(), List.of(), false), answer, HeaderRules.NONE));
        }
        return rules;
    }

    private static List<VirtualHost> hosts() {
        List<VirtualHost> hosts = new ArrayList<>();
        int each = ROUTES / HOSTS;
        for (int i = 0; i < HOSTS; i++) {
            hosts.add(new VirtualHost("host-" + i, List.of(host(i)), rules(i * each, each), HeaderRules.NONE));
        }
        return hosts;
    }

    private static RequestHead[] requests() {
        RandomGenerator random = new SplittableRandom(1);
        RequestHead[] requests = new RequestHead[REQUESTS];
        for (int i = 0; i < REQUESTS; i++) {
            int route = random.nextInt(ROUTES);
            requests[i] = new RequestHead()
                    .method("GET")
                    .authority(host(route / (ROUTES / HOSTS)))
                    .path(path(route));
        }
        return requests;
    }

    private static String host(int index) {
        return "service-" + index + ".shop.example";
    }

    private static String path(int index) {
        return "/api/v1/resource-" + index + "/items";
    }

    @Benchmark
    public @Nullable Route amongPaths() {
        return oneHost.find(requests[at++ & (REQUESTS - 1)], false);
    }

    @Benchmark
    public @Nullable Route amongHosts() {
        return manyHosts.find(requests[at++ & (REQUESTS - 1)], false);
    }
}
