package dev.weft.proxy.forward;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;

/** {@code Max-Forwards} of TRACE and OPTIONS (RFC 9110, section 7.6.2). Stateless. */
final class HopLimit {
    private static final HeaderName ALLOW = HeaderName.of("allow");

    private HopLimit() {}

    /** Whether this proxy is the last hop; where not, the number is made smaller. What is no number is passed on. */
    static boolean reached(RequestHead request) {
        if (!isTrace(request) && !request.method().equals("OPTIONS")) {
            return false;
        }
        Headers headers = request.headers();
        String hops = headers.get(HeaderName.MAX_FORWARDS);
        if (hops == null || !hops.matches("[0-9]{1,9}")) {
            return false;
        }
        int left = Integer.parseInt(hops);
        if (left > 0) {
            headers.set(HeaderName.MAX_FORWARDS, Integer.toString(left - 1));
        }
        return left == 0;
    }

    /** A TRACE is not echoed: what it would show (cookies, credentials added on the way) is nobody's business. */
    static ResponseHead answer(RequestHead request) {
        ResponseHead head = new ResponseHead().status(isTrace(request) ? 405 : 200);
        head.headers().add(ALLOW, "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
        return head;
    }

    private static boolean isTrace(RequestHead request) {
        return request.method().equals("TRACE");
    }
}
