package dev.weft.proxy.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.http.RequestHead;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the operators say of a request. */
class FormatTest {
    private final RequestHead request =
            new RequestHead().method("PUT").scheme("https").authority("new").path("/new");
    private final KnownFacts facts = new KnownFacts(request);

    @ParameterizedTest
    @CsvSource({
        "%PROTOCOL%, HTTP/1.1",
        "%REQ(:METHOD)%, PUT",
        "%REQ(:path)%, /routed",
        "%REQ(:AUTHORITY)%, web",
        "%REQ(:SCHEME)%, https",
        "%RESP(X-Answer)%, 42",
        "%RESP(:status)%, 201",
        "%RESPONSE_CODE%, 201",
        "%RESPONSE_FLAGS%, -",
        "%RESPONSE_CODE_DETAILS%, via_upstream",
        "%DURATION%, 12",
        "%BYTES_RECEIVED%/%BYTES_SENT%, 5/7",
        "%ROUTE_NAME%, r",
        "%UPSTREAM_CLUSTER%, c",
        "%UPSTREAM_HOST%, [2001:db8::2]:8080",
        "%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%, 2001:db8::2",
        "%UPSTREAM_REMOTE_PORT%, 8080",
        "%UPSTREAM_LOCAL_ADDRESS%, [2001:db8:0:0:0:0:0:1]:40000",
        "%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%, 2001:db8:0:0:0:0:0:1",
        "%UPSTREAM_LOCAL_PORT%, 40000",
        "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%, 11",
        "%UPSTREAM_REQUEST_ATTEMPT_COUNT%, 2",
        "%DOWNSTREAM_REMOTE_ADDRESS%, 192.0.2.9:0",
        "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%, 192.0.2.9",
        "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%, 10.0.0.1:4000",
        "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%, 10.0.0.1",
        "%DOWNSTREAM_LOCAL_ADDRESS%, [2001:db8:0:0:0:0:0:1]:443",
        "%DOWNSTREAM_LOCAL_PORT%, 443",
        "%DOWNSTREAM_PEER_URI_SAN%, spiffe://mesh/web",
        "%REQUESTED_SERVER_NAME%, web.example",
    })
    void everyOperatorSaysWhatItsNamePromises(String template, String expected) {
        assertThat(Format.of(template).text(facts)).isEqualTo(expected);
    }

    @Test
    void textStandsBetweenOperatorsAndTwoPercentSignsAreOne() {
        assertThat(Format.of("100%% of %PROTOCOL%, %%PROTOCOL%%").text(facts))
                .isEqualTo("100% of HTTP/1.1, %PROTOCOL%");
    }

    @Test
    void theSecondHeaderStandsInForTheFirst() {
        request.headers().add("x-b", "second");

        assertThat(Format.of("%REQ(X-A?X-B)%").text(facts)).isEqualTo("second");
        request.headers().add("x-a", "first");
        assertThat(Format.of("%REQ(X-A?X-B)%").text(facts)).isEqualTo("first");
        assertThat(Format.of("%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%").text(facts)).isEqualTo("/routed");
    }

    @Test
    void aValueIsCutToItsLength() {
        assertThat(Format.of("%REQ(:PATH):3%|%ROUTE_NAME:5%").text(facts)).isEqualTo("/ro|r");
    }

    @Test
    void whatIsNotKnownLeavesNothing() {
        assertThat(Format.of("[%REQ(x-none)%%DOWNSTREAM_PEER_DNS_SAN%]").text(facts))
                .isEqualTo("[]");
    }

    @Test
    void aTimeIsWrittenAsIsAsked() {
        assertThat(Format.of("%START_TIME%").text(facts)).isEqualTo("2026-11-23T14:35:01.007Z");
        assertThat(Format.of("%START_TIME(%Y/%m/%dT%H:%M:%S%z %s.%3f)%").text(facts))
                .isEqualTo("2026/11/23T14:35:01+0000 1795444501.007");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"%", "a%b", "%REQ(x%", "%REQ(x):y%", "%REQ()%", "%REQ(a?b?c)%", "%REQ(a b)%", "%PROTOCOL(x)%"})
    void whatCannotBeReadIsRefused(String template) {
        assertThatThrownBy(() -> Format.of(template)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anUnknownOperatorIsRefusedWithTheListOfThoseThatAreKnown() {
        assertThatThrownBy(() -> Format.of("%FILTER_STATE(x)%"))
                .hasMessageStartingWith("%FILTER_STATE%: not supported (expected: one of BYTES_RECEIVED, ")
                .hasMessageContaining("START_TIME");
        assertThatThrownBy(() -> Format.of("%START_TIME(%Q)%")).hasMessageContaining("%START_TIME(%Q)%");
    }
}
