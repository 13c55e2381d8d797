package dev.weft.proxy.route;

import dev.weft.proxy.format.Format;
import dev.weft.proxy.format.RequestFacts;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HeaderRules.Append;
import dev.weft.proxy.model.HeaderRules.HeaderChange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Immutable: header rules of all levels of a route, flattened into one list per direction. As in Envoy the most specific level
 * is applied first, so that an outer level's overwrite wins.
 */
public final class HeaderOps {
    public static final HeaderOps NONE = new HeaderOps(List.of(), List.of());

    /** What codecs own, and what decides where a request goes: a rule may not touch it. */
    private static final Set<String> FORBIDDEN = Set.of(
            "host",
            "connection",
            "content-length",
            "transfer-encoding",
            "keep-alive",
            "proxy-connection",
            "te",
            "upgrade",
            "trailer",
            "http2-settings");

    private final Op[] request;
    private final Op[] response;

    private HeaderOps(List<Op> request, List<Op> response) {
        this.request = request.toArray(Op[]::new);
        this.response = response.toArray(Op[]::new);
    }

    /**
     * Compiles the levels, the most specific first.
     *
     * @throws IllegalArgumentException where a name is no token or belongs to the codecs, or a value may not stand in a field
     */
    public static HeaderOps compile(HeaderRules... levels) {
        List<Op> request = new ArrayList<>();
        List<Op> response = new ArrayList<>();
        for (HeaderRules level : levels) {
            collect(level.removeRequest(), level.request(), request);
            collect(level.removeResponse(), level.response(), response);
        }
        return request.isEmpty() && response.isEmpty() ? NONE : new HeaderOps(request, response);
    }

    /**
     * @param facts of the request, for values that are made of them
     */
    public void applyToRequest(Headers headers, RequestFacts facts) {
        for (Op op : request) {
            op.apply(headers, facts);
        }
    }

    /** As {@link #applyToRequest}. */
    public void applyToResponse(Headers headers, RequestFacts facts) {
        for (Op op : response) {
            op.apply(headers, facts);
        }
    }

    private static void collect(List<String> removals, List<HeaderChange> changes, List<Op> ops) {
        for (String name : removals) {
            ops.add(new Op.Remove(allowed(name)));
        }
        for (HeaderChange change : changes) {
            HeaderName name = allowed(change.name());
            new Headers().add(name, change.value()); // refuses what may not stand in a value
            ops.add(
                    change.formatted()
                            ? new Op.Made(name, Format.of(change.value()), change.keepEmpty(), change.append())
                            : new Op.Change(name, change.value().strip(), change.append()));
        }
    }

    private static HeaderName allowed(String name) {
        if (name.startsWith(":")) {
            throw new IllegalArgumentException("header rule: " + name + " (expected: a field, not a pseudo-header)");
        }
        HeaderName checked = HeaderName.of(name);
        if (FORBIDDEN.contains(checked.toString())) {
            throw new IllegalArgumentException(
                    "header rule: " + name + " (expected: a field that is not the connection's own)");
        }
        return checked;
    }

    /**
     * What was made as it may stand in a field: names of routes and what the environment says may hold any character. Wide ones are
     * written as UTF-8, as Envoy has them, and what ends lines as spaces; a value neither begins nor ends with one (RFC 9113,
     * section 8.2.1).
     */
    private static String fieldValue(String made) {
        String value = made.strip();
        if (value.chars().allMatch(c -> c >= ' ' && c <= 0xff)) {
            return value;
        }
        StringBuilder field = new StringBuilder();
        value.codePoints().forEach(c -> {
            if (c > 0xff) {
                byte[] bytes = Character.toString(c).getBytes(StandardCharsets.UTF_8);
                field.append(new String(bytes, StandardCharsets.ISO_8859_1));
            } else {
                field.append(c < ' ' ? ' ' : (char) c);
            }
        });
        return field.toString().strip();
    }

    private sealed interface Op {
        void apply(Headers headers, RequestFacts facts);

        record Remove(HeaderName name) implements Op {
            @Override
            public void apply(Headers headers, RequestFacts facts) {
                headers.remove(name);
            }
        }

        record Change(HeaderName name, String value, Append append) implements Op {
            @Override
            public void apply(Headers headers, RequestFacts facts) {
                change(headers, name, value, append);
            }
        }

        /** A value that is made for each request. */
        record Made(HeaderName name, Format format, boolean keepEmpty, Append append) implements Op {
            @Override
            public void apply(Headers headers, RequestFacts facts) {
                String value = fieldValue(format.text(facts));
                if (keepEmpty || !value.isEmpty()) {
                    change(headers, name, value, append);
                }
            }
        }

        private static void change(Headers headers, HeaderName name, String value, Append append) {
            switch (append) {
                case APPEND -> headers.add(name, value);
                case OVERWRITE -> headers.set(name, value);
                case ADD_IF_ABSENT -> {
                    if (!headers.contains(name)) {
                        headers.add(name, value);
                    }
                }
                case OVERWRITE_IF_EXISTS -> {
                    if (headers.contains(name)) {
                        headers.set(name, value);
                    }
                }
            }
        }
    }
}
