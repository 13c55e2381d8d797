package dev.weft.proxy.filter.compress;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterPolicy;
import dev.weft.proxy.filter.coding.ContentCoding;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which responses are compressed, and how.
 *
 * @param codings what is done here; of what a client likes equally well the first is taken
 * @param elsewhere codings that other filters of the listener do: where a client likes one of them better, it is left to them
 * @param minLength what is known to be shorter is left as it is, bytes
 * @param contentTypes media types in lower case, without parameters
 * @param skipsEtags whether a response with an entity tag is left as it is; otherwise a strong one becomes weak
 * @param hidesAcceptance whether the upstream does not see {@code Accept-Encoding}, and so does not compress by itself
 */
public record CompressPolicy(
        List<Level> codings,
        List<ContentCoding> elsewhere,
        long minLength,
        Set<String> contentTypes,
        boolean skipsEtags,
        boolean hidesAcceptance)
        implements FilterPolicy {
    public static final int DEFAULT_MIN_LENGTH = 30;

    public static final Set<String> DEFAULT_TYPES = Set.of(
            "application/javascript",
            "application/json",
            "application/xhtml+xml",
            "image/svg+xml",
            "text/css",
            "text/html",
            "text/plain",
            "text/xml");

    /** A coding with how hard it tries. */
    public record Level(ContentCoding coding, int level) {
        public Level {
            coding.checkLevel(level);
        }
    }

    public CompressPolicy {
        codings = List.copyOf(codings);
        elsewhere = List.copyOf(elsewhere);
        contentTypes = Set.copyOf(contentTypes);
        if (codings.isEmpty()) {
            throw new IllegalArgumentException("codings: none (expected: at least one)");
        }
    }

    /** The usual types, from 30 bytes on. */
    public static CompressPolicy of(ContentCoding... codings) {
        List<Level> levels = new ArrayList<>();
        for (ContentCoding coding : codings) {
            levels.add(new Level(coding, coding.defaultLevel()));
        }
        return new CompressPolicy(levels, List.of(), DEFAULT_MIN_LENGTH, DEFAULT_TYPES, false, false);
    }

    /** The same beside other filters with these codings. */
    public CompressPolicy beside(List<ContentCoding> others) {
        return new CompressPolicy(codings, others, minLength, contentTypes, skipsEtags, hidesAcceptance);
    }

    @Override
    public Filter filter() {
        return new CompressFilter(this);
    }

    boolean isType(String contentType) {
        int semicolon = contentType.indexOf(';');
        String media = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
        return contentTypes.contains(media.strip().toLowerCase(Locale.ROOT));
    }
}
