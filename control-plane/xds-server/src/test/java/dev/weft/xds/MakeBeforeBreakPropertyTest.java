package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.edsCluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.Content.listener;
import static dev.weft.xds.Content.routes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Whatever is published, and however slowly a proxy reads: no route it runs ever names a cluster that it does not have
 * or that has no endpoints, and in the end it has what was published last.
 */
class MakeBeforeBreakPropertyTest {
    private final Map<Any, XdsResource> known = new HashMap<>();

    @Property(tries = 150)
    void aDeltaProxyNeverRunsARouteToNowhere(@ForAll @Size(max = 80) List<@IntRange(max = 9999) Integer> steps) {
        try (TestServer server = new TestServer()) {
            server.publish(mesh(1, 1, ""));
            run(server, ModelProxy.delta(server, known), steps, 0);
        }
    }

    @Property(tries = 150)
    void aStateOfTheWorldProxyNeverRunsARouteToNowhere(
            @ForAll @Size(max = 80) List<@IntRange(max = 9999) Integer> steps) {
        try (TestServer server = new TestServer()) {
            server.publish(mesh(1, 1, ""));
            run(server, ModelProxy.sotw(server, known), steps, 0);
        }
    }

    @Property(tries = 150)
    void aDeltaProxyThatRefusesNowAndThenKeepsServingAndCatchesUp(
            @ForAll @Size(max = 80) List<@IntRange(max = 9999) Integer> steps) {
        try (TestServer server = new TestServer()) {
            server.publish(mesh(1, 1, ""));
            run(server, ModelProxy.delta(server, known), steps, 10);
        }
    }

    @Property(tries = 150)
    void aStateOfTheWorldProxyThatRefusesNowAndThenKeepsServingAndCatchesUp(
            @ForAll @Size(max = 80) List<@IntRange(max = 9999) Integer> steps) {
        try (TestServer server = new TestServer()) {
            server.publish(mesh(1, 1, ""));
            run(server, ModelProxy.sotw(server, known), steps, 10);
        }
    }

    private void run(TestServer server, ModelProxy proxy, List<Integer> steps, int refusalsInHundred) {
        proxy.start();
        proxy.checkThatRoutesServe();
        long revision = 1;
        for (int step : steps) {
            if (step % 4 == 0) {
                revision++;
                server.publish(mesh(revision, step, ""));
            } else {
                boolean accept = step / 4 % 100 >= refusalsInHundred;
                proxy.readNext(accept, step % 2 == 0);
            }
            assertThat(proxy.waiting()).doesNotHaveDuplicates();
            check(proxy, refusalsInHundred);
        }
        revision++;
        // All of it new, so that nothing refused before stands in the way.
        Snapshot last = mesh(revision, 0, "new");
        server.publish(last);
        while (proxy.readNext(true, true)) {
            check(proxy, refusalsInHundred);
        }
        proxy.checkThatRoutesServe();
        for (ResourceType type : last.types()) {
            Map<String, XdsResource> wanted = new TreeMap<>(last.resources(type));
            if (!type.isComplete()) {
                wanted.keySet().retainAll(proxy.subscribed(type));
            }
            assertThat(proxy.held(type)).isEqualTo(wanted);
        }
        assertThat(server.xds.behind(revision)).isEmpty();
    }

    // What a client refuses it does not have; but nothing that served may break for it.
    private static void check(ModelProxy proxy, int refusalsInHundred) {
        if (refusalsInHundred == 0) {
            proxy.checkThatRoutesServe();
        } else {
            proxy.checkThatNothingBroke();
        }
    }

    /** A mesh in which every reference leads somewhere, chosen by the seed. */
    private Snapshot mesh(long revision, int seed, String label) {
        Random random = new Random(seed);
        Snapshot.Builder snapshot = Snapshot.builder(revision);
        List<String> clusters = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            if (random.nextInt(10) < 6) {
                String name = "c" + i;
                String detail = label + seed % 3 * random.nextInt(2);
                clusters.add(name);
                put(snapshot, i < 3 ? edsCluster(name, detail) : cluster(name, detail));
                if (i < 3) {
                    put(snapshot, endpoints(name, 1 + label.length() * 10 + seed % 5 + random.nextInt(2)));
                }
            }
        }
        for (int i = 0; i < 3; i++) {
            if (random.nextInt(10) < 7) {
                put(snapshot, listener("l" + i, "r" + (i + random.nextInt(2)) + label));
            }
        }
        for (int i = 0; i < 4; i++) {
            String[] named = clusters.stream().filter(_ -> random.nextBoolean()).toArray(String[]::new);
            put(snapshot, routes("r" + i + label, named));
        }
        return snapshot.build();
    }

    private void put(Snapshot.Builder snapshot, XdsResource resource) {
        XdsResource one = known.computeIfAbsent(resource.body(), _ -> resource);
        snapshot.put(one);
    }
}
