package dev.weft.proxy.forward;

import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.telemetry.LoopAccessLog;
import dev.weft.proxy.telemetry.RequestRecord;

/** Tells the access log of an exchange that has ended. Stateless. */
final class ExchangeLog {
    private ExchangeLog() {}

    static void write(
            Exchange exchange,
            LoopAccessLog log,
            HttpPolicy policy,
            String authority,
            String path,
            int status,
            long durationNanos) {
        RequestRecord record = log.record();
        record.listener = policy.listener();
        record.peer = exchange.peerAddress();
        record.protocol = exchange.connection().protocol();
        record.method = exchange.request().method();
        record.scheme = exchange.request().scheme();
        record.authority = authority;
        record.path = path;
        record.status = status;
        record.receivedBytes = exchange.receivedBytes();
        record.sentBytes = exchange.sentBytes();
        record.durationNanos = durationNanos;
        record.route = exchange.route();
        ClusterName cluster = exchange.cluster();
        record.cluster = cluster == null ? null : cluster.value();
        record.upstream = exchange.endpoint();
        record.tries = exchange.tries();
        record.requestId = exchange.request().headers().get(HeaderName.X_REQUEST_ID);
        ProxyFailure failure = exchange.failure();
        record.failureFlag = failure == null ? null : FailureAnswer.of(failure).flag();
        record.failureReason = failure == null ? null : failure.reason();
        log.log(policy.options().accessLog());
    }

    /** A head that the codec could not read: little is known of it. */
    static void writeRefused(
            LoopAccessLog log, HttpPolicy policy, Connection connection, String peer, int status, String reason) {
        RequestRecord record = log.record();
        record.listener = policy.listener();
        record.peer = peer;
        record.protocol = connection.protocol();
        record.method = "-";
        record.scheme = connection.tls() ? "https" : "http";
        record.authority = "-";
        record.path = "";
        record.status = status;
        record.receivedBytes = 0;
        record.sentBytes = 0;
        record.durationNanos = 0;
        record.route = null;
        record.cluster = null;
        record.upstream = null;
        record.tries = 0;
        record.requestId = null;
        record.failureFlag = FailureAnswer.ofRefusal(status).flag();
        record.failureReason = reason;
        log.log(policy.options().accessLog());
    }
}
