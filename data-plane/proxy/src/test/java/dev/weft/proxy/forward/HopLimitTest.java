package dev.weft.proxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestHead;
import org.junit.jupiter.api.Test;

class HopLimitTest {
    @Test
    void eachHopTakesOneAndTheLastAnswers() {
        RequestHead options = head("OPTIONS", "1");

        assertThat(HopLimit.reached(options)).isFalse();
        assertThat(options.headers().get(HeaderName.MAX_FORWARDS)).isEqualTo("0");
        assertThat(HopLimit.reached(options)).isTrue();
        assertThat(HopLimit.answer(options).status()).isEqualTo(200);
    }

    @Test
    void traceIsNotEchoed() {
        assertThat(HopLimit.answer(head("TRACE", "0")).status()).isEqualTo(405);
    }

    @Test
    void otherMethodsAndNonNumbersAreLeftAlone() {
        RequestHead get = head("GET", "0");
        RequestHead text = head("OPTIONS", "soon");

        assertThat(HopLimit.reached(get)).isFalse();
        assertThat(HopLimit.reached(text)).isFalse();
        assertThat(text.headers().get(HeaderName.MAX_FORWARDS)).isEqualTo("soon");
    }

    private static RequestHead head(String method, String hops) {
        RequestHead head = new RequestHead().method(method);
        head.headers().add(HeaderName.MAX_FORWARDS, hops);
        return head;
    }
}
