package dev.weft.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same file and the same requests for a real Envoy and for our sidecar: the origin gets the same, and so does the client. Compared
 * are the request line, the host and the {@code x-t-…} fields of what arrives, and the status, the location, the {@code x-…} fields that
 * routes set and the body of what comes back.
 */
final class RoutesBesideEnvoyTest {
    private static final int PORTS = 4;
    private static final int RANDOM_PATHS = 300;

    @TempDir
    private Path directory;

    @Test
    void bothRewriteAndAnswerTheSame() throws Exception {
        try (EchoOrigin origin = new EchoOrigin()) {
            List<Integer> ports = Ports.free(2 * PORTS);
            Path theirs = write("envoy.yaml", ports.subList(0, PORTS), origin);
            Path ours = write("weft.yaml", ports.subList(PORTS, 2 * PORTS), origin);
            try (Child envoy = Envoy.startOn(directory, theirs);
                    Child weft = Child.role(
                            directory,
                            "dev.weft.sidecar.Main",
                            "sidecar",
                            "-c",
                            ours.toString(),
                            "--state-dir",
                            "none")) {
                weft.ready();
                for (int i = 0; i < PORTS; i++) {
                    envoy.listensAt(ports.get(i));
                }
                SoftAssertions all = new SoftAssertions();
                for (Question question : questions()) {
                    int listener = question.listener();
                    all.assertThat(ask(ports.get(PORTS + listener), question.bytes()))
                            .as("listener %d: %s", listener, question.bytes())
                            .isEqualTo(ask(ports.get(listener), question.bytes()));
                }
                all.assertAll();
            }
        }
    }

    private record Question(int listener, String bytes) {}

    private static List<Question> questions() {
        List<Question> all = new ArrayList<>();
        for (String path : List.of(
                "/prefix/a?b=c",
                "/prefix",
                "/regex/one/two?x",
                "/literal",
                "/auto",
                "/by-header",
                "/some.host/by-path/x?y=/z",
                "/cluster",
                "/redirect/regex/a/b?c",
                "/redirect/https?x",
                "/redirect/path",
                "/redirect/prefix/rest?q",
                "/redirect/host/a",
                "/headers?x=y",
                "/direct",
                "/nowhere",
                "/CaSe",
                "/exact",
                "/exact/")) {
            all.add(get(0, path, "web", ""));
        }
        for (String path : List.of(
                "/template/cat/dog?q=1",
                "/template/c*t/d=g",
                "/template/a%20b/c",
                "/template//c",
                "/template/a/",
                "/within/x/en/v.m4s?{a}",
                "/within/x/en",
                "/suffix/a/b.mpd",
                "/suffix/.mpd?x",
                "/rest/",
                "/rest",
                "/rest/a/b",
                "/mixed/pre-x.json/y",
                "/mixed/pre-.json/y")) {
            all.add(get(0, path, "web", ""));
        }
        // Not where no route takes the target: Envoy then leaves out what its first route adds to the response.
        for (String to : List.of(
                "http://web/prefix/a?b=c#d",
                "HTTP://web/prefix",
                "http://web/direct",
                "http://web/follow/again",
                "http://web:81/exact",
                "https://web/prefix",
                "/prefix",
                "//web/prefix",
                "ftp://web/prefix",
                "http://w eb/prefix",
                "http://web/pre fix",
                "http://web:/prefix",
                "")) {
            for (String status : List.of("302", "303", "301")) {
                all.add(get(0, "/follow", "web", "x-redirect: %s\r\nx-status: %s\r\n".formatted(to, status)));
            }
        }
        for (String path : List.of("/direct", "/redirect/path")) {
            all.add(get(0, path, "web", "content-type: application/grpc\r\n"));
        }
        all.add(get(0, "/by-header", "web", "x-host: given.example:81\r\n"));
        all.add(get(0, "/by-header-rule", "web", ""));
        all.add(get(0, "/cluster", "web", "x-cluster: origin\r\n"));
        all.add(get(0, "/cluster", "web", "x-cluster: unknown\r\n"));
        all.add(get(
                0,
                "/headers",
                "web",
                "x-t-over: old\r\nx-t-if: old\r\nx-t-absent: old\r\nx-t-app: old\r\nx-t-gone: 1\r\n"));
        all.add(get(0, "/headers", "web", "user-agent: a-long-agent-name\r\n"));
        all.add(get(0, "/present", "web", ""));
        all.add(get(0, "/present", "web", "x-here: 1\r\n"));
        all.add(get(0, "/invert", "web", "x-kind: b\r\n"));
        all.add(get(0, "/invert", "web", "x-kind: a\r\n"));
        all.add(get(0, "/invert", "web", ""));
        for (String host : List.of("web:81", "other", "WEB", "a.wild.example", "wild.example", "pre.x", "web.")) {
            all.add(get(0, "/exact", host, ""));
            all.add(get(1, "/exact", host, ""));
        }
        for (String target : List.of("web:81", "tunnel:80", "nobody:1")) {
            all.add(new Question(0, "CONNECT %1$s HTTP/1.1\r\nHost: %1$s\r\n\r\n".formatted(target)));
        }
        Random random = new Random(7);
        for (int i = 0; i < RANDOM_PATHS; i++) {
            String path = randomPath(random);
            for (int listener = 1; listener < PORTS; listener++) {
                all.add(get(listener, path, "web", ""));
            }
        }
        return all;
    }

