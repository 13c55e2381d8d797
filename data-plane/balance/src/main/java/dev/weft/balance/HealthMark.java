package dev.weft.balance;

/** One reason for an endpoint's health that the proxy found out by itself; they are set and lifted independently. */
public enum HealthMark {
    /** Active checks say it is down. */
    ACTIVE_CHECK_FAILED(1, Health.UNHEALTHY),
    /** It answers active checks, and asks to be used last. */
    ACTIVE_CHECK_DEGRADED(2, Health.DEGRADED),
    /** Its traffic failed, so it sits out for a while. */
    OUTLIER_EJECTED(4, Health.UNHEALTHY),
    /** Somebody (an operator, a GOAWAY policy) wants no new requests on it. */
    DRAINING(8, Health.UNHEALTHY);

    private final int bit;
    private final Health effect;

    HealthMark(int bit, Health effect) {
        this.bit = bit;
        this.effect = effect;
    }

    /** What the endpoint is worth while this is set. */
    public Health effect() {
        return effect;
    }

    int bit() {
        return bit;
    }
}
