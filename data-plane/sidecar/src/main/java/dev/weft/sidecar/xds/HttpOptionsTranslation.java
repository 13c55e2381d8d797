package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClientCertificateForwarding;
import dev.weft.proxy.model.ClientCertificateForwarding.Detail;
import dev.weft.proxy.model.ClientCertificateForwarding.Mode;
import dev.weft.proxy.model.ClientRules;
import dev.weft.proxy.model.ClientRules.SchemeRule;
import dev.weft.proxy.model.ClientRules.Underscores;
import dev.weft.proxy.model.HeaderHabits;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.Codec;
import dev.weft.proxy.model.TargetRules;
import dev.weft.proxy.model.TargetRules.EscapedSlashes;
import dev.weft.proxy.model.TargetRules.HostPort;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The settings of {@code HttpConnectionManager}. Confined to the thread of the conversion. */
final class HttpOptionsTranslation {
    private static final HttpOptions DEFAULT = HttpOptions.DEFAULT;

    private final Problems problems;
    private final AccessLogTranslation accessLogs;
    private final LocalReplyTranslation replies;

    HttpOptionsTranslation(Problems problems, FileText files) {
        this.problems = problems;
        this.accessLogs = new AccessLogTranslation(problems, files);
        this.replies = new LocalReplyTranslation(problems, files);
    }

    HttpOptions options(Message manager) {
        Message common = manager.message("common_http_protocol_options");
        Message http2 = manager.message("http2_protocol_options");
        Message http1 = manager.message("http_protocol_options");
        if (!http1.bool("allow_absolute_url", true)) {
            problems.add(http1.path("allow_absolute_url"), "false: not supported (expected: true, or none)");
        }
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
                accessLogs.ownForm(manager),
                Http2Translation.options(http2),
                target(manager),
                clientCertificate(manager),
                new HeaderHabits(
                        !manager.bool("skip_xff_append"),
                        manager.choice("server_header_transformation").equals("OVERWRITE"),
                        manager.bool("preserve_external_request_id"),
                        manager.bool("always_set_request_id_in_response")),
                accessLogs.formats(manager),
                LifetimesTranslation.lifetimes(common),
                new ClientRules(
                        underscores(common),
                        !manager.bool("proxy_100_continue"),
                        orDefault(manager, "delayed_close_timeout", ClientRules.DEFAULT.delayedClose()),
                        scheme(manager.message("scheme_header_transformation"))),
                replies.rules(manager.message("local_reply_config")));
    }

    private SchemeRule scheme(Message rule) {
        return switch (rule.string("scheme_to_overwrite")) {
            case "http" -> SchemeRule.HTTP;
            case "https" -> SchemeRule.HTTPS;
            case "" -> rule.bool("match_upstream") ? SchemeRule.OF_UPSTREAM : SchemeRule.KEEP;
            default -> {
                problems.add(
                        rule.path("scheme_to_overwrite"),
                        Sources.quoted(rule.string("scheme_to_overwrite")) + " (expected: http or https)");
                yield SchemeRule.KEEP;
            }
        };
    }

    private static Underscores underscores(Message common) {
        return switch (common.choice("headers_with_underscores_action")) {
            case "REJECT_REQUEST" -> Underscores.REFUSE;
            case "DROP_HEADER" -> Underscores.DROP;
            default -> Underscores.ALLOW;
        };
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
}
