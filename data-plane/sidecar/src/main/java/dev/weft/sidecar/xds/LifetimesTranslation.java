package dev.weft.sidecar.xds;

import dev.weft.proxy.model.Lifetimes;
import dev.weft.sidecar.xds.message.Message;
import java.time.Duration;

/** What {@code HttpProtocolOptions} says of how long connections and streams live. Stateless. */
final class LifetimesTranslation {
    private LifetimesTranslation() {}

    /** @throws IllegalArgumentException where one is out of range */
    static Lifetimes lifetimes(Message common) {
        return new Lifetimes(
                common.duration("max_connection_duration").orElse(Duration.ZERO),
                common.integer("max_requests_per_connection", 0),
                common.duration("max_stream_duration").orElse(Duration.ZERO));
    }
}
