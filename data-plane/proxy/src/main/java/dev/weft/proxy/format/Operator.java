package dev.weft.proxy.format;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClusterName;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Immutable: one command operator, ready to be asked. The table of all that are known is here. */
final class Operator {
    private static final String SERVICE_TIME = "x-envoy-upstream-service-time";

    private static final Map<String, Function<String, Operator>> KNOWN = new TreeMap<>();

    static {
        plain("PROTOCOL", RequestFacts::protocol);
        with("REQ", Operator::requestField);
        with("RESP", Operator::responseField);
        with("START_TIME", TimeFormat::operator);
        number(
                "RESPONSE_CODE",
                facts -> facts.response() == null ? 0 : facts.response().status());
        plain("RESPONSE_FLAGS", facts -> facts.failureFlag() == null ? "-" : facts.failureFlag());
        plain("RESPONSE_CODE_DETAILS", Operator::details);
        plain("CONNECTION_TERMINATION_DETAILS", facts -> null); // of connections that a policy ends; there is none here
        number("DURATION", facts -> TimeUnit.NANOSECONDS.toMillis(facts.elapsedNanos()));
        number("BYTES_RECEIVED", RequestFacts::receivedBytes);
        number("BYTES_SENT", RequestFacts::sentBytes);
        plain("LOCAL_REPLY_BODY", RequestFacts::localReplyBody);
        plain("ROUTE_NAME", RequestFacts::route);
        plain("UPSTREAM_CLUSTER", Operator::cluster);
        plain("UPSTREAM_CLUSTER_RAW", Operator::cluster);
        plain("UPSTREAM_HOST", RequestFacts::endpoint);
        plain("UPSTREAM_REMOTE_ADDRESS", RequestFacts::endpoint);
        plain("UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", facts -> host(facts.endpoint()));
        plain("UPSTREAM_REMOTE_PORT", facts -> port(facts.endpoint()));
        plain("UPSTREAM_LOCAL_ADDRESS", facts -> known(facts.upstreamLocal()));
        plain("UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", facts -> host(known(facts.upstreamLocal())));
        plain("UPSTREAM_LOCAL_PORT", facts -> port(known(facts.upstreamLocal())));
        number("UPSTREAM_REQUEST_ATTEMPT_COUNT", RequestFacts::tries);
        plain("UPSTREAM_TRANSPORT_FAILURE_REASON", facts -> facts.endpoint() == null ? null : facts.failureLabel());
        plain("DOWNSTREAM_REMOTE_ADDRESS", Operator::client);
        plain("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", RequestFacts::clientAddress);
        plain("DOWNSTREAM_REMOTE_PORT", facts -> port(client(facts)));
        plain(
                "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
                facts -> text(facts.connection().remote()));
        plain("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", RequestFacts::peerAddress);
        plain("DOWNSTREAM_LOCAL_ADDRESS", facts -> text(facts.connection().local()));
        plain(
                "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
                facts -> host(text(facts.connection().local())));
        plain("DOWNSTREAM_LOCAL_PORT", facts -> port(text(facts.connection().local())));
        plain("DOWNSTREAM_PEER_URI_SAN", facts -> identity(facts, true));
        plain("DOWNSTREAM_PEER_DNS_SAN", facts -> identity(facts, false));
        plain("REQUESTED_SERVER_NAME", facts -> facts.connection().tlsServerName());
        with("ENVIRONMENT", name -> constant(System.getenv(name)));
        KNOWN.put("HOSTNAME", argument -> constant(hostname()));
    }

    private final Function<RequestFacts, @Nullable String> value;
    private final boolean number;

    private Operator(Function<RequestFacts, @Nullable String> value, boolean number) {
        this.value = value;
        this.number = number;
    }

    /**
     * @throws IllegalArgumentException where there is none of that name, or its argument cannot be read
     */
    static Operator of(String name, String argument) {
        Function<String, Operator> making = KNOWN.get(name);
        if (making == null) {
            throw new IllegalArgumentException(
                    "%" + name + "%: not supported (expected: one of " + String.join(", ", KNOWN.keySet()) + ")");
        }
        return making.apply(argument);
    }

    static Operator text(Function<RequestFacts, @Nullable String> value) {
        return new Operator(value, false);
    }

    Operator cutTo(int length) {
        return length == Integer.MAX_VALUE
                ? this
                : text(facts -> {
                    String whole = value(facts);
                    return whole == null || whole.length() <= length ? whole : whole.substring(0, length);
                });
    }

    @Nullable
    String value(RequestFacts facts) {
        return value.apply(facts);
    }

    boolean isNumber() {
        return number;
    }

    private static void plain(String name, Function<RequestFacts, @Nullable String> value) {
        KNOWN.put(name, argument -> withoutArgument(name, argument, text(value)));
    }

