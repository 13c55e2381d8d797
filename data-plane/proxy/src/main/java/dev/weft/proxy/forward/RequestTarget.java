package dev.weft.proxy.forward;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.TargetRules;
import dev.weft.proxy.model.TargetRules.EscapedSlashes;
import dev.weft.proxy.model.TargetRules.HostPort;
import dev.weft.proxy.route.Query;

/**
 * Applies {@link TargetRules} before a request is routed. Stateless.
 *
 * <p>Order matters: slashes are unescaped first, so that dot segments between them are seen, and merged last, since normalizing can
 * bring two together.
 */
final class RequestTarget {
    private RequestTarget() {}

    /** What is to be done with a request whose target was looked at. */
    enum Verdict {
        ROUTE,
        /** It means something else to somebody. */
        REFUSE,
        /** The client is to ask for the path that the head has now. */
        REDIRECT
    }

    /** As the rules of the listener say that the client has connected to. */
    static Verdict clean(RequestHead head, TargetRules rules, Connection connection) {
        return rules.isNone()
                ? Verdict.ROUTE
                : clean(head, rules, connection.local().getPort());
    }

    /**
     * Changes the head's authority and path.
     *
     * @param ownPort that the client has connected to
     */
    static Verdict clean(RequestHead head, TargetRules rules, int ownPort) {
        cleanAuthority(head, rules, ownPort);
        String path = head.path();
        Verdict verdict = Verdict.ROUTE;
        if (rules.escapedSlashes() != EscapedSlashes.KEEP) {
            String unescaped = withSlashes(path);
            if (!unescaped.equals(path)) {
                if (rules.escapedSlashes() == EscapedSlashes.REFUSE) {
                    return Verdict.REFUSE;
                }
                path = unescaped;
                verdict = rules.escapedSlashes() == EscapedSlashes.REDIRECT ? Verdict.REDIRECT : verdict;
            }
        }
        if (rules.normalizePath()) {
            String normal = PathNormalization.of(path, Query.start(path));
            if (normal == null) {
                return Verdict.REFUSE;
            }
            path = normal;
        }
        head.path(rules.mergeSlashes() ? merged(path) : path);
        // A client of gRPC follows no redirect.
        return verdict == Verdict.REDIRECT && head.isGrpc() ? Verdict.REFUSE : verdict;
    }

    /** Where a client is sent: a path that begins with two slashes would be read as a host (RFC 3986, section 4.2). */
    static String location(RequestHead head) {
        return head.path().startsWith("//") ? "/." + head.path() : head.path();
    }

    private static void cleanAuthority(RequestHead head, TargetRules rules, int ownPort) {
        if ((rules.port() == HostPort.KEEP && !rules.stripTrailingDot())
                || head.isConnect()) { // the port is the point of it
            return;
        }
        String authority = head.authority();
        int colon = portColon(authority);
        String port = colon < 0 ? "" : authority.substring(colon);
        String host = colon < 0 ? authority : authority.substring(0, colon);
        if (rules.port() == HostPort.STRIP || (rules.port() == HostPort.STRIP_OWN && port.equals(":" + ownPort))) {
            port = "";
        }
        if (rules.stripTrailingDot() && host.endsWith(".") && host.length() > 1) { // an empty host is none
            host = host.substring(0, host.length() - 1);
        }
        head.authority(host + port);
    }

    /** Index of the colon before a port, or -1; one inside an IPv6 literal is none. */
    private static int portColon(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? colon : -1;
    }

    private static String withSlashes(String path) {
        int end = Query.start(path);
        if (path.indexOf('%') < 0) {
            return path;
        }
        StringBuilder out = new StringBuilder(path.length());
        for (int i = 0; i < end; i++) {
            char slash = path.charAt(i) == '%' && i + 2 < end ? slash(path.charAt(i + 1), path.charAt(i + 2)) : 0;
            out.append(slash == 0 ? path.charAt(i) : slash);
            i += slash == 0 ? 0 : 2;
        }
        return out.append(path, end, path.length()).toString();
    }

    private static char slash(char high, char low) {
        if (high == '2' && (low == 'F' || low == 'f')) {
            return '/';
        }
        return high == '5' && (low == 'C' || low == 'c') ? '\\' : 0;
    }

    private static String merged(String path) {
        int end = Query.start(path);
        int twice = path.indexOf("//");
        if (twice < 0 || twice >= end) {
            return path;
        }
        StringBuilder out = new StringBuilder(path.length());
        for (int i = 0; i < end; i++) {
            if (path.charAt(i) != '/' || i == 0 || path.charAt(i - 1) != '/') {
                out.append(path.charAt(i));
            }
        }
        return out.append(path, end, path.length()).toString();
    }
}
