package dev.weft.proxy.forward;

import dev.weft.proxy.filter.RequestKey;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.route.InternalRedirects;
import dev.weft.proxy.route.Route;
import dev.weft.proxy.syntax.Authority;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The redirects of endpoints that a request has followed in place of its client, as Envoy does it: to an absolute URL, with a request
 * that has come whole and of which all is kept, to a route of the same table. What its route's filters and rules have made of the
 * head stays. Whatever speaks against it leaves the request as it was.
 *
 * <p>Confined to its exchange's event loop.
 */
final class Redirection {
    private static final RequestKey<Redirection> KEY = RequestKey.named("internal redirects", Redirection.class);
    private static final Pattern URL = Pattern.compile("(?i)(https?)://([^/?#@]+)([^#]*)(#.*)?");
    private static final int SEE_OTHER = 303;

    private int followed;

    /** By name of a route, where its redirects have led. */
    private final Map<String, Set<String>> visited = new HashMap<>();

    private Redirection() {}

    /**
     * Makes the exchange's head what the redirect asks for.
     *
     * @return the route that it has then, or null where the response is the client's
     */
    static @Nullable Route follow(Exchange exchange, InternalRedirects rules, ResponseHead response) {
        Redirection past = exchange.passage().get(KEY);
        Route from = exchange.route();
        if (from == null
                || !rules.follow(response.status(), past == null ? 0 : past.followed)
                || !exchange.requestFlow().isWholeAndKept()
                || exchange.request().asksForTunnel()) {
            return null;
        }
        String location = response.headers().get(HeaderName.LOCATION);
        Matcher url = URL.matcher(location == null ? "" : location);
        if (!url.matches() || !isAuthority(url.group(2)) || !isPath(url.group(3))) {
            return null;
        }
        if (past == null) {
            past = new Redirection();
            exchange.passage().put(KEY, past);
        }
        Route target = past.follow(exchange, from, rules, response, url);
        if (target != null) {
            past.followed++;
        }
        return target;
    }

    private @Nullable Route follow(
            Exchange exchange, Route from, InternalRedirects rules, ResponseHead response, Matcher url) {
        RequestHead head = exchange.request();
        boolean fromHttps = isHttps(exchange);
        boolean toHttps = url.group(1).equalsIgnoreCase("https");
        if (!rules.allowScheme(fromHttps, toHttps)) {
            return null;
        }
        RequestHead before = copy(head);
        rules.copy(response.headers(), head.headers());
        String path = url.group(3);
        head.scheme(toHttps ? "https" : "http").authority(url.group(2)).path(path.startsWith("/") ? path : "/" + path);
        boolean clean = RequestTarget.clean(head, exchange.policy().options().target(), exchange.connection())
                == RequestTarget.Verdict.ROUTE;
        Route target = clean ? exchange.match() : null;
        Set<String> led = visited.computeIfAbsent(from.name(), name -> new HashSet<>());
        if (target == null || !rules.allow(target, led)) {
            restore(head, before);
            return null;
        }
        if (response.status() == SEE_OTHER
                && !head.method().equals("GET")
                && !head.method().equals("HEAD")) { // RFC 9110, section 15.4.4
            head.method("GET").headers().remove(HeaderName.CONTENT_LENGTH);
            exchange.requestFlow().dropBody();
        }
        head.headers()
                .set(
                        HeaderName.X_ENVOY_ORIGINAL_URL,
                        (fromHttps ? "https://" : "http://") + before.authority() + before.path());
        return target;
    }

    /** By TLS, unless a proxy in front says that it was not so there. */
    private static boolean isHttps(Exchange exchange) {
        String forwarded = exchange.request().headers().get(HeaderName.X_FORWARDED_PROTO);
        return exchange.connection().tls() && !"http".equals(forwarded);
    }

    private static boolean isAuthority(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return Authority.isValid(bytes, 0, bytes.length);
    }

    private static boolean isPath(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    private static RequestHead copy(RequestHead head) {
        RequestHead copy = new RequestHead()
                .scheme(head.scheme())
                .authority(head.authority())
                .path(head.path());
        copy.headers().addAll(head.headers());
        return copy;
    }

    private static void restore(RequestHead head, RequestHead before) {
        head.scheme(before.scheme()).authority(before.authority()).path(before.path());
        Headers headers = head.headers();
        headers.clear();
        headers.addAll(before.headers());
    }
}
