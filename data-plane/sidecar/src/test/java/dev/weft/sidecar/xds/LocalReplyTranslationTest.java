package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HeaderRules.Append;
import dev.weft.proxy.model.HeaderRules.HeaderChange;
import dev.weft.proxy.model.LocalReplyRules;
import dev.weft.proxy.model.LocalReplyRules.Body;
import dev.weft.proxy.model.LocalReplyRules.Condition;
import dev.weft.proxy.model.LocalReplyRules.Mapper;
import dev.weft.proxy.model.LogFormat;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.io.FileNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** {@code local_reply_config}, as Envoy writes it. */
class LocalReplyTranslationTest {
    private static final String TYPE = "envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig";
    private static final String STATUS_404 =
            "status_code_filter: {comparison: {op: EQ, value: {default_value: 404, runtime_key: k}}}";

    private final Problems problems = new Problems();

    @Test
    void whatIsAbsentChangesNothing() {
        assertThat(rules("{}").isNone()).isTrue();
        assertThat(problems.list()).isEmpty();
    }

    @Test
    void allOfItIsRead() {
        LocalReplyRules rules = rules("{mappers: [{filter: {" + STATUS_404 + "}, status_code: 410,"
                + " body: {inline_string: gone}, body_format_override: {text_format_source: {inline_string:"
                + " '%LOCAL_REPLY_BODY%!'}, content_type: text/html}, headers_to_add: [{header: {key: X-A, value: b},"
                + " append_action: OVERWRITE_IF_EXISTS_OR_ADD}]}], body_format: {json_format: {text:"
                + " '%LOCAL_REPLY_BODY%'}, omit_empty_values: true}}");

        assertThat(problems.list()).isEmpty();
        assertThat(rules.mappers())
                .containsExactly(new Mapper(
                        new Condition.Status(404, 404),
                        Optional.of(410),
                        Optional.of("gone"),
                        Optional.of(new Body(new LogFormat.Text("%LOCAL_REPLY_BODY%!", false), "text/html")),
                        List.of(new HeaderChange("x-a", "b", Append.OVERWRITE))));
        assertThat(rules.body())
                .contains(new Body(new LogFormat.Json(Map.of("text", "%LOCAL_REPLY_BODY%"), true), "application/json"));
    }

    @Test
    void aBodyMayBeEmptyWhichIsNotNone() {
        assertThat(rules("{mappers: [{filter: {" + STATUS_404 + "}, body: {inline_string: ''}}]}")
                        .mappers()
                        .getFirst()
                        .text())
                .contains("");
    }

    @Test
    void conditionsAreReadWhateverTheyAre() {
        assertThat(when("status_code_filter: {comparison: {op: GE, value: {default_value: 500}}}"))
                .isEqualTo(new Condition.Status(500, 599));
        assertThat(when("status_code_filter: {comparison: {op: LE, value: {default_value: 499}}}"))
                .isEqualTo(new Condition.Status(0, 499));
        assertThat(when("response_flag_filter: {flags: [UF, NR]}")).isEqualTo(new Condition.Failed(Set.of("UF", "NR")));
        assertThat(when("response_flag_filter: {}")).isEqualTo(new Condition.Failed(Set.of()));
        assertThat(when("and_filter: {filters: [{" + STATUS_404 + "}, {or_filter: {filters: [{response_flag_filter:"
                        + " {}}, {" + STATUS_404 + "}]}}]}"))
                .isEqualTo(new Condition.All(List.of(
                        new Condition.Status(404, 404),
                        new Condition.Any(List.of(new Condition.Failed(Set.of()), new Condition.Status(404, 404))))));
        assertThat(problems.list()).isEmpty();
    }

    @Test
    void whatCannotBeDoneIsRefusedByItsPath() {
        assertThat(refused("{mappers: [{}]}")).containsExactly("mappers[0].filter: none (expected: a filter)");
        assertThat(refused("{mappers: [{filter: {}}]}"))
                .containsExactly("mappers[0].filter: empty (expected: status_code_filter, response_flag_filter,"
                        + " and_filter or or_filter)");
        assertThat(refused("{mappers: [{filter: {header_filter: {}}}]}"))
                .contains("mappers[0].filter.header_filter: not supported");
        assertThat(refused("{mappers: [{filter: {response_flag_filter: {flags: [NOPE]}}}]}"))
                .containsExactly("mappers[0].filter.response_flag_filter.flags[0]: NOPE (expected: a flag of the"
                        + " access log)");
        assertThat(refused("{mappers: [{filter: {and_filter: {filters: [{" + STATUS_404 + "}]}}}]}"))
                .containsExactly("mappers[0].filter.and_filter.filters: 1 (expected: at least 2)");
        assertThat(refused("{mappers: [{filter: {" + STATUS_404 + "}, status_code: 199}]}"))
                .containsExactly("mappers[0].status_code: 199 (expected: 200 to 599)");
        assertThat(refused("{mappers: [{filter: {" + STATUS_404 + "}, body: {filename: /none}}]}"))
                .containsExactly("mappers[0].body.filename: /none: cannot be read (FileNotFoundException)");
        assertThat(refused("{mappers: [{filter: {" + STATUS_404 + "}, headers_to_add: [{header: {key: connection,"
                        + " value: close}}]}]}"))
                .containsExactly(
                        "mappers[0].header rule: connection (expected: a field that is not the connection's" + " own)");
        assertThat(refused("{body_format: {}}"))
                .containsExactly("body_format: empty (expected: text_format_source, text_format or json_format)");
        assertThat(refused("{body_format: {text_format: '%NO_SUCH%'}}").getFirst())
                .startsWith("body_format.%NO_SUCH%: not supported");
    }

    private Condition when(String filter) {
        return rules("{mappers: [{filter: {" + filter + "}}]}")
                .mappers()
                .getFirst()
                .when();
    }

    private List<String> refused(String yaml) {
        Problems own = new Problems();
        translate(yaml, own);
        return own.list();
    }

    private LocalReplyRules rules(String yaml) {
        return translate(yaml, problems);
    }

    private static LocalReplyRules translate(String yaml, Problems problems) {
        Object tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        Message config = Message.ofJson(TYPE, tree, problems);
        return new LocalReplyTranslation(problems, path -> {
                    throw new FileNotFoundException(path);
                })
                .rules(config);
    }
}
