package dev.weft.sidecar.xds.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table in docs/sidecar.md is that of the code; run with {@code -Dweft.docs.rewrite=true} to write it anew. */
class SupportedFieldsDocTest {
    private static final Path DOC = Path.of("../../docs/sidecar.md");
    private static final String BEGIN = "<!-- supported fields: begin -->\n";
    private static final String END = "<!-- supported fields: end -->";

    @Test
    void theDocumentNamesEverySupportedField() throws Exception {
        String text = Files.readString(DOC);
        int from = text.indexOf(BEGIN) + BEGIN.length();
        int to = text.indexOf(END);
        String expected = table();

        if (Boolean.getBoolean("weft.docs.rewrite")) {
            Files.writeString(DOC, text.substring(0, from) + expected + text.substring(to));
        } else {
            assertThat(text.substring(from, to)).isEqualTo(expected);
        }
    }

    private static String table() {
        StringBuilder table = new StringBuilder("| message | fields |\n|---|---|\n");
        for (Shape shape : Schema.supported().shapes()) {
            String fields = shape.fields().stream().map(Field::name).collect(Collectors.joining(", "));
            table.append("| ")
                    .append(shape.name().replace("envoy.", ""))
                    .append(" | ")
                    .append(fields.isEmpty() ? "(none: its presence counts)" : fields)
                    .append(" |\n");
        }
        return table.toString();
    }
}
