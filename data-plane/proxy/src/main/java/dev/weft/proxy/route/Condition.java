package dev.weft.proxy.route;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import dev.weft.proxy.model.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Immutable: what a request must be like besides its path. */
sealed interface Condition {
    /**
     * @param lot that the request drew, for {@link Share#takes(int)}
     */
    boolean holds(RequestHead head, int lot);

    static Condition[] compile(RouteMatch match) {
        List<Condition> conditions = new ArrayList<>();
        if (match.grpcOnly()) {
            conditions.add(new Grpc());
        }
        for (NamedMatch header : match.headers()) {
            Outcome outcome = Outcome.of(header);
            conditions.add(
                    switch (header.name().toLowerCase(Locale.ROOT)) {
                        case ":method" -> new Pseudo(Pseudo.Part.METHOD, outcome);
                        case ":authority", "host" -> new Pseudo(Pseudo.Part.AUTHORITY, outcome);
                        case ":path" -> new Pseudo(Pseudo.Part.PATH, outcome);
                        case ":scheme" -> new Pseudo(Pseudo.Part.SCHEME, outcome);
                        default -> new Header(HeaderName.of(header.name()), outcome);
                    });
        }
        for (NamedMatch parameter : match.query()) {
            conditions.add(new Parameter(parameter.name(), Outcome.of(parameter)));
        }
        if (!match.share().equals(Share.ALL)) {
            conditions.add(new Lot(match.share()));
        }
        return conditions.toArray(Condition[]::new);
    }

    record Lot(Share share) implements Condition {
        @Override
        public boolean holds(RequestHead head, int lot) {
            return share.takes(lot);
        }
    }

    record Grpc() implements Condition {
        @Override
        public boolean holds(RequestHead head, int lot) {
            return head.isGrpc();
        }
    }

    record Pseudo(Part part, Outcome outcome) implements Condition {
        enum Part {
            METHOD,
            AUTHORITY,
            PATH,
            SCHEME
        }

        @Override
        public boolean holds(RequestHead head, int lot) {
            return outcome.of(
                    switch (part) {
                        case METHOD -> head.method();
                        case AUTHORITY -> head.authority();
                        case PATH -> head.path();
                        case SCHEME -> head.scheme();
                    });
        }
    }

    /** Several fields of one name are tested as one list, joined by commas (RFC 9110, section 5.3). */
    record Header(HeaderName name, Outcome outcome) implements Condition {
        @Override
        public boolean holds(RequestHead head, int lot) {
            Headers headers = head.headers();
            int first = headers.indexOf(name, 0);
            if (first < 0) {
                return outcome.ofAbsent();
            }
            if (headers.indexOf(name, first + 1) >= 0) {
                return outcome.of(headers.joined(name));
            }
            return outcome.of(headers.array(), headers.valueOffset(first), headers.valueLength(first));
        }
    }

    record Parameter(String name, Outcome outcome) implements Condition {
        @Override
        public boolean holds(RequestHead head, int lot) {
            return outcome.of(Query.parameter(head.path(), name));
        }
    }

    /**
     * @param whenAbsent what holds where there is no value
     */
    record Outcome(ValueTest test, boolean invert, boolean whenAbsent) {
        static Outcome of(NamedMatch match) {
            ValueTest test = ValueTest.compile(match.value());
            boolean whenAbsent;
            if (test instanceof ValueTest.Present presence) {
                whenAbsent = !presence.present() != match.invert();
            } else {
                whenAbsent = match.missingAsEmpty() && test.test("") != match.invert();
            }
            return new Outcome(test, match.invert(), whenAbsent);
        }

        boolean ofAbsent() {
            return whenAbsent;
        }

        boolean of(@Nullable String value) {
            return value == null ? whenAbsent : test.test(value) != invert;
        }

        boolean of(byte[] bytes, int offset, int length) {
            return test.test(bytes, offset, length) != invert;
        }
    }
}
