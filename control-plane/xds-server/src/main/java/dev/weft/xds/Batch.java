package dev.weft.xds;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Confined to its stream's executor. What the next response of one type is to tell. */
final class Batch {
    private final List<Item> items = new ArrayList<>();
    private long bytes;

    /**
     * One name of a response.
     *
     * @param resource what the client is given, or null when it is told that there is none
     * @param since the revision that made this necessary
     * @param heartbeat whether the client has this very resource and is only to keep it
     */
    record Item(Entry entry, @Nullable XdsResource resource, long since, boolean heartbeat) {}

    void send(Entry entry, XdsResource resource) {
        items.add(new Item(entry, resource, entry.since, false));
        bytes += resource.envelope(false).getSerializedSize();
    }

    /** The client is told that there is no such resource, or no more. */
    void tellAbsent(Entry entry) {
        items.add(new Item(entry, null, entry.since, false));
    }

    void keepAlive(Entry entry, XdsResource resource) {
        items.add(new Item(entry, resource, Long.MAX_VALUE, true));
    }

    List<Item> items() {
        return items;
    }

    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return items.isEmpty();
    }
}
