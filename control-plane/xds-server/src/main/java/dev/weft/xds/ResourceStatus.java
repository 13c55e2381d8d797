package dev.weft.xds;

import com.google.protobuf.Any;
import java.util.Optional;

/**
 * Immutable. How one resource stands with one client.
 *
 * @param version the version that the state is about; empty where nothing was sent
 * @param body what is served under the name now, if anything
 */
record ResourceStatus(ResourceKey key, String version, State state, Optional<Any> body) {
    /** The closed set of states, as the client status discovery service names them. */
    enum State {
        SYNCED,
        NOT_SENT,
        STALE,
        REFUSED
    }
}
