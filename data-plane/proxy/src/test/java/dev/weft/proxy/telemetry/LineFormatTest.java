package dev.weft.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.format.KnownFacts;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.LogFormat;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Lines of an access log in words of one's own. */
class LineFormatTest {
    private final RequestHead request = new RequestHead().method("PUT");

    @Test
    void aLineOfTextHasAHyphenForWhatIsNotKnown() {
        assertThat(line(new LogFormat.Text("[%START_TIME%] \"%REQ(:METHOD)%\" %REQ(x)% %RESPONSE_CODE%\n", false)))
                .isEqualTo("[2026-11-23T14:35:01.007Z] \"PUT\" - 201");
        assertThat(line(new LogFormat.Text("<%REQ(x)%>", true))).isEqualTo("<>");
    }

    @Test
    void whatAPeerSaysCannotEndALineOrLeaveItsQuotes() {
        request.headers().add("x", "a\"b\u001b\\");

        assertThat(line(new LogFormat.Text("\"%REQ(x)%\"", false))).isEqualTo("\"a\\\"b\\u001b\\\\\"");
        assertThat(line(new LogFormat.Json(Map.of("x", "%REQ(x)%"), false))).isEqualTo("{\"x\":\"a\\\"b\\u001b\\\\\"}");
    }

    @Test
    void nobodyKeepsHimselfOutOfTheLogByLongWords() {
        request.headers().add("x", "\"".repeat(60_000));

        String values = line(new LogFormat.Json(
                Map.of("a", "%REQ(x)%", "b", "%REQ(x)%", "c", "%REQ(x)%", "d", "%REQ(x)%", "e", "%RESPONSE_CODE%"),
                false));

        assertThat(values.length()).isBetween(LineBuffer.MAX_VALUES_BYTES, AccessLogWriter.BLOCK_BYTES);
        assertThat(values.substring(0, 8)).isEqualTo("{\"a\":\"\\\"");
        assertThat(values.substring(values.length() - 23)).isEqualTo("...\",\"d\":\"...\",\"e\":201}");
        String text = line(new LogFormat.Text("%REQ(x)%|%REQ(:METHOD)%", false));
        assertThat(text.length()).isEqualTo(LineBuffer.MAX_VALUE_BYTES + "...|PUT".length());
        assertThat(text.substring(text.length() - 9)).isEqualTo("\\\"...|PUT");
    }

    @Test
    void whatIstioAsksForByDefaultIsUnderstood() {
        request.headers().add("x-forwarded-for", "192.0.2.9");
        request.headers().add("x-request-id", "id");

        assertThat(line(new LogFormat.Text(
                        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE%"
                                + " %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS%"
                                + " \"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% %DURATION%"
                                + " %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\""
                                + " \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\""
                                + " \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS%"
                                + " %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME%"
                                + " %ROUTE_NAME%\n",
                        false)))
                .isEqualTo("[2026-11-23T14:35:01.007Z] \"PUT /routed HTTP/1.1\" 201 - via_upstream - \"-\" 5 7 12 11"
                        + " \"192.0.2.9\" \"-\" \"id\" \"web\" \"[2001:db8::2]:8080\" c"
                        + " [2001:db8:0:0:0:0:0:1]:40000 [2001:db8:0:0:0:0:0:1]:443 192.0.2.9:0 web.example r");
    }

