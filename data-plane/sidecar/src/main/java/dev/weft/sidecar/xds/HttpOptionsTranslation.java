package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClientCertificateForwarding;
import dev.weft.proxy.model.ClientCertificateForwarding.Detail;
import dev.weft.proxy.model.ClientCertificateForwarding.Mode;
import dev.weft.proxy.model.HeaderHabits;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.HttpOptions.Codec;
import dev.weft.proxy.model.LogFormat;
import dev.weft.proxy.model.TargetRules;
import dev.weft.proxy.model.TargetRules.EscapedSlashes;
import dev.weft.proxy.model.TargetRules.HostPort;
import dev.weft.proxy.telemetry.LineFormat;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The settings of {@code HttpConnectionManager}. Confined to the thread of the conversion. */
final class HttpOptionsTranslation {
    private static final String FILE = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
    private static final List<String> LOGS = List.of(FILE, "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog");
    private static final List<String> STANDARD_OUTPUT = List.of("/dev/stdout", "/proc/self/fd/1");
    private static final HttpOptions DEFAULT = HttpOptions.DEFAULT;

    private final Problems problems;

    private final TextSources texts;

    HttpOptionsTranslation(Problems problems, FileText files) {
        this.problems = problems;
        this.texts = new TextSources(files, problems);
    }

    HttpOptions options(Message manager) {
        Message common = manager.message("common_http_protocol_options");
        Message http2 = manager.message("http2_protocol_options");
        return new HttpOptions(
                codec(manager),
                DEFAULT.maxRequestLineBytes(),
                manager.has("max_request_headers_kb")
                        ? manager.integer("max_request_headers_kb", 0) * 1024
                        : DEFAULT.maxHeaderBytes(),
                common.integer("max_headers_count", DEFAULT.maxHeaders()),
                DEFAULT.maxTrailerBytes(),
                http2.integer("max_concurrent_streams", DEFAULT.maxConcurrentStreams()),
                orDefault(manager, "request_headers_timeout", DEFAULT.headTimeout()),
                orDefault(common, "idle_timeout", DEFAULT.idleTimeout()),
                orDefault(manager, "stream_idle_timeout", DEFAULT.streamIdleTimeout()),
                orDefault(manager, "request_timeout", DEFAULT.requestTimeout()),
                DEFAULT.bodyRate(),
                orDefault(manager, "drain_timeout", DEFAULT.drainTimeout()),
                manager.bool("use_remote_address"),
                manager.integer("xff_num_trusted_hops", 0),
                manager.string("via"),
                serverName(manager),
                manager.bool("generate_request_id", true),
                manager.bool("strip_any_host_port"),
                ChainTranslation.upgrades(manager).contains("CONNECT"),
                accessLog(manager),
                Http2Translation.options(http2),
                target(manager),
                clientCertificate(manager),
                new HeaderHabits(
                        !manager.bool("skip_xff_append"),
                        manager.choice("server_header_transformation").equals("OVERWRITE"),
                        manager.bool("preserve_external_request_id"),
                        manager.bool("always_set_request_id_in_response")),
                logs(manager));
    }

    private static TargetRules target(Message manager) {
        EscapedSlashes escaped = switch (manager.choice("path_with_escaped_slashes_action")) {
            case "REJECT_REQUEST" -> EscapedSlashes.REFUSE;
            case "UNESCAPE_AND_REDIRECT" -> EscapedSlashes.REDIRECT;
            case "UNESCAPE_AND_FORWARD" -> EscapedSlashes.UNESCAPE;
            default -> EscapedSlashes.KEEP; // which is Envoy's default too
        };
        HostPort port = HostPort.KEEP;
        if (manager.bool("strip_any_host_port")) {
            port = HostPort.STRIP;
        } else if (manager.bool("strip_matching_host_port")) {
            port = HostPort.STRIP_OWN;
        }
        return new TargetRules(
                manager.bool("normalize_path"),
                manager.bool("merge_slashes"),
                escaped,
                port,
                manager.bool("strip_trailing_host_dot"));
    }

    /** What an element is to say is looked at only where one is written, as in Envoy. */
    private static ClientCertificateForwarding clientCertificate(Message manager) {
        Mode mode = Mode.valueOf(manager.choice("forward_client_cert_details"));
        Message current = manager.message("set_current_client_cert_details");
        List<Detail> details = Arrays.stream(Detail.values())
                .filter(detail -> mode.writes() && current.bool(detail.name().toLowerCase(Locale.ROOT)))
                .toList();
        return new ClientCertificateForwarding(mode, details);
    }

    private static Duration orDefault(Message message, String field, Duration absent) {
        return message.duration(field).orElse(absent);
    }

    private Codec codec(Message manager) {
        return switch (manager.choice("codec_type")) {
            case "HTTP1" -> Codec.HTTP1;
            case "HTTP2" -> Codec.HTTP2;
            case "AUTO" -> Codec.AUTO;
            default -> {
                problems.add(manager.path("codec_type"), "HTTP3: not supported (expected: AUTO, HTTP1 or HTTP2)");
                yield Codec.AUTO;
            }
        };
    }

    private static String serverName(Message manager) {
        return manager.choice("server_header_transformation").equals("PASS_THROUGH")
                ? ""
                : manager.string("server_name");
    }

    /** Our own two forms, a line of text, or with {@code json_format: {}} a JSON object, where no other is given. */
    private AccessLog accessLog(Message manager) {
        AccessLog chosen = AccessLog.OFF;
        for (Message log : manager.messages("access_log")) {
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

    private List<LogFormat> logs(Message manager) {
        List<LogFormat> logs = new ArrayList<>();
        for (Message log : manager.messages("access_log")) {
            if (!LOGS.contains(Extensions.type(log))) {
                continue;
            }
            Message config = log.message("typed_config");
            if (config.type().equals(FILE) && !STANDARD_OUTPUT.contains(config.string("path"))) {
                problems.add(
                        config.path("path"),
                        Sources.quoted(config.string("path")) + " (expected: /dev/stdout, which is where"
                                + " --access-log-file leads)");
            }
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
        boolean omitEmpty = format.bool("omit_empty_values");
        if (!format.map("json_format").isEmpty()) {
            return new LogFormat.Json(format.map("json_format"), omitEmpty);
        }
        if (format.has("text_format_source")) {
            return new LogFormat.Text(texts.text(format.message("text_format_source")), omitEmpty);
        }
        return format.has("text_format") ? new LogFormat.Text(format.string("text_format"), omitEmpty) : null;
    }
}
