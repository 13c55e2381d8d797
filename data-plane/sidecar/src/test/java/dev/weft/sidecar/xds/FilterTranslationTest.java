package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.filter.buffer.BufferPolicy;
import dev.weft.proxy.filter.coding.ContentCoding;
import dev.weft.proxy.filter.compress.CompressPolicy;
import dev.weft.proxy.filter.cors.CorsPolicy;
import dev.weft.proxy.filter.decompress.DecompressPolicy;
import dev.weft.proxy.filter.fault.FaultPolicy;
import dev.weft.proxy.filter.fault.FaultPolicy.Abort;
import dev.weft.proxy.filter.fault.FaultPolicy.Delay;
import dev.weft.proxy.filter.fault.FaultPolicy.Status;
import dev.weft.proxy.filter.grpcweb.GrpcWebPolicy;
import dev.weft.proxy.filter.ratelimit.Limit;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy.Descriptor;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy.EntryMatch;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy.KeyPart;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerFilter;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.Mirror;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.Share;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** HTTP filters in Envoy's messages, written as YAML, to their settings. */
class FilterTranslationTest {
    private static final String TYPE = "'@type': type.googleapis.com/envoy.extensions.filters.";
    private static final String PATH = "filter_chains[0].filters[0].typed_config.http_filters[0]";
    private static final String ALL = "{default_value: {numerator: 100}}";
    private static final String BUCKET = "token_bucket: {max_tokens: 10, tokens_per_fill: 5, fill_interval: 1s}";

    private static String listener(String filters) {
        return "{name: l, address: {socket_address: {address: 127.0.0.1, port_value: 80}}, filter_chains: [{filters: ["
                + "{name: h, typed_config: {" + TYPE + "network.http_connection_manager.v3.HttpConnectionManager,"
                + " rds: {route_config_name: r, config_source: {ads: {}}}, http_filters: [" + filters
                + ", {name: router, typed_config: {" + TYPE + "http.router.v3.Router}}]}}]}]}";
    }

    private static String filter(String type, String settings) {
        return "{name: f, typed_config: {" + TYPE + "http." + type + (settings.isEmpty() ? "" : ", " + settings) + "}}";
    }

    private static FilterConfig config(String type, String settings) {
        List<ListenerFilter> filters = filters(filter(type, settings));
        assertThat(filters).hasSize(1);
        assertThat(filters.getFirst().name()).isEqualTo("f");
        return filters.getFirst().config();
    }

    private static List<ListenerFilter> filters(String filters) {
        ListenerDraft draft = (ListenerDraft) Yaml.accepted(ResourceType.LISTENER, listener(filters));
        return ((ListenerConfig.Http) draft.config().chains().getFirst().handler()).filters();
    }

    private static List<String> problems(String filters) {
        return Yaml.problems(ResourceType.LISTENER, listener(filters));
    }

    @Test
    void aFaultDelaysAndAborts() {
        assertThat(
                        config(
                                "fault.v3.HTTPFault",
                                "delay: {fixed_delay: 2s, percentage: {numerator: 10}}, abort: {http_status: 503, percentage:"
                                        + " {numerator: 1, denominator: TEN_THOUSAND}}, headers: [{name: X-A, string_match: {exact: b}}]"))
                .isEqualTo(new FaultPolicy(
                        Optional.of(new Delay(Optional.of(Duration.ofSeconds(2)), new Share(100_000))),
                        Optional.of(new Abort(Optional.of(new Status.Http(503)), new Share(100))),
                        List.of(new NamedMatch("x-a", new ValueMatch.Exact("b", false), false, false))));
        assertThat(config("fault.v3.HTTPFault", "delay: {header_delay: {}}, abort: {grpc_status: 14}"))
                .isEqualTo(new FaultPolicy(
                        Optional.of(new Delay(Optional.empty(), Share.NONE)),
                        Optional.of(new Abort(Optional.of(new Status.Grpc(14)), Share.NONE)),
                        List.of()));
    }

    @Test
    void aFaultThatCannotBeIsRefusedByItsPath() {
        assertThat(problems(filter("fault.v3.HTTPFault", "abort: {http_status: 99}")))
                .containsExactly(PATH + ".typed_config.abort.http_status: 99 (expected: 200 to 599)");
        assertThat(problems(filter("fault.v3.HTTPFault", "delay: {percentage: {numerator: 1}}")))
                .containsExactly(PATH + ".typed_config.delay: no delay (expected: fixed_delay or header_delay)");
        assertThat(problems(filter("fault.v3.HTTPFault", "upstream_cluster: web")))
                .singleElement()
                .asString()
                .startsWith(PATH + ".typed_config.upstream_cluster: not supported");
    }