    /** Istio's default, and but for one field Consul's. */
    @Test
    void theJsonOfIstioAndConsulIsUnderstood() {
        assertThat(line(new LogFormat.Json(
                        Map.ofEntries(
                                Map.entry("start_time", "%START_TIME%"),
                                Map.entry("route_name", "%ROUTE_NAME%"),
                                Map.entry("method", "%REQ(:METHOD)%"),
                                Map.entry("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"),
                                Map.entry("protocol", "%PROTOCOL%"),
                                Map.entry("response_code", "%RESPONSE_CODE%"),
                                Map.entry("response_flags", "%RESPONSE_FLAGS%"),
                                Map.entry("response_code_details", "%RESPONSE_CODE_DETAILS%"),
                                Map.entry("connection_termination_details", "%CONNECTION_TERMINATION_DETAILS%"),
                                Map.entry("bytes_received", "%BYTES_RECEIVED%"),
                                Map.entry("bytes_sent", "%BYTES_SENT%"),
                                Map.entry("duration", "%DURATION%"),
                                Map.entry("upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"),
                                Map.entry("x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"),
                                Map.entry("user_agent", "%REQ(USER-AGENT)%"),
                                Map.entry("request_id", "%REQ(X-REQUEST-ID)%"),
                                Map.entry("authority", "%REQ(:AUTHORITY)%"),
                                Map.entry("upstream_host", "%UPSTREAM_HOST%"),
                                Map.entry("upstream_cluster", "%UPSTREAM_CLUSTER_RAW%"),
                                Map.entry("upstream_local_address", "%UPSTREAM_LOCAL_ADDRESS%"),
                                Map.entry("downstream_local_address", "%DOWNSTREAM_LOCAL_ADDRESS%"),
                                Map.entry("downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%"),
                                Map.entry("requested_server_name", "%REQUESTED_SERVER_NAME%"),
                                Map.entry("upstream_transport_failure_reason", "%UPSTREAM_TRANSPORT_FAILURE_REASON%")),
                        false)))
                .isEqualTo("{\"authority\":\"web\",\"bytes_received\":5,\"bytes_sent\":7,"
                        + "\"connection_termination_details\":null,"
                        + "\"downstream_local_address\":\"[2001:db8:0:0:0:0:0:1]:443\","
                        + "\"downstream_remote_address\":\"192.0.2.9:0\",\"duration\":12,\"method\":\"PUT\","
                        + "\"path\":\"/routed\",\"protocol\":\"HTTP/1.1\",\"request_id\":null,"
                        + "\"requested_server_name\":\"web.example\",\"response_code\":201,"
                        + "\"response_code_details\":\"via_upstream\",\"response_flags\":\"-\",\"route_name\":\"r\","
                        + "\"start_time\":\"2026-11-23T14:35:01.007Z\",\"upstream_cluster\":\"c\","
                        + "\"upstream_host\":\"[2001:db8::2]:8080\","
                        + "\"upstream_local_address\":\"[2001:db8:0:0:0:0:0:1]:40000\","
                        + "\"upstream_service_time\":\"11\",\"upstream_transport_failure_reason\":null,"
                        + "\"user_agent\":null,\"x_forwarded_for\":null}");
    }

    /** Kuma's default, whose own words its control plane replaces. */
    @Test
    void whatKumaAsksForByDefaultIsUnderstood() {
        assertThat(line(new LogFormat.Text(
                        "[%START_TIME%] default \"%REQ(:method)% %REQ(x-envoy-original-path?:path)% %PROTOCOL%\""
                                + " %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION%"
                                + " %RESP(x-envoy-upstream-service-time)% \"%REQ(x-forwarded-for)%\" \"%REQ(user-agent)%\""
                                + " \"%REQ(x-b3-traceid?x-datadog-traceid)%\" \"%REQ(x-request-id)%\""
                                + " \"%REQ(:authority)%\" \"web\" \"api\" \"10.0.0.1\" \"%UPSTREAM_HOST%\"\n",
                        false)))
                .isEqualTo(
                        "[2026-11-23T14:35:01.007Z] default \"PUT /routed HTTP/1.1\" 201 - 5 7 12 11 \"-\" \"-\" \"-\""
                                + " \"-\" \"web\" \"web\" \"api\" \"10.0.0.1\" \"[2001:db8::2]:8080\"");
    }

    @Test
    void jsonKeepsTypesAndTheOrderOfTheAlphabet() {
        LogFormat.Json json = new LogFormat.Json(
                Map.of(
                        "status", "%RESPONSE_CODE%",
                        "line", "%REQ(:METHOD)% %REQ(x)%",
                        "none", "%REQ(x)%",
                        "nested", Map.of("b", true, "a", List.of(1.0, 1.5, "%PROTOCOL%"))),
                false);

        assertThat(line(json))
                .isEqualTo(
                        "{\"line\":\"PUT -\",\"nested\":{\"a\":[1,1.5,\"HTTP/1.1\"],\"b\":true},\"none\":null,\"status\":201}");
    }

    @Test
    void whatIsNotKnownCanBeLeftOut() {
        assertThat(line(new LogFormat.Json(Map.of("a", "%REQ(x)%", "b", "%PROTOCOL%"), true)))
                .isEqualTo("{\"b\":\"HTTP/1.1\"}");
    }

    @Test
    void anUnknownOperatorIsRefused() {
        assertThatThrownBy(() -> LineFormat.compile(new LogFormat.Json(Map.of("a", List.of("%NOBODY%")), false)))
                .hasMessageStartingWith("%NOBODY%: not supported");
    }

    private String line(LogFormat format) {
        LineBuffer line = new LineBuffer();
        LineFormat.compile(format).write(new KnownFacts(request), line);
        byte[] bytes = new byte[line.length()];
        line.copyTo(bytes, 0);
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
