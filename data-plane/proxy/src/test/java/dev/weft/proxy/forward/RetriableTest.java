package dev.weft.proxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.failure.ProxyFailure.TimedOut;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RetryPolicy.Condition;
import dev.weft.proxy.upstream.ConnectFailure;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetriableTest {
    private static final ClusterName CLUSTER = new ClusterName("c");

    @Test
    void aConnectionThatWasNeverThereIsRepeatedWithoutAPolicy() {
        for (var reason : ConnectFailure.Reason.values()) {
            Retriable expected = reason == ConnectFailure.Reason.OVERFLOW || reason == ConnectFailure.Reason.CLOSED
                    ? Retriable.NO
                    : Retriable.SAFELY;
            var failure = new ProxyFailure.ConnectFailed(CLUSTER, "e", new ConnectFailure(reason, ""));

            assertThat(Retriable.afterFailure(failure, null, "POST"))
                    .as("%s", reason)
                    .isEqualTo(expected);
        }
    }

    @Test
    void whatWasNotLookedAtIsRepeatedWhateverTheMethod() {
        assertThat(Retriable.afterFailure(reset(StreamReset.REFUSED, false), null, "POST"))
                .isEqualTo(Retriable.REFUSED);
        assertThat(Retriable.afterFailure(reset(StreamReset.NOT_TAKEN, false), null, "POST"))
                .isEqualTo(Retriable.ELSEWHERE);
    }

    @ParameterizedTest
    @EnumSource(names = {"CONNECTION_CLOSED_UNANSWERED", "CONNECTION_CLOSED"})
    void aRequestLostWithItsConnectionIsRepeatedOnlyForIdempotentMethods(StreamReset closed) {
        var unanswered = reset(closed, false);

        assertThat(Retriable.afterFailure(unanswered, null, "GET")).isEqualTo(Retriable.SAFELY);
        assertThat(Retriable.afterFailure(unanswered, null, "DELETE")).isEqualTo(Retriable.SAFELY);
        assertThat(Retriable.afterFailure(unanswered, null, "POST")).isEqualTo(Retriable.NO);
        assertThat(Retriable.afterFailure(unanswered, policy(Condition.RESET), "POST"))
                .isEqualTo(Retriable.BY_POLICY);
    }

    @Test
    void whatMayHaveBeenProcessedNeedsAPolicy() {
        var failed = reset(StreamReset.PEER_ERROR, false);

        assertThat(Retriable.afterFailure(failed, null, "GET")).isEqualTo(Retriable.NO);
        assertThat(Retriable.afterFailure(failed, policy(Condition.GATEWAY_ERROR), "GET"))
                .isEqualTo(Retriable.BY_POLICY);
        assertThat(Retriable.afterFailure(
                        new TimedOut(TimedOut.Limit.PER_TRY, "e"), policy(Condition.CONNECT_FAILURE), "GET"))
                .isEqualTo(Retriable.NO);
        assertThat(Retriable.afterFailure(new TimedOut(TimedOut.Limit.PER_TRY, "e"), policy(Condition.FIVE_XX), "GET"))
                .isEqualTo(Retriable.BY_POLICY);
        assertThat(Retriable.afterFailure(new TimedOut(TimedOut.Limit.ROUTE, "e"), policy(Condition.FIVE_XX), "GET"))
                .isEqualTo(Retriable.NO);
    }

    @Test
    void aResponseThatHasBegunIsRepeatedOnlyWhereItsConnectionWasLostAndTheMethodIsIdempotent() {
        var lost = reset(StreamReset.CONNECTION_CLOSED, true);

        assertThat(Retriable.afterFailure(lost, null, "GET")).isEqualTo(Retriable.SAFELY);
        assertThat(Retriable.afterFailure(lost, policy(Condition.RESET), "POST"))
                .isEqualTo(Retriable.NO);
        assertThat(Retriable.afterFailure(reset(StreamReset.PEER_ERROR, true), policy(Condition.RESET), "GET"))
                .isEqualTo(Retriable.NO);
        assertThat(Retriable.afterFailure(reset(StreamReset.REFUSED, true), policy(Condition.RESET), "GET"))
                .isEqualTo(Retriable.NO);
    }

    @Test
    void statusesAreRepeatedAsThePolicyNamesThem() {
        Headers none = new Headers();

        assertThat(Retriable.afterResponse(policy(Condition.FIVE_XX), null, 500, none))
                .isTrue();
        assertThat(Retriable.afterResponse(policy(Condition.GATEWAY_ERROR), null, 500, none))
                .isFalse();
        assertThat(Retriable.afterResponse(policy(Condition.GATEWAY_ERROR), null, 503, none))
                .isTrue();
        assertThat(Retriable.afterResponse(policy(Condition.RETRIABLE_4XX), null, 409, none))
                .isTrue();
        assertThat(Retriable.afterResponse(policy(Condition.RETRIABLE_STATUS), null, 418, none))
                .isTrue();
        assertThat(Retriable.afterResponse(policy(Condition.RETRIABLE_STATUS), null, 503, none))
                .isFalse();
        assertThat(Retriable.afterResponse(policy(Condition.CONNECT_FAILURE), null, 503, none))
                .isFalse();
    }

    @Test
    void aGrpcStatusInTheHeadIsRepeatedAsThePolicyNamesIt() {
        Headers unavailable = new Headers();
        unavailable.add("grpc-status", "14");

        assertThat(Retriable.afterResponse(policy(Condition.GRPC_UNAVAILABLE), null, 200, unavailable))
                .isTrue();
        assertThat(Retriable.afterResponse(policy(Condition.GRPC_INTERNAL), null, 200, unavailable))
                .isFalse();
    }

    private static ProxyFailure reset(StreamReset cause, boolean started) {
        return new ProxyFailure.UpstreamReset(CLUSTER, "e", cause, started);
    }

    private static RetryPolicy policy(Condition... on) {
        return RetryPolicy.builder()
                .on(Set.of(on))
                .statuses(Set.of(418))
                .retries(2)
                .build();
    }
}
