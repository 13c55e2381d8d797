package dev.weft.proxy.http;

import dev.weft.proxy.model.ClientRules.Underscores;

/** Fields whose names hold an underscore; why they matter says {@link Underscores}. Stateless. */
public final class UnderscoreFields {
    private UnderscoreFields() {}

    /**
     * Applies a rule, other than to allow them, to the fields of a request or to its trailers.
     *
     * @return whether the request is refused for one of them
     */
    public static boolean refuses(Underscores rule, Headers fields) {
        for (int i = fields.size() - 1; i >= 0; i--) {
            if (isOne(fields, i)) {
                if (rule == Underscores.REFUSE) {
                    return true;
                }
                fields.removeAt(i);
            }
        }
        return false;
    }

    private static boolean isOne(Headers fields, int index) {
        byte[] bytes = fields.array();
        int from = fields.nameOffset(index);
        for (int at = from; at < from + fields.nameLength(index); at++) {
            if (bytes[at] == '_') {
                return true;
            }
        }
        return false;
    }
}
