package dev.weft.proxy.model;

import dev.weft.proxy.model.RouteMatch.ValueMatch;

/**
 * A subject alternative name that a peer's certificate may hold.
 *
 * @param match of the name's text; an exact DNS name may also be held as a wildcard (RFC 9525, section 6.3)
 */
public record PeerName(Kind kind, ValueMatch match) {
    /** Kinds of names (RFC 5280, section 4.2.1.6). */
    public enum Kind {
        EMAIL,
        DNS,
        URI,
        IP
    }

    public static PeerName dns(String name) {
        return new PeerName(Kind.DNS, new ValueMatch.Exact(name, false));
    }

    public static PeerName uri(String name) {
        return new PeerName(Kind.URI, new ValueMatch.Exact(name, false));
    }

    /** For people: {@code DNS a.example}, {@code URI spiffe://mesh/*}. */
    @Override
    public String toString() {
        return kind + " "
                + switch (match) {
                    case ValueMatch.Exact m -> m.text();
                    case ValueMatch.Prefix m -> m.text() + "*";
                    case ValueMatch.Suffix m -> "*" + m.text();
                    case ValueMatch.Contains m -> "*" + m.text() + "*";
                    case ValueMatch.Regex m -> "like " + m.pattern();
                    case ValueMatch.Present _ -> "any";
                    case ValueMatch.Range m -> m.from() + " to " + m.to();
                };
    }
}
