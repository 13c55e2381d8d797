package dev.weft.api.validation;

import com.google.re2j.Pattern;
import dev.weft.v1.HeaderChanges;
import dev.weft.v1.Match;
import dev.weft.v1.Redirect;
import dev.weft.v1.Retry;
import dev.weft.v1.Rewrite;
import dev.weft.v1.Route;
import dev.weft.v1.Rule;
import dev.weft.v1.ValueMatch;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a Route must be like by itself. Confined to one validation. */
final class RouteRules {
    static final List<String> RETRY_CONDITIONS = List.of(
            "connect-failure",
            "refused-stream",
            "reset",
            "gateway-error",
            "5xx",
            "retriable-4xx",
            "retriable-status-codes",
            "cancelled",
            "deadline-exceeded",
            "internal",
            "resource-exhausted",
            "unavailable");
    private static final Pattern HOST = Pattern.compile("\\*|(\\*\\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?");
    private static final Pattern METHOD = Pattern.compile("[A-Z][A-Z0-9_-]*");
    private static final int MAX_BODY_BYTES = 4096;

    private final Problems problems;
    private final Fields fields;

    RouteRules(Problems problems) {
        this.problems = problems;
        this.fields = new Fields(problems);
    }

    void check(Route route) {
        hosts(route.getHostsList());
        if (route.getRulesCount() == 0) {
            problems.add(Code.CHOICE, "spec.rules", "empty (expected: at least one rule)");
        }
        for (int i = 0; i < route.getRulesCount(); i++) {
            rule(route.getRules(i), "spec.rules[" + i + "]");
        }
    }

    private void hosts(List<String> hosts) {
        if (hosts.isEmpty()) {
            problems.add(Code.CHOICE, "spec.hosts", "empty (expected: at least one host)");
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < hosts.size(); i++) {
            String host = hosts.get(i).toLowerCase(Locale.ROOT);
            if (!HOST.matches(host)) {
                problems.add(
                        Code.VALUE,
                        "spec.hosts[" + i + "]",
                        "\"" + hosts.get(i) + "\" (expected: a host name without port, \"*.suffix\" or \"*\")");
            }
            if (!seen.add(host)) {
                problems.add(
                        Code.DUPLICATE, "spec.hosts[" + i + "]", "\"" + host + "\" is listed twice (expected: once)");
            }
        }
    }

    private void rule(Rule rule, String field) {
        fields.exactlyOne(
                field, "forward, redirect, respond", rule.getForwardCount() > 0, rule.hasRedirect(), rule.hasRespond());
        match(rule.getMatch(), field + ".match");
        forward(rule, field);
        if (rule.hasRedirect()) {
            redirect(rule.getRedirect(), field + ".redirect");
        }
        if (rule.hasRespond()) {
            fields.range(rule.getRespond().getStatus(), 200, 599, field + ".respond.status");
            if (rule.getRespond().getBodyBytes().size() > MAX_BODY_BYTES) {
                problems.add(
                        Code.VALUE,
                        field + ".respond.body",
                        rule.getRespond().getBodyBytes().size() + " bytes (expected: at most " + MAX_BODY_BYTES + ")");
            }
        }
        headerChanges(rule.getRequestHeaders(), field + ".request_headers");
        headerChanges(rule.getResponseHeaders(), field + ".response_headers");
        fields.duration(rule.hasTimeout(), rule.getTimeout(), "0s", "24h", field + ".timeout");
        if (rule.hasRetry()) {
            retry(rule.getRetry(), field + ".retry");
        }
        new PolicyRules(problems, fields, this::value).check(rule, field);
    }

