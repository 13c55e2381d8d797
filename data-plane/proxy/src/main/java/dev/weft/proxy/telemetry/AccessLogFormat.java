package dev.weft.proxy.telemetry;

import dev.weft.proxy.model.HttpOptions.AccessLog;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes a request, or an opaque connection, as one line of text or JSON.
 *
 * <p>Confined to its event loop; the date is made once a second.
 */
final class AccessLogFormat {
    private long dateOfSecond = Long.MIN_VALUE;
    private String date = "";

    void format(RequestRecord request, AccessLog format, long wallMillis, LineBuffer line) {
        line.clear();
        if (format == AccessLog.JSON) {
            json(request, wallMillis, line);
        } else {
            text(request, wallMillis, line);
        }
        line.raw('\n');
    }

    private void text(RequestRecord request, long wallMillis, LineBuffer line) {
        time(wallMillis, line);
        line.raw(' ').escaped(request.listener).raw(' ').raw(request.peer).raw(" \"");
        line.escaped(request.method).raw(' ');
        line.raw(request.scheme).raw("://").escaped(request.authority).escaped(request.path);
        line.raw(' ').raw(request.protocol.text()).raw("\" ").number(request.status);
        line.raw(" in=").number(request.receivedBytes);
        line.raw(" out=").number(request.sentBytes);
        line.raw(' ').millis(request.durationNanos).raw("ms");
        line.raw(" route=").escaped(request.route);
        line.raw(" cluster=").escaped(request.cluster);
        line.raw(" upstream=").escaped(request.upstream);
        line.raw(" tries=").number(request.tries);
        line.raw(" id=").escaped(request.requestId);
        failure(request.failureFlag, request.failureReason, line);
    }

    private void json(RequestRecord request, long wallMillis, LineBuffer line) {
        line.raw("{\"time\":\"");
        time(wallMillis, line);
        line.raw('"');
        field("listener", request.listener, line);
        field("peer", request.peer, line);
        field("protocol", request.protocol.text(), line);
        field("method", request.method, line);
        field("scheme", request.scheme, line);
        field("authority", request.authority, line);
        field("path", request.path, line);
        line.raw(",\"status\":").number(request.status);
        line.raw(",\"bytes_received\":").number(request.receivedBytes);
        line.raw(",\"bytes_sent\":").number(request.sentBytes);
        line.raw(",\"duration_ms\":").millis(request.durationNanos);
        field("route", request.route, line);
        field("cluster", request.cluster, line);
        field("upstream", request.upstream, line);
        line.raw(",\"tries\":").number(request.tries);
        field("request_id", request.requestId, line);
        field("failure", request.failureFlag, line);
        field("reason", request.failureReason, line);
        line.raw('}');
    }

    void format(ConnectionRecord connection, AccessLog format, long wallMillis, LineBuffer line) {
        line.clear();
        if (format == AccessLog.JSON) {
            json(connection, wallMillis, line);
        } else {
            text(connection, wallMillis, line);
        }
        line.raw('\n');
    }

    private void text(ConnectionRecord connection, long wallMillis, LineBuffer line) {
        time(wallMillis, line);
        line.raw(' ').escaped(connection.listener).raw(' ').raw(connection.peer);
        line.raw(" \"TCP\" in=").number(connection.receivedBytes);
        line.raw(" out=").number(connection.sentBytes);
        line.raw(' ').millis(connection.durationNanos).raw("ms");
        line.raw(" sni=").escaped(connection.serverName);
        line.raw(" cluster=").escaped(connection.cluster);
        line.raw(" upstream=").escaped(connection.upstream);
        line.raw(" tries=").number(connection.tries);
        failure(connection.failureFlag, connection.failureReason, line);
    }

    private void json(ConnectionRecord connection, long wallMillis, LineBuffer line) {
        line.raw("{\"time\":\"");
        time(wallMillis, line);
        line.raw('"');
        field("listener", connection.listener, line);
        field("peer", connection.peer, line);
        field("protocol", "TCP", line);
        field("server_name", connection.serverName, line);
        line.raw(",\"bytes_received\":").number(connection.receivedBytes);
        line.raw(",\"bytes_sent\":").number(connection.sentBytes);
        line.raw(",\"duration_ms\":").millis(connection.durationNanos);
        field("cluster", connection.cluster, line);
        field("upstream", connection.upstream, line);
        line.raw(",\"tries\":").number(connection.tries);
        field("failure", connection.failureFlag, line);
        field("reason", connection.failureReason, line);
        line.raw('}');
    }

    private static void failure(@Nullable String flag, @Nullable String reason, LineBuffer line) {
        line.raw(" failure=").escaped(flag);
        if (reason != null) {
            line.raw(" \"").escaped(reason).raw('"');
        }
    }

    private static void field(String name, @Nullable String value, LineBuffer line) {
        line.raw(",\"").raw(name).raw("\":");
        if (value == null) {
            line.raw("null");
        } else {
            line.raw('"').escaped(value).raw('"');
        }
    }

    private void time(long wallMillis, LineBuffer line) {
        long second = Math.floorDiv(wallMillis, 1000);
        if (second != dateOfSecond) {
            dateOfSecond = second;
            // 2026-11-23T14:55:01Z without its Z
            date = Instant.ofEpochSecond(second).truncatedTo(ChronoUnit.SECONDS).toString();
            date = date.substring(0, date.length() - 1);
        }
        line.raw(date).raw('.').padded(Math.floorMod(wallMillis, 1000), 3).raw('Z');
    }
}
