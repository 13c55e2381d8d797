package dev.weft.demo;

import com.google.protobuf.util.Durations;
import dev.weft.api.client.MeshClient;
import dev.weft.api.client.MeshException;
import dev.weft.api.manifest.Manifest;
import dev.weft.api.manifest.ManifestReader;
import dev.weft.api.manifest.Manifests;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.Forward;
import dev.weft.v1.Kind;
import dev.weft.v1.ListRequest;
import dev.weft.v1.Resource;
import dev.weft.v1.Rule;
import dev.weft.v1.StatusRequest;
import dev.weft.v1.WatchRolloutRequest;
import dev.weft.v1.WatchRolloutResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/** The mesh's definitions, as the control plane keeps them. Thread-safe. */
final class Definitions implements AutoCloseable {
    private static final Duration LIVE_WITHIN = Duration.ofSeconds(30);

    private final MeshClient mesh;

    Definitions(String controlPlane) {
        mesh = MeshClient.connect(controlPlane, Duration.ofSeconds(10));
    }

    /**
     * Applies a file of manifests.
     *
     * @return the revision
     * @throws IOException if it cannot be read
     */
    long apply(Path file) throws IOException {
        Manifests manifests = new ManifestReader()
                .read(file.toString(), Files.readString(file))
                .manifests();
        if (!manifests.problems().isEmpty()) {
            throw new IOException("not a manifest: " + manifests.problems().getFirst());
        }
        ApplyRequest.Builder request = ApplyRequest.newBuilder().setAuthor("weft demo");
        manifests.documents().stream().map(Manifest::resource).forEach(request::addResources);
        return mesh.call(m -> m.apply(request.build())).getRevision();
    }

    /**
     * Applies a file and waits until every connected sidecar runs it.
     *
     * @return how long both took
     * @throws IOException if it did not become live
     */
    Duration applyLive(Path file) throws IOException {
        long began = System.nanoTime();
        WatchRolloutRequest request = WatchRolloutRequest.newBuilder()
                .setRevision(apply(file))
                .setTimeout(Durations.fromMillis(LIVE_WITHIN.toMillis()))
                .build();
        WatchRolloutResponse last = mesh.stream(m -> {
            WatchRolloutResponse newest = WatchRolloutResponse.getDefaultInstance();
            for (Iterator<WatchRolloutResponse> told = m.watchRollout(request); told.hasNext(); ) {
                newest = told.next();
            }
            return newest;
        });
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        if (!last.getDone() || last.getRefusingCount() > 0) {
            throw new IOException(file.getFileName() + " is live on " + last.getLive() + " of " + last.getNodes()
                    + " sidecars after " + took.toMillis() + " ms");
        }
        return took;
    }

    /** How many sidecars and gateways are connected; 0 while the control plane cannot be asked. */
    int connected() {
        try {
            return mesh.call(m -> m.status(StatusRequest.getDefaultInstance())).getNodesCount();
        } catch (MeshException.Unavailable _) {
            return 0;
        }
    }

    /** By cluster: the route that leads there, with its share where there are several; what a later rule says counts. */
    Map<String, String> routes() {
        Map<String, String> routes = new TreeMap<>();
        var listed = mesh.call(
                m -> m.list(ListRequest.newBuilder().setKind(Kind.ROUTE).build()));
        for (Resource resource : listed.getResourcesList()) {
            for (Rule rule : resource.getRoute().getRulesList()) {
                long sum = rule.getForwardList().stream()
                        .mapToLong(Definitions::weight)
                        .sum();
                for (Forward forward : rule.getForwardList()) {
                    String share = sum > weight(forward) ? " " + weight(forward) * 100 / sum + "%" : "";
                    routes.put(forward.getCluster(), resource.getName() + share);
                }
            }
        }
        return routes;
    }

    private static long weight(Forward forward) {
        return forward.hasWeight() ? forward.getWeight().getValue() : 1;
    }

    @Override
    public void close() {
        mesh.close();
    }
}
