package dev.weft.proxy.cluster;

import dev.weft.proxy.model.ClusterConfig.AddressFamily;
import java.util.List;

/** Turns names into addresses, without blocking. Confined to a cluster's home loop. */
interface NameLookup {
    /** Looks {@code host} up once; the answer comes on the loop, possibly before this returns. */
    void lookUp(String host, AddressFamily family, Answer answer);

    /** Receives what came of it, exactly once. */
    interface Answer {
        /**
         * @param addresses IPs as text, in the order of the answer, never empty
         */
        void found(List<String> addresses);

        /**
         * @param reason for people
         */
        void failed(String reason);
    }
}
