package dev.weft.sidecar.xds.message;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names of fields that are not supported, for messages to people. It loads generated descriptors and is for that reason only
 * asked where something is refused. Stateless.
 *
 * <p>A process of the distribution finds Envoy's messages in the folder of its jars, not on its class path: a jar there stays
 * open, and the directory of this one would be 2 MB of every sidecar's heap.
 */
final class FieldNames {
    /** Set by the launcher. */
    private static final String HOME = "weft.home";

    private FieldNames() {}

    /** The field's name where the generated classes know it, otherwise its number. */
    static String of(String messageType, int number) {
        try {
            Descriptor descriptor = (Descriptor) Class.forName(className(messageType), true, Generated.LOADER)
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

    /** Opened when the first field is refused, and kept. */
    static final class Generated {
        static final ClassLoader LOADER = loader(System.getProperty(HOME));

        static ClassLoader loader(@Nullable String home) {
            ClassLoader own = FieldNames.class.getClassLoader();
            if (home == null) {
                return own;
            }
            List<URL> jars = new ArrayList<>();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(home, "lib"), "*.jar")) {
                for (Path file : files) {
                    jars.add(file.toUri().toURL());
                }
            } catch (IOException unreadable) {
                return own; // numbers will have to do
            }
            return new URLClassLoader(jars.toArray(URL[]::new), own);
        }
    }
}
