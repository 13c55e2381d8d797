package dev.weft.controlplane.translate;

import dev.weft.v1.HashKey;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;

/** A part of a hash key as a hash policy. Pure. */
final class HashKeyTranslation {
    private HashKeyTranslation() {}

    static HashPolicy translate(HashKey key) {
        HashPolicy.Builder policy = HashPolicy.newBuilder();
        switch (key.getPartCase()) {
            case HEADER -> policy.setHeader(HashPolicy.Header.newBuilder().setHeaderName(key.getHeader()));
            case COOKIE -> {
                HashPolicy.Cookie.Builder cookie =
                        HashPolicy.Cookie.newBuilder().setName(key.getCookie().getName());
                if (key.getCookie().hasTtl()) {
                    cookie.setTtl(key.getCookie().getTtl())
                            .setPath(
                                    key.getCookie().getPath().isEmpty()
                                            ? "/"
                                            : key.getCookie().getPath());
                }
                policy.setCookie(cookie);
            }
            case SOURCE_ADDRESS ->
                policy.setConnectionProperties(
                        HashPolicy.ConnectionProperties.newBuilder().setSourceIp(true));
            // Envoy's hash policies read pseudo-headers as headers; there is no policy for the path itself.
            case PATH -> policy.setHeader(HashPolicy.Header.newBuilder().setHeaderName(":path"));
            case QUERY ->
                policy.setQueryParameter(HashPolicy.QueryParameter.newBuilder().setName(key.getQuery()));
            case PART_NOT_SET -> throw new IllegalArgumentException("key: no part (expected: validated before)");
        }
        return policy.build();
    }
}
