package dev.weft.proxy.route;

import dev.weft.proxy.model.RouteAction;
import java.nio.charset.StandardCharsets;

/** Immutable: the proxy answers by itself. */
public final class RespondDecision implements RouteDecision {
    private final RouteAction.Respond action;
    private final byte[] body;

    RespondDecision(RouteAction.Respond action) {
        this.action = action;
        this.body = action.body().getBytes(StandardCharsets.UTF_8);
    }

    public int status() {
        return action.status();
    }

    public String contentType() {
        return action.contentType();
    }

    /** Not to be changed. */
    public byte[] body() {
        return body;
    }
}