    private static Question get(int listener, String path, String host, String fields) {
        return new Question(listener, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n".formatted(path, host, fields));
    }

    /** Of pieces that normalization cares for; not of those in which we are safer than Envoy on purpose. */
    private static String randomPath(Random random) {
        List<String> pieces = List.of(
                "/", "/a", "/b", "/.", "/..", "%2e", "%2E.", "%41", "%7e", "%zz", "%", "%4", "%35", ";x", "//c", "c");
        List<String> last = List.of("", "?", "?a=/../b", "?%2f//", "/%2F", "%5cx", "%00");
        StringBuilder path = new StringBuilder("/start");
        int count = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            path.append(pieces.get(random.nextInt(pieces.size())));
        }
        return path.append(last.get(random.nextInt(last.size()))).toString();
    }

    /** The response, without what differs by nature, and where we are safer than Envoy on purpose (docs/sidecar.md). */
    private static String ask(int port, String bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            return told(response(socket))
                    .replace("location=/.//", "location=//")
                    .replace("GET // ", "GET / ");
        } catch (SocketException reset) {
            return "reset";
        }
    }

    private static String response(Socket socket) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        for (int n = socket.getInputStream().read(buffer);
                n > 0;
                n = socket.getInputStream().read(buffer)) {
            all.write(buffer, 0, n);
            String text = all.toString(StandardCharsets.ISO_8859_1);
            int head = text.indexOf("\r\n\r\n");
            if (head >= 0) {
                String length = fields(text.substring(0, head)).getOrDefault("content-length", "0");
                if (text.length() >= head + 4 + Integer.parseInt(length)) {
                    return text;
                }
            }
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    private static String told(String response) {
        int end = response.indexOf("\r\n\r\n");
        if (end < 0) {
            return "closed";
        }
        String status = response.substring(9, 12);
        Map<String, String> kept = new TreeMap<>();
        fields(response.substring(0, end)).forEach((name, value) -> {
            if (name.equals("location") || name.startsWith("grpc-") || name.startsWith("x-r-") || name.equals("x-o")) {
                kept.put(name, value);
            }
        });
        boolean ofOrigin = kept.containsKey("x-o") || status.equals("299");
        return status + " " + kept + (ofOrigin ? "\n" + response.substring(end + 4) : "");
    }

    private static Map<String, String> fields(String head) {
        Map<String, String> fields = new TreeMap<>();
        head.lines().skip(1).forEach(line -> {
            int colon = line.indexOf(':');
            fields.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (a, b) -> a + "|" + b);
        });
        return fields;
    }

    private Path write(String file, List<Integer> ports, EchoOrigin origin) throws IOException {
        StringBuilder text = new StringBuilder("""
            node: {id: routes, cluster: routes}
            static_resources:
              clusters:
              - name: origin
                connect_timeout: 5s
                load_assignment: {cluster_name: origin, endpoints: [{lb_endpoints: [{endpoint: {hostname: endpoint.example, address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]}
              listeners:
            """.formatted(origin.port()));
        text.append(listener(ports.get(0), "upgrade_configs: [{upgrade_type: CONNECT}], ", ROUTES));
        text.append(listener(
                ports.get(1),
                "normalize_path: true, merge_slashes: true, strip_any_host_port: true, strip_trailing_host_dot: true,"
                        + " path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD, ",
                TO_ORIGIN));
        text.append(listener(
                ports.get(2),
                "normalize_path: true, path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT, ",
                TO_ORIGIN));
        text.append(listener(
                ports.get(3), "merge_slashes: true, path_with_escaped_slashes_action: REJECT_REQUEST, ", TO_ORIGIN));
        return Files.writeString(directory.resolve(file), text);
    }

    private static String listener(int port, String options, String routes) {
        return """
              - name: l%1$d
                address: {socket_address: {address: 127.0.0.1, port_value: %1$d}}
                filter_chains:
                - filters:
                  - name: http
                    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: s, use_remote_address: true, %2$s
                      http_filters: [{name: router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}],
                      route_config: {name: r, %3$s}}
            """.formatted(port, options, routes);
    }

    private static final String TO_ORIGIN =
            "virtual_hosts: [{name: all, domains: ['*'], routes: [{match: {prefix: ''}, route: {cluster: origin}}]}]";

    private static final String ROUTES = """
            response_headers_to_add: [{header: {key: x-r-route, value: '%ROUTE_NAME%'}}],
            virtual_hosts: [
            {name: wild, domains: ['*.wild.example', 'pre.*'], routes: [{name: wild, match: {prefix: /}, direct_response: {status: 299, body: {inline_string: wild}}}]},
            {name: tunnel, domains: ['tunnel:80'], routes: [{name: tunnel, match: {connect_matcher: {}}, route: {cluster: origin}}]},
            {name: web, domains: [web, 'web:81'], routes: [
              {name: template, match: {path_match_policy: {name: m, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: '/template/{a}/{b}'}}},
                route: {cluster: origin, path_rewrite_policy: {name: w, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: '/{b}/{a}'}}}},
              {name: within, match: {path_match_policy: {name: m, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: '/within/{a=x/*}/*'}}},
                route: {cluster: origin, path_rewrite_policy: {name: w, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: '/{a}'}}}},
              {name: suffix, match: {path_match_policy: {name: m, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: '/suffix/**.mpd'}}}, route: {cluster: origin}},
              {name: rest, match: {path_match_policy: {name: m, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: '/rest/{a=**}'}}},
                route: {cluster: origin, path_rewrite_policy: {name: w, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: '/new/{a}'}}}},
              {name: mixed, match: {path_match_policy: {name: m, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: '/mixed/pre-{a}.json/y'}}},
                route: {cluster: origin, path_rewrite_policy: {name: w, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: '/{a}'}}}},
              {name: follow, match: {prefix: /follow}, route: {cluster: origin, internal_redirect_policy: {redirect_response_codes: [302, 303], response_headers_to_copy: [x-o]}}},
              {name: prefix, match: {prefix: /prefix}, route: {cluster: origin, prefix_rewrite: /new}},
              {name: regex, match: {prefix: /regex/}, route: {cluster: origin, regex_rewrite: {pattern: {regex: '^/regex/([^/]+)/([^/]+)$'}, substitution: '/\\2/\\1'}}},
              {name: literal, match: {path: /literal}, route: {cluster: origin, host_rewrite_literal: 'literal.example:8080'}},
              {name: auto, match: {path: /auto}, route: {cluster: origin, auto_host_rewrite: true}},
              {name: by-header, match: {path: /by-header}, route: {cluster: origin, host_rewrite_header: x-host}},
              {name: by-header-rule, match: {path: /by-header-rule}, request_headers_to_add: [{header: {key: x-host, value: rule.example}}], route: {cluster: origin, host_rewrite_header: x-host}},
              {name: by-path, match: {prefix: /some.host/by-path}, route: {cluster: origin, prefix_rewrite: /p, host_rewrite_path_regex: {pattern: {regex: '^/([^/]+)/.*$'}, substitution: '\\1'}}},
              {name: cluster, match: {path: /cluster}, route: {cluster_header: x-cluster}},
              {name: redirect-regex, match: {prefix: /redirect/regex}, redirect: {regex_rewrite: {pattern: {regex: '^/redirect/regex/(.*)$'}, substitution: '/to/\\1'}}},
              {name: redirect-https, match: {prefix: /redirect/https}, redirect: {https_redirect: true, response_code: PERMANENT_REDIRECT}},
              {name: redirect-path, match: {prefix: /redirect/path}, redirect: {path_redirect: '/to?q', response_code: FOUND}},
              {name: redirect-prefix, match: {prefix: /redirect/prefix}, redirect: {prefix_rewrite: /to, strip_query: true}},
              {name: redirect-host, match: {prefix: /redirect/host}, redirect: {host_redirect: other.example, port_redirect: 8443}},
              {name: direct, match: {path: /direct}, direct_response: {status: 299, body: {inline_string: direct}}},
              {name: case, match: {path: /case, case_sensitive: false}, route: {cluster: origin}},
              {name: exact, match: {path: /exact}, route: {cluster: origin}},
              {name: present, match: {path: /present, headers: [{name: x-here, present_match: true}]}, direct_response: {status: 299, body: {inline_string: here}}},
              {name: absent, match: {path: /present, headers: [{name: x-here, present_match: false}]}, direct_response: {status: 299, body: {inline_string: not here}}},
              {name: invert, match: {path: /invert, headers: [{name: x-kind, string_match: {exact: a}, invert_match: true}]}, direct_response: {status: 299, body: {inline_string: not a}}},
              {name: headers, match: {path: /headers}, route: {cluster: origin, prefix_rewrite: /rewritten},
                request_headers_to_remove: [x-t-gone],
                request_headers_to_add: [
                  {header: {key: x-t-app, value: new}, append_action: APPEND_IF_EXISTS_OR_ADD},
                  {header: {key: x-t-absent, value: new}, append_action: ADD_IF_ABSENT},
                  {header: {key: x-t-over, value: new}, append_action: OVERWRITE_IF_EXISTS_OR_ADD},
                  {header: {key: x-t-if, value: new}, append_action: OVERWRITE_IF_EXISTS},
                  {header: {key: x-t-empty, value: '%REQ(x-none)%'}},
                  {header: {key: x-t-kept, value: '%REQ(x-none)%'}, keep_empty_value: true},
                  {header: {key: x-t-client, value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'}},
                  {header: {key: x-t-direct, value: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%'}},
                  {header: {key: x-t-local, value: '%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%'}},
                  {header: {key: x-t-protocol, value: 'of %PROTOCOL%'}},
                  {header: {key: x-t-line, value: '%REQ(:METHOD)% %REQ(:SCHEME)% %REQ(:AUTHORITY)% %REQ(:PATH)%'}},
                  {header: {key: x-t-first, value: '%REQ(X-NONE?USER-AGENT):6%'}},
                  {header: {key: x-t-cluster, value: '%UPSTREAM_CLUSTER%'}},
                  {header: {key: x-t-percent, value: '100%%'}},
                  {header: {key: x-t-year, value: '%START_TIME(%Y)%'}}],
                response_headers_to_remove: [x-r-none],
                response_headers_to_add: [
                  {header: {key: x-r-resp, value: '%RESP(x-o)%'}},
                  {header: {key: x-r-code, value: '%RESPONSE_CODE%'}},
                  {header: {key: x-r-flags, value: '%RESPONSE_FLAGS%'}},
                  {header: {key: x-r-agent, value: '%REQ(USER-AGENT)%'}},
                  {header: {key: x-r-details, value: '%RESPONSE_CODE_DETAILS%'}},
                  {header: {key: x-r-cluster, value: '%UPSTREAM_CLUSTER%'}}]}]}]
            """.strip().indent(10).strip();
}
