package dev.weft.balance.health;

/** How an attempt at an endpoint ended, as far as outlier detection cares. */
public enum Outcome {
    /** A response below 500. */
    SUCCESS,
    /** A response of 500 or above that is none of the gateway ones. */
    SERVER_ERROR,
    /** 502, 503 or 504. */
    GATEWAY_FAILURE,
    /** No response for a reason seen on our side: connect failure, reset, timeout. */
    LOCAL_FAILURE;

    /** The outcome of a response with this status. */
    public static Outcome ofStatus(int status) {
        if (status < 500) {
            return SUCCESS;
        }
        return status >= 502 && status <= 504 ? GATEWAY_FAILURE : SERVER_ERROR;
    }
}
