package dev.weft.xds;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Confined to its stream's executor. What one client knows about one resource name. */
final class Entry {
    final String name;

    /** What the client was last told, acknowledged or not; null when it was told nothing, or that it is gone. */
    @Nullable
    XdsResource sent;

    /** What the client runs, as far as it said so. */
    @Nullable
    XdsResource held;

    /** The client asked for this name and has had no answer yet. */
    boolean asked;

    /** To be sent although its version is not new. */
    boolean again;

    /** Its cluster changed after these endpoints were acknowledged; until they are again, routes wait. */
    boolean rewarming;

    /** The client refused {@link #sent}. */
    boolean refused;

    /** The revision that first made the client's knowledge stale; only meaningful while something is to be done. */
    long since;

    Entry(String name) {
        this.name = name;
    }

    /** What there is to do about this name, given what the snapshot says; order and flow control aside. */
    Step step(@Nullable XdsResource desired) {
        if (desired != null) {
            return again || !desired.sameVersion(sent) ? Step.SEND : Step.NOTHING;
        }
        if (sent != null) {
            return Step.REMOVE;
        }
        return asked ? Step.TELL_MISSING : Step.NOTHING;
    }

    /** Whether the client runs exactly this, and nothing else is on its way to it. */
    boolean runs(XdsResource desired) {
        return desired.sameVersion(held) && desired.sameVersion(sent);
    }

    ResourceStatus status(ResourceType type, @Nullable XdsResource desired) {
        ResourceStatus.State state;
        if (refused) {
            state = ResourceStatus.State.REFUSED;
        } else if (sent == null) {
            state = ResourceStatus.State.NOT_SENT;
        } else if (desired != null && runs(desired)) {
            state = ResourceStatus.State.SYNCED;
        } else {
            state = ResourceStatus.State.STALE;
        }
        return new ResourceStatus(
                new ResourceKey(type, name),
                sent == null ? "" : sent.version(),
                state,
                Optional.ofNullable(desired).map(XdsResource::body));
    }

    @Override
    public String toString() {
        return name + "[sent " + sent + ", held " + held + (asked ? ", asked" : "") + (refused ? ", refused" : "")
                + "]";
    }

    /** The closed set of things to do about a name. */
    enum Step {
        NOTHING,
        SEND,
        REMOVE,
        TELL_MISSING
    }
}
