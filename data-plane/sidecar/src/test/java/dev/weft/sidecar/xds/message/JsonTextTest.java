package dev.weft.sidecar.xds.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class JsonTextTest {
    /** Whoever reads the tree must not be able to tell which of the two readers made it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "{\"a\": {\"b\": [1, [], {}]}, \"c\": null, \"d\": [true, false]}",
                "[0, -0, 7, -7, 2147483647, 2147483648, -2147483648, -2147483649]",
                "[999999999999999999, 9223372036854775807, -9223372036854775808, 9223372036854775808, -9223372036854775809]",
                "[1.0, 1.5e3, 1E3, -2e-2, 1e400]",
                "[\"\", \"12\", \"true\", \"null\", \"~\", \"a: b\", \"# no comment\", \"1s\"]",
                "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\", \"é😀\"]",
                "{\"\": 1, \"a b\": 2, \"1\": 3}",
                "{\n\t\"tabs\": [\n\t\t1\n\t]\n}\n",
            })
    void itReadsWhatYamlReads(String text) {
        Object yaml = new Load(LoadSettings.builder().build()).loadFromString(text);

        assertThat(JsonText.tree(text)).contains(yaml);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a: b",
                "{a: b}",
                "{\"a\": 1,}",
                "{'a': 1}",
                "{\"a\": 1} {\"b\": 2}",
                "{\"a\": 1",
                "{\"a\": 1, \"a\": 2}",
                "{\"a\": 01}",
                "{\"a\": NaN}",
                "[1, # one\n2]",
                "[\"a\nb\"]",
            })
    void allElseIsLeftToYaml(String text) {
        assertThat(JsonText.tree(text)).isEqualTo(Optional.empty());
    }

    @Test
    void whatIsNeitherIsRefusedWithItsPlace() {
        assertThatThrownBy(() -> YamlTree.of("bootstrap.json", "{\"a\": 1, \"a\": 2}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bootstrap.json")
                .hasMessageContaining("duplicate key a");
        assertThatThrownBy(() -> YamlTree.of("bootstrap.json", "{\"a\": [1, 2}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 1");
    }
}
