package dev.weft.sidecar.xds;

import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RetryPolicy.Condition;
import dev.weft.proxy.model.RetryPolicy.RateLimited;
import dev.weft.proxy.model.RetryPolicy.ResetHeader;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** {@code RetryPolicy}, and what is kept of a request for it. Confined to the thread of the conversion. */
final class RetryTranslation {
    private static final Duration DEFAULT_BASE_BACKOFF = Duration.ofMillis(25);
    private static final int BACKOFF_CEILING_FACTOR = 10;
    private static final Duration LONGEST_RESET = Duration.ofMinutes(5);
    private static final int DEFAULT_BUFFER_BYTES = 64 * 1024;

    /** In Envoy the listener's buffers bound it; here nobody keeps more than this. */
    private static final int MOST_BUFFER_BYTES = 64 * 1024 * 1024;

    private static final Map<String, Condition> CONDITIONS = Map.ofEntries(
            Map.entry("connect-failure", Condition.CONNECT_FAILURE),
            Map.entry("refused-stream", Condition.REFUSED_STREAM),
            Map.entry("reset", Condition.RESET),
            // Before a connection took it, which is repeated anyway; once that is used up, as where none could be made.
            Map.entry("reset-before-request", Condition.CONNECT_FAILURE),
            Map.entry("gateway-error", Condition.GATEWAY_ERROR),
            Map.entry("5xx", Condition.FIVE_XX),
            Map.entry("retriable-4xx", Condition.RETRIABLE_4XX),
            Map.entry("retriable-status-codes", Condition.RETRIABLE_STATUS),
            Map.entry("retriable-headers", Condition.RETRIABLE_HEADERS),
            Map.entry("envoy-ratelimited", Condition.ENVOY_RATE_LIMITED),
            Map.entry("cancelled", Condition.GRPC_CANCELLED),
            Map.entry("deadline-exceeded", Condition.GRPC_DEADLINE_EXCEEDED),
            Map.entry("internal", Condition.GRPC_INTERNAL),
            Map.entry("resource-exhausted", Condition.GRPC_RESOURCE_EXHAUSTED),
            Map.entry("unavailable", Condition.GRPC_UNAVAILABLE));

    private final Problems problems;
    private final MatchTranslation matches;

    RetryTranslation(Problems problems) {
        this.problems = problems;
        this.matches = new MatchTranslation(problems);
    }

    /** The policy of the rule's action, or that of its host. */
    Optional<RetryPolicy> retry(Message rule, Message host) {
        OptionalInt kept = keptBytes(rule, host);
        return rule.message("route")
                .find("retry_policy")
                .or(() -> host.find("retry_policy"))
                .map(policy -> policy(policy, kept.orElse(DEFAULT_BUFFER_BYTES)))
                .orElseGet(() -> kept.stream().mapToObj(RetryPolicy::keeping).findFirst());
    }

    private static OptionalInt keptBytes(Message rule, Message host) {
        String field = "per_request_buffer_limit_bytes";
        Message holder = rule.has(field) ? rule : host;
        return holder.has(field)
                ? OptionalInt.of(Math.min(MOST_BUFFER_BYTES, holder.integer(field, 0)))
                : OptionalInt.empty();
    }

    private Optional<RetryPolicy> policy(Message policy, int keptBytes) {
        policy.messages("retry_host_predicate")
                .forEach(predicate -> Extensions.expect(
                        predicate, "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", problems));
        Message backoff = policy.message("retry_back_off");
        Duration base = backoff.duration("base_interval").orElse(DEFAULT_BASE_BACKOFF);
        RetryPolicy.Builder builder = RetryPolicy.builder()
                .on(conditions(policy))
                .statuses(policy.numbers("retriable_status_codes").stream()
                        .map(status -> (int) Math.min(Integer.MAX_VALUE, status))
                        .collect(Collectors.toSet()))
                .retries(policy.integer("num_retries", 1))
                .baseBackoff(base)
                .maxBackoff(backoff.duration("max_interval").orElseGet(() -> ceiling(base)))
                .maxBufferedBytes(keptBytes)
                .responseHeaders(matches.headers(policy, "retriable_headers"))
                .requestHeaders(matches.headers(policy, "retriable_request_headers"));
        policy.duration("per_try_timeout").ifPresent(builder::perTryTimeout);
        policy.find("rate_limited_retry_back_off").flatMap(this::rateLimited).ifPresent(builder::rateLimited);
        return Optional.ofNullable(problems.making(policy, builder::build));
    }

    private Set<Condition> conditions(Message policy) {
        Set<Condition> on = EnumSet.noneOf(Condition.class);
        for (String word : policy.string("retry_on").split(",")) {
            Condition condition = CONDITIONS.get(word.strip());
            if (condition != null) {
                on.add(condition);
            } else if (!word.isBlank()) {
                problems.add(
                        policy.path("retry_on"),
                        word.strip() + ": not supported (expected: some of "
                                + String.join(", ", new TreeSet<>(CONDITIONS.keySet())) + ")");
            }
        }
        return on;
    }

    private Optional<RateLimited> rateLimited(Message backoff) {
        List<ResetHeader> headers = backoff.messages("reset_headers").stream()
                .map(header -> new ResetHeader(
                        header.string("name"), header.choice("format").equals("UNIX_TIMESTAMP")))
                .toList();
        return Optional.ofNullable(problems.making(
                backoff,
                () -> new RateLimited(headers, backoff.duration("max_interval").orElse(LONGEST_RESET))));
    }

    /** By hand: the JDK multiplies durations as decimals, whose tables are 40 ms of a start. */
    private static Duration ceiling(Duration base) {
        return Duration.ofSeconds(
                Math.multiplyExact(base.getSeconds(), BACKOFF_CEILING_FACTOR),
                (long) base.getNano() * BACKOFF_CEILING_FACTOR);
    }
}
