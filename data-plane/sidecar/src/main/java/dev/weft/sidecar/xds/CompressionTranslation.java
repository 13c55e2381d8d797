package dev.weft.sidecar.xds;

import dev.weft.proxy.filter.coding.ContentCoding;
import dev.weft.proxy.filter.compress.CompressPolicy;
import dev.weft.proxy.filter.decompress.DecompressPolicy;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.ListenerFilter;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code Compressor} and {@code Decompressor} with their libraries. Confined to the thread of the conversion. */
final class CompressionTranslation {
    private static final String PREFIX = "envoy.extensions.compression.";

    private final Problems problems;

    CompressionTranslation(Problems problems) {
        this.problems = problems;
    }

    FilterConfig compressor(Message compressor) {
        Message library = compressor.message("compressor_library");
        ContentCoding coding = coding(library, "compressor");
        Message responses = compressor.message("response_direction_config");
        Message common = responses.message("common_config");
        if (coding == null || !isEnabled(common)) {
            return FilterConfig.OFF;
        }
        Set<String> types = common.strings("content_type").stream()
                .map(type -> type.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        return new CompressPolicy(
                List.of(new CompressPolicy.Level(coding, level(coding, library.message("typed_config")))),
                List.of(),
                common.number("min_content_length", CompressPolicy.DEFAULT_MIN_LENGTH),
                types.isEmpty() ? CompressPolicy.DEFAULT_TYPES : types,
                responses.bool("disable_on_etag_header"),
                responses.bool("remove_accept_encoding_header"));
    }

    private static int level(ContentCoding coding, Message library) {
        long level = switch (coding) {
            case GZIP -> library.choiceNumber("compression_level");
            case BROTLI -> library.number("quality");
            case ZSTD -> library.number("compression_level");
        };
        return level == 0 ? coding.defaultLevel() : (int) level;
    }

    /** Tells each compressor of a listener of the others, so that a client gets what it likes best of all. */
    static List<ListenerFilter> acquainted(List<ListenerFilter> filters) {
        return filters.stream()
                .map(filter -> filter.config() instanceof CompressPolicy own
                        ? new ListenerFilter(filter.name(), own.beside(others(own, filters)))
                        : filter)
                .toList();
    }

    private static List<ContentCoding> others(CompressPolicy own, List<ListenerFilter> filters) {
        return filters.stream()
                .filter(filter -> !filter.config().equals(own) && filter.config() instanceof CompressPolicy)
                .flatMap(filter -> ((CompressPolicy) filter.config()).codings().stream())
                .map(CompressPolicy.Level::coding)
                .toList();
    }

    FilterConfig decompressor(Message decompressor) {
        ContentCoding coding = coding(decompressor.message("decompressor_library"), "decompressor");
        if (coding == null) {
            return FilterConfig.OFF;
        }
        Message requests = decompressor.message("request_direction_config");
        Message responses = decompressor.message("response_direction_config");
        boolean ignoresForRequests = requests.message("common_config").bool("ignore_no_transform_header");
        boolean ignoresForResponses = responses.message("common_config").bool("ignore_no_transform_header");
        if (ignoresForRequests != ignoresForResponses) {
            problems.add(decompressor.path(), "ignore_no_transform_header differs (expected: the same both ways)");
        }
        return new DecompressPolicy(
                coding,
                isEnabled(requests.message("common_config")),
                isEnabled(responses.message("common_config")),
                requests.bool("advertise_accept_encoding", true),
                ignoresForRequests);
    }

    private static boolean isEnabled(Message common) {
        return common.message("enabled").bool("default_value", true);
    }

    private @Nullable ContentCoding coding(Message library, String kind) {
        String type = Extensions.type(library);
        for (String name : List.of("gzip.%s.v3.Gzip", "brotli.%s.v3.Brotli", "zstd.%s.v3.Zstd")) {
            if (type.equals(PREFIX + name.formatted(kind))) {
                return ContentCoding.valueOf(
                        name.substring(0, name.indexOf('.')).toUpperCase(Locale.ROOT));
            }
        }
        Extensions.refuse(library, "expected: gzip, brotli or zstd of " + PREFIX + "*." + kind + ".v3", problems);
        return null;
    }
}
