package dev.weft.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AccessLogFormatTest {
    private static final long WALL_MILLIS = 1_795_445_701_007L;

    @Test
    void aLineOfTextSaysWhatHappened() {
        assertThat(line(request(), AccessLog.TEXT))
                .isEqualTo(
                        "2026-11-23T14:55:01.007Z outbound 10.0.0.1 \"GET http://web/hello?x=1 HTTP/1.1\" 200 in=0 out=100"
                                + " 1.234ms route=web/0 cluster=web-v1 upstream=10.0.0.7:8080 tries=1 id=abc failure=-\n");
    }

    @Test
    void aFailureIsNamedWithItsReason() {
        RequestRecord failed = request();
        failed.status = 503;
        failed.failureFlag = "UH";
        failed.failureReason = "cluster web-v1 has no healthy endpoint";

        assertThat(line(failed, AccessLog.TEXT)).endsWith("failure=UH \"cluster web-v1 has no healthy endpoint\"\n");
        assertThat(line(failed, AccessLog.JSON))
                .endsWith("\"failure\":\"UH\",\"reason\":\"cluster web-v1 has no healthy endpoint\"}\n");
    }

    @Test
    void jsonHasNullForWhatIsNotThere() {
        RequestRecord bare = request();
        bare.route = null;
        bare.cluster = null;
        bare.upstream = null;
        bare.requestId = null;

        assertThat(line(bare, AccessLog.JSON))
                .isEqualTo("{\"time\":\"2026-11-23T14:55:01.007Z\",\"listener\":\"outbound\",\"peer\":\"10.0.0.1\","
                        + "\"protocol\":\"HTTP/1.1\",\"method\":\"GET\",\"scheme\":\"http\",\"authority\":\"web\","
                        + "\"path\":\"/hello?x=1\",\"status\":200,\"bytes_received\":0,\"bytes_sent\":100,"
                        + "\"duration_ms\":1.234,\"route\":null,\"cluster\":null,\"upstream\":null,\"tries\":1,"
                        + "\"request_id\":null,\"failure\":null,\"reason\":null}\n");
    }

    @Test
    void whatAClientSendsCanNeitherEndALineNorLeaveItsQuotes() {
        RequestRecord evil = request();
        evil.path = "/\"\\\r\n\u001b[0m\u00e9";

        assertThat(line(evil, AccessLog.TEXT)).contains("/\\\"\\\\\\u000d\\u000a\\u001b[0m\\u00e9 HTTP/1.1\"");
        assertThat(line(evil, AccessLog.JSON)).contains("\"path\":\"/\\\"\\\\\\u000d\\u000a\\u001b[0m\\u00e9\"");
    }

    static RequestRecord request() {
        RequestRecord request = new RequestRecord();
        request.listener = "outbound";
        request.peer = "10.0.0.1";
        request.protocol = Protocol.HTTP_1_1;
        request.method = "GET";
        request.scheme = "http";
        request.authority = "web";
        request.path = "/hello?x=1";
        request.status = 200;
        request.sentBytes = 100;
        request.durationNanos = 1_234_567;
        request.route = "web/0";
        request.cluster = "web-v1";
        request.upstream = "10.0.0.7:8080";
        request.tries = 1;
        request.requestId = "abc";
        return request;
    }

    private static String line(RequestRecord request, AccessLog as) {
        LineBuffer line = new LineBuffer();
        new AccessLogFormat().format(request, as, WALL_MILLIS, line);
        byte[] bytes = new byte[line.length()];
        line.copyTo(bytes, 0);
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
