package dev.weft.xds;

/** Immutable. What a client says in its node that it can do. */
final class ClientFeatures {
    private ClientFeatures() {}

    static boolean takesResourceEnvelopes(XdsClient client) {
        return client.supports("xds.config.resource-in-sotw")
                || client.supports("xds.config.supports-resource-in-sotw");
    }

    static boolean takesTtl(XdsClient client) {
        return client.supports("xds.config.supports-resource-ttl");
    }
}
