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