    private static void number(String name, Function<RequestFacts, Number> value) {
        KNOWN.put(
                name,
                argument -> withoutArgument(
                        name, argument, new Operator(facts -> String.valueOf(value.apply(facts)), true)));
    }

    private static Operator withoutArgument(String name, String argument, Operator operator) {
        if (!argument.isEmpty()) {
            throw new IllegalArgumentException("%" + name + "(" + argument + ")% (expected: no argument)");
        }
        return operator;
    }

    private static void with(String name, Function<String, Operator> making) {
        KNOWN.put(name, making);
    }

    private static Operator constant(@Nullable String text) {
        return text(facts -> text);
    }

    /** {@code first?second}: the second where the first is absent. */
    private static Operator requestField(String names) {
        return firstOf("REQ", names, Operator::requestValue);
    }

    private static Operator responseField(String names) {
        return firstOf("RESP", names, Operator::responseValue);
    }

    private static Operator firstOf(
            String operator, String names, Function<String, Function<RequestFacts, @Nullable String>> reading) {
        String[] both = names.split("\\?", -1);
        if (both.length > 2 || both[0].isEmpty()) {
            throw new IllegalArgumentException("%" + operator + "(" + names
                    + ")% (expected: a header's name, or two with a question mark between)");
        }
        Function<RequestFacts, @Nullable String> first = reading.apply(both[0]);
        if (both.length == 1) {
            return text(first);
        }
        Function<RequestFacts, @Nullable String> second = reading.apply(both[1]);
        return text(facts -> {
            String found = first.apply(facts);
            return found == null ? second.apply(facts) : found;
        });
    }

    private static Function<RequestFacts, @Nullable String> requestValue(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case ":method" -> facts -> facts.request().method();
            case ":path" -> RequestFacts::routedPath;
            case ":authority", "host" -> RequestFacts::routedAuthority;
            case ":scheme" -> facts -> facts.request().scheme();
            default -> {
                HeaderName header = HeaderName.of(name);
                yield facts -> first(facts.request().headers(), header);
            }
        };
    }

    private static Function<RequestFacts, @Nullable String> responseValue(String name) {
        if (name.equalsIgnoreCase(":status")) {
            return facts -> {
                ResponseHead head = facts.response();
                return head == null ? null : Integer.toString(head.status());
            };
        }
        HeaderName header = HeaderName.of(name);
        Function<RequestFacts, @Nullable String> field = facts -> {
            ResponseHead head = facts.response();
            return head == null ? null : first(head.headers(), header);
        };
        return name.equalsIgnoreCase(SERVICE_TIME) ? facts -> serviceTime(facts, field) : field;
    }

    /** Envoy puts it in a field of the response, and formats ask for that; we measure it without telling clients. */
    private static @Nullable String serviceTime(
            RequestFacts facts, Function<RequestFacts, @Nullable String> otherwise) {
        long nanos = facts.upstreamNanos();
        return nanos < 0 ? otherwise.apply(facts) : String.valueOf(TimeUnit.NANOSECONDS.toMillis(nanos));
    }

    /** As in Envoy the first of several. */
    private static @Nullable String first(Headers headers, HeaderName name) {
        return headers.get(name);
    }

    private static @Nullable String details(RequestFacts facts) {
        if (facts.failureLabel() != null) {
            return facts.failureLabel();
        }
        if (facts.response() == null) {
            return null;
        }
        return facts.endpoint() == null ? "direct_response" : "via_upstream";
    }

    private static @Nullable String cluster(RequestFacts facts) {
        ClusterName name = facts.cluster();
        return name == null ? null : name.value();
    }

    /** Of a client that a proxy in front told of only the address is known. */
    private static String client(RequestFacts facts) {
        String client = facts.clientAddress();
        if (client.equals(facts.peerAddress())) {
            return text(facts.connection().remote());
        }
        return (client.indexOf(':') < 0 ? client : "[" + client + "]") + ":0";
    }

    private static @Nullable String known(@Nullable InetSocketAddress address) {
        return address == null ? null : text(address);
    }

    private static String text(InetSocketAddress address) {
        InetAddress resolved = address.getAddress();
        String host = resolved == null ? address.getHostString() : resolved.getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    private static @Nullable String host(@Nullable String address) {
        if (address == null) {
            return null;
        }
        String host = address.substring(0, address.lastIndexOf(':'));
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static @Nullable String port(@Nullable String address) {
        return address == null ? null : address.substring(address.lastIndexOf(':') + 1);
    }

    private static @Nullable String identity(RequestFacts facts, boolean uri) {
        String identity = facts.connection().peerIdentity();
        return identity != null && identity.contains("://") == uri ? identity : null;
    }

    private static @Nullable String hostname() {
        String told = System.getenv("HOSTNAME");
        if (told != null && !told.isEmpty()) {
            return told;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return null;
        }
    }
}
