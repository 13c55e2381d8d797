package dev.weft.cli;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.weft.api.validation.Suggestion;
import dev.weft.v1.Resource;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The documentation of manifests, which is the comments of the proto files. */
@Command(
        name = "explain",
        description = "What a field of a manifest means: its default, range and unit.",
        footer = {"", "Examples:", "  weft explain route", "  weft explain cluster.health_checks.interval"})
final class ExplainCommand extends Verb {
    private static final String DESCRIPTORS = "/weft/v1/weft.protodesc";

    @Parameters(paramLabel = "KIND[.FIELD…]")
    private String path = "";

    @Override
    public Integer call() throws IOException {
        Map<String, String> comments = comments();
        String[] words = path.replace("[]", "").split("\\.");
        FieldDescriptor field = Resource.getDescriptor()
                .findFieldByName(Refs.kind(words[0]).name().toLowerCase(Locale.ROOT));
        if (field == null) {
            throw new InvalidInput("\"all\" cannot be explained (expected: a kind)");
        }
        String comment = comments.getOrDefault(field.getMessageType().getFullName(), "");
        for (int i = 1; i < words.length; i++) {
            if (i == 1 && words[i].equals("spec")) {
                continue;
            }
            field = child(field, words[i]);
            comment = comment(field, comments);
        }
        out().println(path + " <" + type(field) + ">");
        out().println();
        out().println(comment.isEmpty() ? "No more is said of it." : comment);
        fields(field, comments);
        out().flush();
        return ExitCode.OK;
    }

    private static FieldDescriptor child(FieldDescriptor parent, String name) {
        boolean hasFields =
                parent.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !isValue(parent.getMessageType());
        List<String> names = hasFields
                ? parent.getMessageType().getFields().stream()
                        .map(FieldDescriptor::getName)
                        .toList()
                : List.of();
        FieldDescriptor found = names.contains(name) ? parent.getMessageType().findFieldByName(name) : null;
        if (found == null) {
            String suggestion = Suggestion.of(name, names);
            throw new InvalidInput(parent.getName() + " has no field \"" + name + "\""
                    + (names.isEmpty() ? "" : " (expected: one of " + String.join(", ", names) + ")")
                    + (suggestion.isEmpty() ? "" : "\n  did you mean: " + suggestion));
        }
        return found;
    }

    private void fields(FieldDescriptor field, Map<String, String> comments) {
        if (field.getJavaType() == FieldDescriptor.JavaType.ENUM) {
            for (EnumValueDescriptor value : field.getEnumType().getValues()) {
                if (value.getNumber() != 0) {
                    entry(value.getName().toLowerCase(Locale.ROOT), comments.getOrDefault(value.getFullName(), ""));
                }
            }
        } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                && !field.isMapField()
                && !isValue(field.getMessageType())) {
            for (FieldDescriptor child : field.getMessageType().getFields()) {
                entry(child.getName() + " <" + type(child) + ">", comment(child, comments));
            }
        }
    }

    /** What is said of a field, or else of what it holds: often the message says it for all the fields that have one. */
    private static String comment(FieldDescriptor field, Map<String, String> comments) {
        String holds = switch (field.getJavaType()) {
            case MESSAGE -> field.isMapField() ? "" : field.getMessageType().getFullName();
            case ENUM -> field.getEnumType().getFullName();
            default -> "";
        };
        return comments.getOrDefault(field.getFullName(), comments.getOrDefault(holds, ""));
    }

    private void entry(String title, String comment) {
        out().println();
        out().println("  " + title);
        comment.lines().forEach(line -> out().println("      " + line));
    }

    private static boolean isValue(Descriptor type) {
        return type.equals(Duration.getDescriptor()) || type.equals(UInt32Value.getDescriptor());
    }

    private static String type(FieldDescriptor field) {
        if (field.isMapField()) {
            return "mapping of names to text";
        }
        String single = switch (field.getJavaType()) {
            case MESSAGE ->
                field.getMessageType().equals(Duration.getDescriptor())
                        ? "duration"
                        : field.getMessageType().equals(UInt32Value.getDescriptor())
                                ? "number"
                                : field.getMessageType().getName();
            case INT, LONG, FLOAT, DOUBLE -> "number";
            case BOOLEAN -> "true or false";
            case ENUM -> "one of";
            case STRING, BYTE_STRING -> "text";
        };
        return field.isRepeated() ? "list of " + single : single;
    }

    /** Leading comments by full name. */
    private static Map<String, String> comments() throws IOException {
        try (InputStream in = Resource.class.getResourceAsStream(DESCRIPTORS)) {
            if (in == null) {
                throw new IOException(DESCRIPTORS + " is not in this build");
            }
            Map<String, String> comments = new HashMap<>();
            for (FileDescriptorProto file : FileDescriptorSet.parseFrom(in).getFileList()) {
                if (file.getPackage().equals("weft.v1")) {
                    collect(file, comments);
                }
            }
            return comments;
        }
    }

    private static void collect(FileDescriptorProto file, Map<String, String> comments) {
        Map<List<Integer>, String> names = new HashMap<>();
        for (int m = 0; m < file.getMessageTypeCount(); m++) {
            Names.message(names, List.of(4, m), file.getPackage(), file.getMessageType(m));
        }
        for (int e = 0; e < file.getEnumTypeCount(); e++) {
            Names.enumeration(names, List.of(5, e), file.getPackage(), file.getEnumType(e));
        }
        for (Location location : file.getSourceCodeInfo().getLocationList()) {
            String name = names.get(location.getPathList());
            if (name != null && location.hasLeadingComments()) {
                comments.put(name, joined(location.getLeadingComments()));
            }
        }
    }

    /** The comment's lines as one paragraph. */
    private static String joined(String comment) {
        return String.join(
                        "\n",
                        Arrays.stream(comment.split("\n")).map(String::strip).toList())
                .strip();
    }

    /** Full names by their path in a file's descriptor, which is how comments are kept. */
    private static final class Names {
        private static List<Integer> path(List<Integer> base, int kind, int index) {
            List<Integer> path = new ArrayList<>(base);
            path.add(kind);
            path.add(index);
            return path;
        }

        static void message(
                Map<List<Integer>, String> names,
                List<Integer> path,
                String scope,
                com.google.protobuf.DescriptorProtos.DescriptorProto message) {
            String name = scope + "." + message.getName();
            names.put(path, name);
            for (int f = 0; f < message.getFieldCount(); f++) {
                names.put(path(path, 2, f), name + "." + message.getField(f).getName());
            }
            for (int n = 0; n < message.getNestedTypeCount(); n++) {
                message(names, path(path, 3, n), name, message.getNestedType(n));
            }
            for (int e = 0; e < message.getEnumTypeCount(); e++) {
                enumeration(names, path(path, 4, e), name, message.getEnumType(e));
            }
        }

        static void enumeration(
                Map<List<Integer>, String> names,
                List<Integer> path,
                String scope,
                com.google.protobuf.DescriptorProtos.EnumDescriptorProto type) {
            String name = scope + "." + type.getName();
            names.put(path, name);
            for (int v = 0; v < type.getValueCount(); v++) {
                // An enum's values are named beside it, not in it; the descriptor's full name says the same.
                names.put(path(path, 2, v), scope + "." + type.getValue(v).getName());
            }
        }
    }
}
