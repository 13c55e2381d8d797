package dev.weft.sidecar.xds;

import dev.weft.proxy.model.Share;
import dev.weft.sidecar.xds.message.Message;

/** Envoy's two messages for a share of requests. Stateless. */
final class Shares {
    private Shares() {}

    /** {@code FractionalPercent} in that field; nothing where it is absent. */
    static Share fraction(Message holder, String field) {
        Message fraction = holder.message(field);
        long denominator = switch (fraction.choice("denominator")) {
            case "MILLION" -> 1_000_000;
            case "TEN_THOUSAND" -> 10_000;
            default -> 100;
        };
        return Share.of(fraction.number("numerator"), denominator);
    }

    /** {@code RuntimeFractionalPercent}, whose default counts since there is no runtime that could say otherwise. */
    static Share runtime(Message holder, String field, Share absent) {
        return holder.find(field).map(share -> fraction(share, "default_value")).orElse(absent);
    }
}
