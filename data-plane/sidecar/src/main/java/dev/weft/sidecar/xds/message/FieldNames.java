package dev.weft.sidecar.xds.message;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;

/**
 * Names of fields that are not supported, for messages to people. It loads generated descriptors and is for that reason only
 * asked where something is refused. Stateless.
 */
final class FieldNames {
    private FieldNames() {}

    /** The field's name where the generated classes know it, otherwise its number. */
    static String of(String messageType, int number) {
        try {
            Descriptor descriptor = (Descriptor) Class.forName(className(messageType))
                    .getMethod("getDescriptor")
                    .invoke(null);
            FieldDescriptor field = descriptor.findFieldByNumber(number);
            if (field != null) {
                return field.getName();
            }
        } catch (ReflectiveOperationException unknownType) {
            return "field " + number;
        }
        return "field " + number;
    }

    /** {@code envoy.config.route.v3.RouteAction.HashPolicy} is a nested class of the package's outermost upper-case name. */
    static String className(String messageType) {
        StringBuilder name = new StringBuilder(messageType.startsWith("xds.") ? "com.github." : "io.envoyproxy.");
        boolean inClass = false;
        String separator = "";
        for (String part : messageType.split("\\.")) {
            name.append(separator).append(part);
            inClass |= Character.isUpperCase(part.charAt(0));
            separator = inClass ? "$" : ".";
        }
        return name.toString();
    }
}
