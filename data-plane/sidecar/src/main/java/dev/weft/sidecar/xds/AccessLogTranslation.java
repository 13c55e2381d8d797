package dev.weft.sidecar.xds;

import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.LogFormat;
import dev.weft.proxy.telemetry.LineFormat;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code access_log} of a network filter. Confined to the thread of the conversion. */
final class AccessLogTranslation {
    private static final String FILE = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
    private static final List<String> LOGS = List.of(FILE, "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog");
    private static final List<String> STANDARD_OUTPUT = List.of("/dev/stdout", "/proc/self/fd/1");

    private final Problems problems;
    private final TextSources texts;

    AccessLogTranslation(Problems problems, FileText files) {
        this.problems = problems;
        this.texts = new TextSources(files, problems);
    }

    /** Our own two forms, a line of text, or with {@code json_format: {}} a JSON object, where no other is given. */
    AccessLog ownForm(Message filter) {
        AccessLog chosen = AccessLog.OFF;
        for (Message log : filter.messages("access_log")) {
            boolean known = LOGS.contains(Extensions.type(log));
            if (!known) {
                Extensions.refuse(log, "expected: one of " + String.join(", ", LOGS), problems);
            } else if (format(log) == null) {
                Message format = log.message("typed_config").message("log_format");
                chosen = format.has("json_format") ? AccessLog.JSON : AccessLog.TEXT;
            }
        }
        return chosen;
    }

    List<LogFormat> formats(Message filter) {
        List<LogFormat> logs = new ArrayList<>();
        for (Message log : filter.messages("access_log")) {
            if (!LOGS.contains(Extensions.type(log))) {
                continue;
            }
            Message config = log.message("typed_config");
            checkPath(config);
            LogFormat format = format(log);
            if (format != null) {
                LogFormat compiled = problems.making(config, () -> {
                    LineFormat.compile(format);
                    return format;
                });
                if (compiled != null) {
                    logs.add(compiled);
                }
            }
        }
        return logs;
    }

    /** Null where it is one of our own. */
    private @Nullable LogFormat format(Message log) {
        Message format = log.message("typed_config").message("log_format");
        if (format.has("content_type")) {
            problems.add(format.path("content_type"), "without effect on a log (expected: none)");
        }
        boolean omitEmpty = format.bool("omit_empty_values");
        if (!format.map("json_format").isEmpty()) {
            return new LogFormat.Json(format.map("json_format"), omitEmpty);
        }
        if (format.has("text_format_source")) {
            return new LogFormat.Text(texts.text(format.message("text_format_source")), omitEmpty);
        }
        return format.has("text_format") ? new LogFormat.Text(format.string("text_format"), omitEmpty) : null;
    }

    private void checkPath(Message config) {
        if (config.type().equals(FILE) && !STANDARD_OUTPUT.contains(config.string("path"))) {
            problems.add(
                    config.path("path"),
                    Sources.quoted(config.string("path")) + " (expected: /dev/stdout, which is where"
                            + " --access-log-file leads)");
        }
    }
}
