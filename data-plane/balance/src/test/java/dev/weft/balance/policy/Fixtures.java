package dev.weft.balance.policy;

import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.EndpointConfig;
import java.util.Arrays;

/** Candidates to compile pickers from. */
final class Fixtures {

    private Fixtures() {}

    static Candidates equal(String... addresses) {
        return candidates(Arrays.stream(addresses).map(EndpointConfig::of).toArray(EndpointConfig[]::new));
    }

    /** Endpoints 127.0.0.1:1, 127.0.0.1:2, … of these weights. */
    static Candidates weighted(int... weights) {
        EndpointConfig[] configs = new EndpointConfig[weights.length];
        for (int i = 0; i < weights.length; i++) {
            configs[i] = EndpointConfig.of("127.0.0.1:" + (i + 1)).withWeight(weights[i]);
        }
        return candidates(configs);
    }

    static Candidates candidates(EndpointConfig... configs) {
        return Candidates.of(Arrays.stream(configs).map(Endpoint::of).toList());
    }

    /** Makes {@code count} requests active on an endpoint. */
    static void occupy(Endpoint endpoint, int count) {
        for (int i = 0; i < count; i++) {
            endpoint.requestStarted();
        }
    }
}
