package dev.weft.proxy.forward;

import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.telemetry.LoopAccessLog;
import dev.weft.proxy.telemetry.RequestRecord;

/** Tells the access log of an exchange that has ended. Stateless. */
final class ExchangeLog {
    private ExchangeLog() {}

    static void write(Exchange exchange, int status, long durationNanos) {
        HttpPolicy policy = exchange.policy();
        LoopAccessLog log = exchange.loop().accessLog();
        if (policy.options().accessLog() != AccessLog.OFF) {
            writeLine(exchange, log, policy, status, durationNanos);
        }
        if (!policy.logs().isEmpty()) { // rather than an iterator for each request
            policy.logs().forEach(line -> log.log(line, exchange.passage()));
        }
    }

    private static void writeLine(
            Exchange exchange, LoopAccessLog log, HttpPolicy policy, int status, long durationNanos) {
        ExchangePassage facts = exchange.passage();
        RequestRecord record = log.record();
        record.listener = policy.listener();
        record.peer = facts.peerAddress();
        record.protocol = exchange.connection().protocol();
        record.method = exchange.request().method();
        record.scheme = exchange.request().scheme();
        record.authority = facts.originalAuthority();
        record.path = facts.originalPath();
        record.status = status;
        record.receivedBytes = facts.receivedBytes();
        record.sentBytes = facts.sentBytes();
        record.durationNanos = durationNanos;
        record.route = facts.route();
        ClusterName cluster = facts.cluster();
        record.cluster = cluster == null ? null : cluster.value();
        record.upstream = facts.endpoint();
        record.tries = facts.tries();
        record.requestId = exchange.request().headers().get(HeaderName.X_REQUEST_ID);
        ProxyFailure failure = facts.failure();
        record.failureFlag = failure == null ? null : FailureAnswer.of(failure).flag();
        record.failureReason = failure == null ? null : failure.reason();
        log.log(policy.options().accessLog());
    }

    /** A head that the codec could not read: little is known of it. */
    static void writeRefused(LoopAccessLog log, HttpPolicy policy, RefusedFacts facts, String reason) {
        RequestRecord record = log.record();
        record.listener = policy.listener();
        record.peer = facts.peerAddress();
        record.protocol = facts.connection().protocol();
        record.method = "-";
        record.scheme = facts.request().scheme();
        record.authority = "-";
        record.path = "";
        record.status = facts.response().status();
        record.receivedBytes = 0;
        record.sentBytes = 0;
        record.durationNanos = 0;
        record.route = null;
        record.cluster = null;
        record.upstream = null;
        record.tries = 0;
        record.requestId = null;
        record.failureFlag = facts.failureFlag();
        record.failureReason = reason;
        log.log(policy.options().accessLog());
    }
}
