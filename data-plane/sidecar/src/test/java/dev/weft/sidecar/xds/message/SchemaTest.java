package dev.weft.sidecar.xds.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The table of supported fields against the generated classes of Envoy's API. */
class SchemaTest {
    private final Schema schema = Schema.supported();

    @Test
    void everyFieldHasTheNumberTypeAndOneofOfItsDescriptor() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Shape shape : schema.shapes()) {
            Descriptor descriptor = descriptor(shape.name());
            for (Field field : shape.fields()) {
                FieldDescriptor expected = descriptor.findFieldByName(field.name());
                String where = shape.name() + "." + field.name();
                if (expected == null || expected.getNumber() != field.number()) {
                    wrong.add(where + ": number");
                } else if (!field.equals(shape.find(expected.getJsonName()))) {
                    wrong.add(where + ": not found by " + expected.getJsonName());
                } else if (!shapeOf(expected).equals(describe(field))) {
                    wrong.add(where + ": " + describe(field) + " (expected: " + shapeOf(expected) + ")");
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyEnumHasAllTheValuesOfItsDescriptor() throws Exception {
        for (Shape shape : schema.shapes()) {
            Descriptor descriptor = descriptor(shape.name());
            for (Field field : shape.fields()) {
                if (field.kind() == Field.Kind.ENUM) {
                    Map<Integer, String> expected = new HashMap<>();
                    Map<String, Integer> byName = new HashMap<>();
                    for (EnumValueDescriptor value : descriptor
                            .findFieldByName(field.name())
                            .getEnumType()
                            .getValues()) {
                        expected.put(value.getNumber(), value.getName());
                        byName.put(value.getName(), value.getNumber());
                    }
                    assertThat(schema.enumNumbers(field.type())).isEqualTo(byName);
                    assertThat(schema.enumValues(field.type())).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void everyMessageThatAFieldHoldsIsInTheTable() {
        for (Shape shape : schema.shapes()) {
            for (Field field : shape.fields()) {
                if (field.kind() == Field.Kind.MESSAGE) {
                    assertThat(schema.find(field.type())).as(field.type()).isNotNull();
                }
            }
        }
    }

    private static Descriptor descriptor(String messageType) throws ReflectiveOperationException {
        return (Descriptor) Class.forName(FieldNames.className(messageType))
                .getMethod("getDescriptor")
                .invoke(null);
    }

    private static String describe(Field field) {
        String type = field.type().isEmpty() ? field.kind() + (field.wrapped() ? " wrapped" : "") : field.type();
        return type + " " + field.many() + " " + field.oneof();
    }

    private static String shapeOf(FieldDescriptor expected) {
        FieldDescriptor value =
                expected.isMapField() ? expected.getMessageType().findFieldByName("value") : expected;
        Field.Many many =
                expected.isMapField() ? Field.Many.MAP : expected.isRepeated() ? Field.Many.LIST : Field.Many.ONE;
        String oneof = expected.getRealContainingOneof() == null
                ? null
                : expected.getRealContainingOneof().getName();
        String type = switch (value.getJavaType()) {
            case ENUM -> value.getEnumType().getFullName();
            case MESSAGE -> {
                String full = value.getMessageType().getFullName();
                String known = full.substring(full.lastIndexOf('.') + 1);
                yield !full.startsWith("google.protobuf.")
                        ? full
                        : known.endsWith("Value")
                                ? known.substring(0, known.length() - "Value".length())
                                                .toUpperCase(java.util.Locale.ROOT)
                                        + " wrapped"
                                : known.toUpperCase(java.util.Locale.ROOT);
            }
            default -> value.getType().name();
        };
        return type + " " + many + " " + oneof;
    }
}
