package dev.weft.xds;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Immutable. Where one stream stands.
 *
 * @param liveRevision the newest revision of which everything the client subscribes to is acknowledged; -1 before any
 * @param types per type that the client asked for
 */
public record StreamStatus(XdsClient client, Instant since, long liveRevision, Map<ResourceType, TypeStatus> types) {

    /** Whether the client runs everything that revisions up to this one mean for it. */
    public boolean liveAt(long revision) {
        return liveRevision >= revision;
    }

    /**
     * Where one type on one stream stands.
     *
     * @param sent the last response
     * @param acked the last response that the client accepted
     * @param refusal the last response that the client refused, until a later one is accepted
     * @param pending how many resources are not yet acknowledged in their latest version
     * @param since when this last changed
     */
    public record TypeStatus(
            Optional<Mark> sent, Optional<Mark> acked, Optional<Refusal> refusal, int pending, Instant since) {
        static final TypeStatus NOTHING_SENT =
                new TypeStatus(Optional.empty(), Optional.empty(), Optional.empty(), 0, Instant.EPOCH);
    }

    /** A response: its version text and the revision of the snapshot that it was made from. */
    public record Mark(String version, long revision) {}

    /** A refused response with the client's own words. */
    public record Refusal(String version, long revision, String reason) {}
}
