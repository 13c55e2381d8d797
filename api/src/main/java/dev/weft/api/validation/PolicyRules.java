package dev.weft.api.validation;

import com.google.re2j.Pattern;
import dev.weft.v1.Cors;
import dev.weft.v1.Fault;
import dev.weft.v1.RateLimit;
import dev.weft.v1.Rule;
import dev.weft.v1.ValueMatch;
import java.util.function.BiConsumer;

/** Mirrors, faults, rate limits and CORS of a rule. Confined to one validation. */
final class PolicyRules {
    private static final Pattern ORIGIN =
            Pattern.compile("\\*|\\*\\.[A-Za-z0-9.-]+(:[0-9]+)?|[a-z][a-z0-9+.-]*://[^/*\\s]+");
    private static final Pattern METHOD = Pattern.compile("[A-Z][A-Z0-9_-]*");
    private static final int MOST_TOKENS = 1_000_000_000;

    private final Problems problems;
    private final Fields fields;
    private final BiConsumer<ValueMatch, String> values;

    PolicyRules(Problems problems, Fields fields, BiConsumer<ValueMatch, String> values) {
        this.problems = problems;
        this.fields = fields;
        this.values = values;
    }

    void check(Rule rule, String field) {
        mirrors(rule, field);
        if (rule.hasFault()) {
            fault(rule.getFault(), field + ".fault");
        }
        if (rule.hasRateLimit()) {
            rateLimit(rule.getRateLimit(), field + ".rate_limit");
        }
        if (rule.hasCors()) {
            cors(rule.getCors(), field + ".cors");
        }
    }

    private void mirrors(Rule rule, String field) {
        if (rule.getMirrorCount() > 0 && rule.getForwardCount() == 0) {
            problems.add(Code.CONFLICT, field + ".mirror", "given without forward (expected: only with forward)");
        }
        for (int i = 0; i < rule.getMirrorCount(); i++) {
            String at = field + ".mirror[" + i + "]";
            fields.name(rule.getMirror(i).getCluster(), at + ".cluster");
            share(rule.getMirror(i).getShare(), at + ".share");
        }
    }

    private void fault(Fault fault, String field) {
        if (!fault.hasDelay() && !fault.hasAbort()) {
            problems.add(Code.CHOICE, field, "empty (expected: delay, abort or both)");
        }
        if (fault.hasDelay()) {
            fields.duration(true, fault.getDelay().getTime(), "1ms", "1h", field + ".delay.time");
            share(fault.getDelay().getShare(), field + ".delay.share");
        }
        if (fault.hasAbort()) {
            fields.range(fault.getAbort().getStatus(), 400, 599, field + ".abort.status");
            share(fault.getAbort().getShare(), field + ".abort.share");
        }
        for (int i = 0; i < fault.getHeadersCount(); i++) {
            String at = field + ".headers[" + i + "]";
            fields.headerName(fault.getHeaders(i).getName(), at + ".name");
            values.accept(fault.getHeaders(i), at);
        }
    }

    private void rateLimit(RateLimit limit, String field) {
        fields.range(Integer.toUnsignedLong(limit.getRequests()), 1, MOST_TOKENS, field + ".requests");
        fields.duration(limit.hasPer(), limit.getPer(), "50ms", "24h", field + ".per");
        fields.range(limit.hasBurst(), limit.getBurst(), 1, MOST_TOKENS, field + ".burst");
    }

    private void cors(Cors cors, String field) {
        if (cors.getOriginsCount() == 0) {
            problems.add(Code.CHOICE, field + ".origins", "empty (expected: at least one origin)");
        }
        for (int i = 0; i < cors.getOriginsCount(); i++) {
            if (!ORIGIN.matches(cors.getOrigins(i))) {
                problems.add(
                        Code.VALUE,
                        field + ".origins[" + i + "]",
                        "\"" + cors.getOrigins(i)
                                + "\" (expected: an origin such as https://app.example, \"*.suffix\" or \"*\")");
            }
        }
        for (int i = 0; i < cors.getMethodsCount(); i++) {
            if (!METHOD.matches(cors.getMethods(i))) {
                problems.add(
                        Code.VALUE,
                        field + ".methods[" + i + "]",
                        "\"" + cors.getMethods(i) + "\" (expected: a method in capitals, such as PUT)");
            }
        }
        for (int i = 0; i < cors.getHeadersCount(); i++) {
            fields.headerName(cors.getHeaders(i), field + ".headers[" + i + "]");
        }
        for (int i = 0; i < cors.getExposeCount(); i++) {
            fields.headerName(cors.getExpose(i), field + ".expose[" + i + "]");
        }
        fields.duration(cors.hasMaxAge(), cors.getMaxAge(), "0s", "24h", field + ".max_age");
        if (cors.getCredentials() && cors.getOriginsList().contains("*")) {
            problems.add(
                    Code.CONFLICT,
                    field + ".credentials",
                    "true with all origins (expected: false, or origins by name: any page could act for its visitor)");
        }
    }

    private void share(String share, String field) {
        if (!share.isEmpty()) {
            try {
                HumanUnits.parsePercent(share);
            } catch (IllegalArgumentException e) {
                problems.add(Code.VALUE, field, String.valueOf(e.getMessage()));
            }
        }
    }
}