    private void forward(Rule rule, String field) {
        boolean anyWeight = rule.getForwardCount() == 0;
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < rule.getForwardCount(); i++) {
            String at = field + ".forward[" + i + "]";
            String cluster = rule.getForward(i).getCluster();
            fields.name(cluster, at + ".cluster");
            fields.range(rule.getForward(i).hasWeight(), rule.getForward(i).getWeight(), 0, 1_000_000, at + ".weight");
            anyWeight |= !rule.getForward(i).hasWeight()
                    || rule.getForward(i).getWeight().getValue() > 0;
            if (!seen.add(cluster)) {
                problems.add(Code.DUPLICATE, at + ".cluster", "\"" + cluster + "\" is listed twice (expected: once)");
            }
        }
        if (!anyWeight) {
            problems.add(Code.VALUE, field + ".forward", "all weights are 0 (expected: at least one above 0)");
        }
        long withWeight =
                rule.getForwardList().stream().filter(f -> f.hasWeight()).count();
        if (withWeight != 0 && withWeight != rule.getForwardCount()) {
            problems.add(
                    Code.CHOICE,
                    field + ".forward",
                    "some have a weight and some do not (expected: all of them, or none)");
        }
        if (rule.hasRewrite()) {
            rewrite(rule, field + ".rewrite");
        }
    }

    private void match(Match match, String field) {
        switch (match.getPath().getMatchCase()) {
            case EXACT -> fields.absolutePath(match.getPath().getExact(), field + ".path.exact");
            case PREFIX -> fields.absolutePath(match.getPath().getPrefix(), field + ".path.prefix");
            case REGEX -> fields.regex(match.getPath().getRegex(), field + ".path.regex");
            case MATCH_NOT_SET -> {
                if (match.hasPath()) {
                    problems.add(Code.CHOICE, field + ".path", "empty (expected: exactly one of exact, prefix, regex)");
                }
            }
        }
        for (int i = 0; i < match.getMethodsCount(); i++) {
            if (!METHOD.matches(match.getMethods(i))) {
                problems.add(
                        Code.VALUE,
                        field + ".methods[" + i + "]",
                        "\"" + match.getMethods(i) + "\" (expected: a method in capitals, such as GET)");
            }
        }
        for (int i = 0; i < match.getHeadersCount(); i++) {
            String at = field + ".headers[" + i + "]";
            fields.headerName(match.getHeaders(i).getName(), at + ".name");
            value(match.getHeaders(i), at);
        }
        for (int i = 0; i < match.getQueryCount(); i++) {
            String at = field + ".query[" + i + "]";
            if (match.getQuery(i).getName().isEmpty()) {
                problems.add(Code.CHOICE, at + ".name", "missing (expected: the parameter's name)");
            }
            value(match.getQuery(i), at);
            if (match.getQuery(i).getInvert()) {
                problems.add(Code.CONFLICT, at + ".invert", "true (expected: query matches cannot be inverted)");
            }
        }
    }

    private void value(ValueMatch match, String field) {
        switch (match.getMatchCase()) {
            case REGEX -> fields.regex(match.getRegex(), field + ".regex");
            case MATCH_NOT_SET ->
                problems.add(
                        Code.CHOICE,
                        field,
                        "no condition (expected: exactly one of exact, prefix, suffix, contains, regex, present)");
            case EXACT, PREFIX, SUFFIX, CONTAINS, PRESENT -> {}
        }
    }

    private void redirect(Redirect redirect, String field) {
        if (!redirect.getScheme().isEmpty() && !Set.of("http", "https").contains(redirect.getScheme())) {
            problems.add(Code.VALUE, field + ".scheme", "\"" + redirect.getScheme() + "\" (expected: http or https)");
        }
        if (redirect.getPort() != 0) {
            fields.port(redirect.getPort(), field + ".port");
        }
        if (redirect.getStatus() != 0 && !Set.of(301, 302, 303, 307, 308).contains(redirect.getStatus())) {
            problems.add(
                    Code.VALUE, field + ".status", redirect.getStatus() + " (expected: 301, 302, 303, 307 or 308)");
        }
        if (!redirect.getPath().isEmpty() && !redirect.getPrefix().isEmpty()) {
            problems.add(Code.CONFLICT, field, "path and prefix are both given (expected: at most one)");
        }
        if (redirect.equals(Redirect.getDefaultInstance())) {
            problems.add(Code.CHOICE, field, "empty (expected: at least one of scheme, host, port, path, prefix)");
        }
    }

    private void rewrite(Rule rule, String field) {
        Rewrite rewrite = rule.getRewrite();
        if (rule.getForwardCount() == 0) {
            problems.add(Code.CONFLICT, field, "given without forward (expected: only with forward)");
        }
        if (!rewrite.getPrefix().isEmpty()) {
            fields.absolutePath(rewrite.getPrefix(), field + ".prefix");
            if (rewrite.hasRegex()) {
                problems.add(Code.CONFLICT, field, "prefix and regex are both given (expected: at most one)");
            }
            if (!rule.getMatch().getPath().getRegex().isEmpty()) {
                problems.add(
                        Code.CONFLICT,
                        field + ".prefix",
                        "the path is matched by regex (expected: a rewrite by regex too)");
            }
        }
        if (rewrite.hasRegex()) {
            fields.regex(rewrite.getRegex().getPattern(), field + ".regex.pattern");
        }
    }

    private void headerChanges(HeaderChanges changes, String field) {
        changes.getSetMap().forEach((name, value) -> fields.writableHeader(name, value, field + ".set." + name));
        changes.getAddMap().forEach((name, value) -> fields.writableHeader(name, value, field + ".add." + name));
        for (int i = 0; i < changes.getRemoveCount(); i++) {
            fields.writableHeader(changes.getRemove(i), "", field + ".remove[" + i + "]");
        }
    }

    private void retry(Retry retry, String field) {
        for (int i = 0; i < retry.getOnCount(); i++) {
            String condition = retry.getOn(i);
            if (!RETRY_CONDITIONS.contains(condition)) {
                problems.add(
                        Code.VALUE,
                        field + ".on[" + i + "]",
                        "\"" + condition + "\" (expected: one of " + String.join(", ", RETRY_CONDITIONS) + ")",
                        Suggestion.of(condition, RETRY_CONDITIONS));
            }
        }
        for (int i = 0; i < retry.getStatusesCount(); i++) {
            fields.range(retry.getStatuses(i), 400, 599, field + ".statuses[" + i + "]");
        }
        if (retry.getStatusesCount() > 0 != retry.getOnList().contains("retriable-status-codes")) {
            problems.add(
                    Code.CONFLICT,
                    field + ".statuses",
                    "statuses and the condition retriable-status-codes go together");
        }
        fields.range(retry.hasAttempts(), retry.getAttempts(), 1, 10, field + ".attempts");
        fields.duration(retry.hasPerTryTimeout(), retry.getPerTryTimeout(), "1ms", "24h", field + ".per_try_timeout");
        fields.duration(
                retry.getBackoff().hasBase(), retry.getBackoff().getBase(), "1ms", "1m", field + ".backoff.base");
        fields.duration(retry.getBackoff().hasMax(), retry.getBackoff().getMax(), "1ms", "5m", field + ".backoff.max");
        if (!retry.getBudget().isEmpty()) {
            try {
                HumanUnits.parsePercent(retry.getBudget());
            } catch (IllegalArgumentException e) {
                problems.add(Code.VALUE, field + ".budget", String.valueOf(e.getMessage()));
            }
        }
    }
}
