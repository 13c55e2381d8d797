import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassHierarchyResolver.ClassHierarchyInfo;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Rewrites the classes of a jar that were compiled for Java 5 or older, with the stack maps that newer class files have, and
 * nothing else changed. {@code java Modernize.java JAR...}; a jar without such classes is left as it is.
 *
 * <p>Why: the JVM keeps no class before version 50 in an AOT cache, because the verifier of that time loads classes while it
 * works. Picocli is compiled so; read and verified from its jar, it was a quarter of the start of every role and verb.
 */
final class Modernize {
    private static final int JAVA_6 = ClassFile.JAVA_6_VERSION;

    private Modernize() {}

    public static void main(String... jars) throws IOException {
        for (String jar : jars) {
            modernize(Path.of(jar));
        }
    }

    private static void modernize(Path jar) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        Map<String, Long> times = new HashMap<>();
        try (JarFile from = new JarFile(jar.toFile(), false)) {
            for (JarEntry entry : from.stream().toList()) {
                entries.put(entry.getName(), from.getInputStream(entry).readAllBytes());
                times.put(entry.getName(), entry.getTime());
            }
        }
        if (entries.entrySet().stream().noneMatch(Modernize::isOld)) {
            return;
        }
        ClassFile classes = ClassFile.of(
                StackMapsOption.GENERATE_STACK_MAPS, ClassFile.ClassHierarchyResolverOption.of(hierarchy(entries)));
        Path next = jar.resolveSibling(jar.getFileName() + ".next");
        try (JarOutputStream to = new JarOutputStream(Files.newOutputStream(next))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                JarEntry copy = new JarEntry(entry.getKey());
                copy.setTime(times.get(entry.getKey()));
                to.putNextEntry(copy);
                to.write(isOld(entry) ? modern(classes, entry.getValue()) : entry.getValue());
                to.closeEntry();
            }
        }
        Files.move(next, jar, StandardCopyOption.REPLACE_EXISTING);
    }

    private static boolean isOld(Map.Entry<String, byte[]> entry) {
        return isClass(entry) && version(entry.getValue()) < JAVA_6;
    }

    private static boolean isClass(Map.Entry<String, byte[]> entry) {
        return entry.getKey().endsWith(".class");
    }

    private static int version(byte[] bytes) {
        return (bytes[6] & 0xff) << 8 | bytes[7] & 0xff;
    }

    private static byte[] modern(ClassFile classes, byte[] bytes) {
        // Code that a transformation does not touch is copied as it is, without stack maps: so touch all of it.
        ClassTransform code = ClassTransform.transformingMethodBodies((builder, element) -> builder.with(element));
        return classes.transformClass(
                classes.parse(bytes),
                code.andThen(ClassTransform.endHandler(
                        builder -> builder.withVersion(ClassFile.JAVA_8_VERSION, 0))));
    }

    /** From the jar itself, where a class is there, so that none of it need be loaded; otherwise from the JDK. */
    private static ClassHierarchyResolver hierarchy(Map<String, byte[]> entries) {
        Map<ClassDesc, ClassHierarchyInfo> known = new HashMap<>();
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
            if (isClass(entry) && !entry.getKey().startsWith("META-INF/") && !entry.getKey().endsWith("module-info.class")) {
                ClassModel model = ClassFile.of().parse(entry.getValue());
                boolean isInterface = (model.flags().flagsMask() & ClassFile.ACC_INTERFACE) != 0;
                known.put(
                        model.thisClass().asSymbol(),
                        isInterface
                                ? ClassHierarchyInfo.ofInterface()
                                : ClassHierarchyInfo.ofClass(
                                        model.superclass().orElseThrow().asSymbol()));
            }
        }
        ClassHierarchyResolver jar = known::get;
        return jar.orElse(ClassHierarchyResolver.defaultResolver());
    }
}
