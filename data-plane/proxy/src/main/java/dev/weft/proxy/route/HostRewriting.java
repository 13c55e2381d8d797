package dev.weft.proxy.route;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.RouteAction.HostRewrite;
import dev.weft.proxy.model.RouteAction.Rewrite;
import dev.weft.proxy.syntax.Authority;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Immutable: gives a request another authority, at the time when it is known: by the path before that is rewritten, by a header
 * after header rules, by the endpoint when one is tried. What is no authority is not put in its place.
 */
final class HostRewriting {
    private final HostRewrite rewrite;
    private final boolean appendForwardedHost;
    private final @Nullable HeaderName header;
    private final @Nullable Substitution substitution;

    private HostRewriting(HostRewrite rewrite, boolean appendForwardedHost) {
        this.rewrite = rewrite;
        this.appendForwardedHost = appendForwardedHost;
        this.header = rewrite instanceof HostRewrite.OfHeader of ? HeaderName.of(of.name()) : null;
        this.substitution = rewrite instanceof HostRewrite.OfPath of
                ? new Substitution(of.replacement().pattern(), of.replacement().substitution())
                : null;
    }

    /** Null where the authority stays. */
    static @Nullable HostRewriting compile(Rewrite rewrite) {
        return rewrite.host()
                .map(host -> new HostRewriting(host, rewrite.appendForwardedHost()))
                .orElse(null);
    }

    /** Before the path is rewritten. */
    void byRoute(RequestHead head) {
        if (rewrite instanceof HostRewrite.Literal literal) {
            replace(head, literal.host());
        } else if (substitution != null) {
            String path = head.path();
            replace(head, substitution.replaceAll(path.substring(0, Query.start(path))));
        }
    }

    /** After header rules, which may say it. */
    void byHeader(RequestHead head) {
        if (header != null) {
            replace(head, head.headers().get(header));
        }
    }

    boolean isByHeader() {
        return header != null;
    }

    boolean isByEndpoint() {
        return rewrite instanceof HostRewrite.OfEndpoint;
    }

    /** Of a first try, and of another one that goes elsewhere. */
    void byEndpoint(RequestHead head, @Nullable String hostname, boolean first) {
        if (hostname == null || first) {
            replace(head, hostname);
        } else {
            head.authority(hostname);
        }
    }

    private void replace(RequestHead head, @Nullable String authority) {
        if (authority == null || authority.isEmpty() || !isAuthority(authority)) {
            return;
        }
        if (appendForwardedHost) {
            appendForwardedHost(head.headers(), head.authority());
        }
        head.authority(authority);
    }

    private static void appendForwardedHost(Headers headers, String replaced) {
        String all = headers.joined(HeaderName.X_FORWARDED_HOST);
        if (all == null) {
            headers.add(HeaderName.X_FORWARDED_HOST, replaced);
        } else if (!all.substring(all.lastIndexOf(',') + 1).strip().equals(replaced)) {
            headers.set(HeaderName.X_FORWARDED_HOST, all + "," + replaced);
        }
    }

    private static boolean isAuthority(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return Authority.isValid(bytes, 0, bytes.length);
    }
}