    @Test
    void corsComesWithTheRoutes() {
        assertThat(config("cors.v3.Cors", "")).isEqualTo(FilterConfig.OFF);
        RouteTable table = (RouteTable) Yaml.accepted(
                ResourceType.ROUTES,
                "{name: r, virtual_hosts: [{name: h, domains: ['*'], typed_per_filter_config: {f: {" + TYPE
                        + "http.cors.v3.CorsPolicy, allow_origin_string_match: [{suffix: .example.com}], allow_methods: GET,"
                        + " allow_headers: a, expose_headers: b, max_age: '60', allow_credentials: true,"
                        + " allow_private_network_access: true, forward_not_matching_preflights: false}}, routes: [{match:"
                        + " {prefix: /}, route: {cluster: c}}, {match: {prefix: /a}, route: {cluster: c},"
                        + " typed_per_filter_config: {f: {'@type': type.googleapis.com/envoy.config.route.v3.FilterConfig,"
                        + " disabled: true}}}]}]}");

        assertThat(table.virtualHosts().getFirst().filters())
                .isEqualTo(Map.of(
                        "f",
                        new CorsPolicy(
                                List.of(new ValueMatch.Suffix(".example.com", false)),
                                "GET",
                                "a",
                                "b",
                                "60",
                                true,
                                true,
                                false)));
        assertThat(table.virtualHosts().getFirst().rules().get(0).filters()).isEmpty();
        assertThat(table.virtualHosts().getFirst().rules().get(1).filters()).isEqualTo(Map.of("f", FilterConfig.OFF));
    }

    @Test
    void anUnknownFilterOfARouteIsRefusedUnlessItIsOptional() {
        String lua = "{" + TYPE + "http.lua.v3.Lua}";
        String table = "{name: r, virtual_hosts: [{name: h, domains: ['*'], typed_per_filter_config: {f: %s}}]}";

        assertThat(Yaml.problems(ResourceType.ROUTES, table.formatted(lua)))
                .singleElement()
                .asString()
                .startsWith("virtual_hosts[0].typed_per_filter_config[f]: envoy.extensions.filters.http.lua.v3.Lua:"
                        + " not supported");
        assertThat(Yaml.problems(
                        ResourceType.ROUTES,
                        table.formatted("{'@type': type.googleapis.com/envoy.config.route.v3.FilterConfig, config: "
                                + lua + ", is_optional: true}")))
                .isEmpty();
    }

    @Test
    void aRateLimitCountsAllAndSome() {
        assertThat(config(
                        "local_ratelimit.v3.LocalRateLimit",
                        "stat_prefix: x, filter_enabled: " + ALL + ", filter_enforced: " + ALL + ", status: {code:"
                                + " ServiceUnavailable}, " + BUCKET
                                + ", descriptors: [{entries: [{key: user}], token_bucket:"
                                + " {max_tokens: 1, fill_interval: 60s}}], rate_limits: [{actions: [{request_headers:"
                                + " {header_name: x-user, descriptor_key: user}}]}, {actions: [{remote_address: {}},"
                                + " {generic_key: {descriptor_value: v}}]}], max_dynamic_descriptors: 1000,"
                                + " always_consume_default_token_bucket: false, enable_x_ratelimit_headers:"
                                + " DRAFT_VERSION_03, rate_limited_as_resource_exhausted: true"))
                .isEqualTo(new RateLimitPolicy(
                        Optional.of(new Limit(10, 5, Duration.ofSeconds(1))),
                        List.of(
                                List.of(new KeyPart.Header("user", "x-user")),
                                List.of(
                                        new KeyPart.Address("remote_address"),
                                        new KeyPart.Constant("generic_key", "v"))),
                        List.of(new Descriptor(
                                List.of(new EntryMatch("user", "")), new Limit(1, 1, Duration.ofMinutes(1)))),
                        1000,
                        false,
                        Share.ALL,
                        503,
                        true,
                        true));
    }

    @Test
    void aRateLimitThatIsNotEnforcedLimitsNothing() {
        assertThat(config(
                        "local_ratelimit.v3.LocalRateLimit", "stat_prefix: x, filter_enabled: " + ALL + ", " + BUCKET))
                .isEqualTo(FilterConfig.OFF);
    }

    @Test
    void aBucketWithoutTokensIsRefused() {
        assertThat(problems(filter(
                        "local_ratelimit.v3.LocalRateLimit", "stat_prefix: x, token_bucket: {fill_interval: 1s}")))
                .containsExactly(PATH + ".typed_config.token_bucket.max_tokens: 0 (expected: > 0)");
    }

    @Test
    void aBufferHasACapAndARouteItsOwnOrNone() {
        assertThat(config("buffer.v3.Buffer", "max_request_bytes: 1000")).isEqualTo(new BufferPolicy(1000));
        assertThat(config("buffer.v3.BufferPerRoute", "disabled: true")).isEqualTo(FilterConfig.OFF);
        assertThat(config("buffer.v3.BufferPerRoute", "buffer: {max_request_bytes: 5}"))
                .isEqualTo(new BufferPolicy(5));
        assertThat(problems(filter("buffer.v3.Buffer", "")))
                .containsExactly(PATH + ".typed_config.max_request_bytes: 0 (expected: > 0)");
    }

