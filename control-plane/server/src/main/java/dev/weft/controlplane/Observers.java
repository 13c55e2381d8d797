package dev.weft.controlplane;

import dev.weft.xds.ResourceType;
import dev.weft.xds.StreamEnd;
import dev.weft.xds.XdsClient;
import dev.weft.xds.XdsObserver;
import java.util.List;

/** Tells each observer in turn. Thread-safe where they are. */
final class Observers implements XdsObserver {
    private final List<XdsObserver> all;

    Observers(XdsObserver... all) {
        this.all = List.of(all);
    }

    @Override
    public void opened(XdsClient client) {
        all.forEach(o -> o.opened(client));
    }

    @Override
    public void closed(XdsClient client, StreamEnd end) {
        all.forEach(o -> o.closed(client, end));
    }

    @Override
    public void acked(XdsClient client, ResourceType type, long revision, String version) {
        all.forEach(o -> o.acked(client, type, revision, version));
    }

    @Override
    public void nacked(XdsClient client, ResourceType type, long revision, String version, String reason) {
        all.forEach(o -> o.nacked(client, type, revision, version, reason));
    }

    @Override
    public void live(XdsClient client, long revision) {
        all.forEach(o -> o.live(client, revision));
    }
}
