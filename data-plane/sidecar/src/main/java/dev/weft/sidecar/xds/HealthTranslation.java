package dev.weft.sidecar.xds;

import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.model.HealthCheck.GrpcProbe;
import dev.weft.proxy.model.HealthCheck.HttpProbe;
import dev.weft.proxy.model.HealthCheck.Probe;
import dev.weft.proxy.model.HealthCheck.StatusRange;
import dev.weft.proxy.model.HealthCheck.TcpProbe;
import dev.weft.proxy.model.OutlierDetection;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Active health checks and outlier detection. Confined to the thread of the conversion. */
final class HealthTranslation {
    private static final int ALWAYS = 100;
    private static final int NEVER = 0;

    private final Problems problems;

    HealthTranslation(Problems problems) {
        this.problems = problems;
    }

    List<HealthCheck> checks(Message cluster) {
        List<HealthCheck> checks = new ArrayList<>();
        for (Message check : cluster.messages("health_checks")) {
            for (String required : List.of("timeout", "interval", "unhealthy_threshold", "healthy_threshold")) {
                if (!check.has(required)) {
                    problems.add(check.path(required), "missing (expected: a value; there is no default)");
                }
            }
            HealthCheck made = check(check);
            if (made != null) {
                checks.add(made);
            }
        }
        return checks;
    }

    private @Nullable HealthCheck check(Message check) {
        Probe probe = probe(check);
        return probe == null
                ? null
                : problems.making(
                        check,
                        () -> new HealthCheck(
                                probe,
                                check.duration("interval").orElse(Duration.ofSeconds(1)),
                                check.duration("timeout").orElse(Duration.ofSeconds(1)),
                                check.integer("unhealthy_threshold", 1),
                                check.integer("healthy_threshold", 1),
                                check.integer("alt_port", 0)));
    }

    private @Nullable Probe probe(Message check) {
        if (check.has("http_health_check")) {
            return http(check.message("http_health_check"));
        }
        if (check.has("tcp_health_check")) {
            return new TcpProbe();
        }
        if (check.has("grpc_health_check")) {
            Message grpc = check.message("grpc_health_check");
            return new GrpcProbe(grpc.string("service_name"), grpc.string("authority"));
        }
        problems.add(check.path(), "no check (expected: http_health_check, tcp_health_check or grpc_health_check)");
        return null;
    }

    private @Nullable Probe http(Message http) {
        List<StatusRange> statuses = new ArrayList<>();
        for (Message range : http.messages("expected_statuses")) {
            long from = range.number("start");
            long to = range.number("end") - 1;
            if (from < 100 || to < from || to > 599) {
                problems.add(
                        range.path(), from + " to " + (to + 1) + " (expected: within 100 to 600, the end excluded)");
            } else {
                statuses.add(new StatusRange((int) from, (int) to));
            }
        }
        String codec = http.choice("codec_client_type");
        if (codec.equals("HTTP3")) {
            problems.add(http.path("codec_client_type"), "HTTP3: not supported (expected: HTTP1 or HTTP2)");
        }
        return problems.making(
                http, () -> new HttpProbe(http.string("path"), http.string("host"), codec.equals("HTTP2"), statuses));
    }

    Optional<OutlierDetection> outliers(Message cluster) {
        return cluster.find("outlier_detection").map(this::outlierDetection);
    }

    /** The defaults are Envoy's: of the consecutive kinds only 5xx is enforced, and success rates are. */
    private @Nullable OutlierDetection outlierDetection(Message outliers) {
        int fiveXx = enforced(outliers, "consecutive_5xx", 5, "enforcing_consecutive_5xx", ALWAYS);
        int gateway =
                enforced(outliers, "consecutive_gateway_failure", 5, "enforcing_consecutive_gateway_failure", NEVER);
        // Unless they are split, failures to connect count with the 5xx.
        int local = outliers.bool("split_external_local_origin_errors")
                ? enforced(
                        outliers,
                        "consecutive_local_origin_failure",
                        5,
                        "enforcing_consecutive_local_origin_failure",
                        ALWAYS)
                : fiveXx;
        boolean successRate = enforced(outliers, "", 1, "enforcing_success_rate", ALWAYS) > 0;
        Duration base = outliers.duration("base_ejection_time").orElse(Duration.ofSeconds(30));
        Duration longest = outliers.duration("max_ejection_time").orElse(Duration.ofMinutes(5));
        return problems.making(
                outliers,
                () -> new OutlierDetection(
                        fiveXx,
                        gateway,
                        local,
                        outliers.duration("interval").orElse(Duration.ofSeconds(10)),
                        base,
                        longest,
                        outliers.integer("max_ejection_percent", 10),
                        successRate,
                        outliers.integer("success_rate_minimum_hosts", 5),
                        outliers.integer("success_rate_request_volume", 100),
                        outliers.integer("success_rate_stdev_factor", 1900)));
    }

    /** A share of enforcement is all or nothing here; nothing is a count of 0. */
    private int enforced(Message outliers, String count, int absentCount, String enforcing, int absentShare) {
        int share = outliers.integer(enforcing, absentShare);
        if (share != ALWAYS && share != NEVER) {
            problems.add(outliers.path(enforcing), share + " (expected: 0 or 100)");
        }
        if (share == NEVER) {
            return 0;
        }
        return count.isEmpty() ? absentCount : outliers.integer(count, absentCount);
    }
}