    @Test
    void aFilterThatIsDisabledWaitsForARouteThatWantsIt() {
        assertThat(filters("{disabled: true, "
                        + filter("buffer.v3.Buffer", "max_request_bytes: 1").substring(1)))
                .containsExactly(new ListenerFilter("f", FilterConfig.OFF));
    }

    @Test
    void twoFiltersOfOneNameAreRefused() {
        String buffer = filter("buffer.v3.Buffer", "max_request_bytes: 1");

        assertThat(problems(buffer + ", " + buffer))
                .containsExactly(PATH.replaceAll("0.$", "1]") + ".name: f: twice (expected: once)");
    }

    private static String library(String field, String type, String settings) {
        return field + ": {name: l, typed_config: {'@type': type.googleapis.com/envoy.extensions.compression." + type
                + (settings.isEmpty() ? "" : ", " + settings) + "}}";
    }

    @Test
    void aCompressorHasItsLibraryAndKnowsTheOthers() {
        String gzip = filter(
                "compressor.v3.Compressor",
                library("compressor_library", "gzip.compressor.v3.Gzip", "compression_level: BEST_COMPRESSION")
                        + ", response_direction_config: {common_config: {min_content_length: 100, content_type:"
                        + " [Text/Plain]}, disable_on_etag_header: true, remove_accept_encoding_header: true}");
        String brotli = filter(
                        "compressor.v3.Compressor",
                        library("compressor_library", "brotli.compressor.v3.Brotli", "quality: 5"))
                .replace("name: f", "name: b");

        assertThat(filters(gzip + ", " + brotli))
                .containsExactly(
                        new ListenerFilter(
                                "f",
                                new CompressPolicy(
                                        List.of(new CompressPolicy.Level(ContentCoding.GZIP, 9)),
                                        List.of(ContentCoding.BROTLI),
                                        100,
                                        Set.of("text/plain"),
                                        true,
                                        true)),
                        new ListenerFilter(
                                "b",
                                new CompressPolicy(
                                        List.of(new CompressPolicy.Level(ContentCoding.BROTLI, 5)),
                                        List.of(ContentCoding.GZIP),
                                        30,
                                        CompressPolicy.DEFAULT_TYPES,
                                        false,
                                        false)));
    }

    @Test
    void aCompressorMayBeOff() {
        String zstd = library("compressor_library", "zstd.compressor.v3.Zstd", "");

        assertThat(config("compressor.v3.Compressor", zstd)).isEqualTo(CompressPolicy.of(ContentCoding.ZSTD));
        assertThat(config("compressor.v3.CompressorPerRoute", "disabled: true")).isEqualTo(FilterConfig.OFF);
        assertThat(config(
                        "compressor.v3.Compressor",
                        zstd + ", response_direction_config: {common_config: {enabled: {default_value: false,"
                                + " runtime_key: k}}}"))
                .isEqualTo(FilterConfig.OFF);
    }

    @Test
    void aLevelThatALibraryDoesNotHaveIsRefused() {
        assertThat(problems(filter(
                        "compressor.v3.Compressor",
                        library("compressor_library", "brotli.compressor.v3.Brotli", "quality: 12"))))
                .containsExactly(PATH + ".typed_config.br level: 12 (expected: 0 to 11)");
    }

    @Test
    void aDecompressorHasItsLibraryAndItsDirections() {
        assertThat(config(
                        "decompressor.v3.Decompressor",
                        library("decompressor_library", "gzip.decompressor.v3.Gzip", "")
                                + ", request_direction_config: {advertise_accept_encoding: false, common_config:"
                                + " {enabled: {default_value: false, runtime_key: k}}}"))
                .isEqualTo(new DecompressPolicy(ContentCoding.GZIP, false, true, false, false));
        assertThat(problems(filter("decompressor.v3.Decompressor", "")))
                .singleElement()
                .asString()
                .startsWith(PATH + ".typed_config.decompressor_library.typed_config: missing");
    }

    @Test
    void grpcWebHasNoSettings() {
        assertThat(config("grpc_web.v3.GrpcWeb", "")).isEqualTo(new GrpcWebPolicy());
    }

    @Test
    void aRouteHasItsMirrors() {
        RouteTable table = (RouteTable) Yaml.accepted(
                ResourceType.ROUTES,
                "{name: r, virtual_hosts: [{name: h, domains: ['*'], routes: [{match: {prefix: /}, route: {cluster: c,"
                        + " request_mirror_policies: [{cluster: s, runtime_fraction: {default_value: {numerator: 5}}},"
                        + " {cluster: t, disable_shadow_host_suffix_append: true}]}}]}]}");

        RouteAction.Forward forward = (RouteAction.Forward)
                table.virtualHosts().getFirst().rules().getFirst().action();
        assertThat(forward.mirrors())
                .containsExactly(
                        new Mirror(new ClusterName("s"), new Share(50_000), true),
                        new Mirror(new ClusterName("t"), Share.ALL, false));
    }
}
