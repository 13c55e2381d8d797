package dev.weft.sidecar.xds;

import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads {@code core.v3.DataSource}: text inline or in a file. Confined to the thread of the conversion. */
final class TextSources {
    private final FileText files;
    private final Problems problems;

    TextSources(FileText files, Problems problems) {
        this.files = files;
        this.problems = problems;
    }

    /** The text, or the empty string where there is none; a file that cannot be read is a problem. */
    String text(Message source) {
        return find(source).orElse("");
    }

    /** The text; nothing where its file cannot be read, which is a problem. */
    Optional<String> find(Message source) {
        if (source.has("inline_bytes")) {
            return Optional.of(new String(source.bytes("inline_bytes"), StandardCharsets.UTF_8));
        }
        if (!source.has("filename")) {
            return Optional.of(source.string("inline_string"));
        }
        String path = source.string("filename");
        try {
            return Optional.of(files.read(path));
        } catch (IOException e) {
            problems.add(
                    source.path("filename"),
                    path + ": cannot be read (" + e.getClass().getSimpleName() + ")");
            return Optional.empty();
        }
    }
}
