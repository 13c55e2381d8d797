package dev.weft.proxy.filter.coding;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a client says of content codings (RFC 9110, section 12.5.3). Immutable. */
public final class AcceptedCodings {
    private AcceptedCodings() {}

    /**
     * The coding that the client likes best; of those it likes as well, the first.
     *
     * @param field {@code Accept-Encoding}, or null
     * @param offered in the order of our preference
     * @return null where the body is better sent as it is
     */
    public static @Nullable ContentCoding best(@Nullable String field, List<ContentCoding> offered) {
        if (field == null) {
            return null; // anything would be allowed, but whoever understands one says so
        }
        ContentCoding best = null;
        double bestQuality = Math.max(0, quality(field, "identity", false));
        for (ContentCoding coding : offered) {
            double quality = quality(field, coding.token(), true);
            if (quality > 0 && (best == null ? quality >= bestQuality : quality > bestQuality)) {
                best = coding;
                bestQuality = quality;
            }
        }
        return best;
    }

    /** From 0 to 1; -1 where nothing is said of it. */
    private static double quality(String field, String coding, boolean orAny) {
        double any = -1;
        for (String item : field.split(",")) {
            int semicolon = item.indexOf(';');
            String name = (semicolon < 0 ? item : item.substring(0, semicolon)).strip();
            if (name.equalsIgnoreCase(coding)) {
                return weight(semicolon < 0 ? "" : item.substring(semicolon + 1));
            }
            if (orAny && name.equals("*")) {
                any = weight(semicolon < 0 ? "" : item.substring(semicolon + 1));
            }
        }
        return any;
    }

    /** 1 where there is none; 0 where it makes no sense, so that nobody gets what he may not be able to read. */
    private static double weight(String parameter) {
        String text = parameter.strip().toLowerCase(Locale.ROOT);
        if (text.isEmpty()) {
            return 1;
        }
        try {
            double quality = text.startsWith("q=") ? Double.parseDouble(text.substring(2)) : 0;
            return quality >= 0 && quality <= 1 ? quality : 0;
        } catch (NumberFormatException notANumber) {
            return 0;
        }
    }
}
