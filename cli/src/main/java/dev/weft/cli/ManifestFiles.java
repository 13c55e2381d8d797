package dev.weft.cli;

import dev.weft.api.manifest.Manifest;
import dev.weft.api.manifest.ManifestProblem;
import dev.weft.api.manifest.ManifestReader;
import dev.weft.api.manifest.Manifests;
import dev.weft.api.validation.Validation;
import dev.weft.v1.Problem;
import dev.weft.v1.Resource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Manifests named on the command line: files, folders (their {@code .yaml}, {@code .yml} and {@code .json}), or standard input. */
final class ManifestFiles {
    @Option(
            names = {"-f", "--filename"},
            required = true,
            paramLabel = "FILE|DIR|-",
            description = "Manifests: a file, a folder or - for standard input; may be repeated.")
    private List<String> names = new ArrayList<>();

    /**
     * @throws InvalidInput with everything that is wrong, as far as it can be told without a server
     */
    List<Manifest> read() throws IOException {
        ManifestReader reader = new ManifestReader();
        for (String name : names) {
            if (name.equals("-")) {
                reader.read("-", new String(System.in.readAllBytes(), StandardCharsets.UTF_8));
            } else {
                for (Path file : files(Path.of(name))) {
                    reader.read(file.toString(), Files.readString(file));
                }
            }
        }
        Manifests manifests = reader.manifests();
        List<ManifestProblem> problems = new ArrayList<>(manifests.problems());
        List<Problem> invalid = Validation.check(resources(manifests.documents()));
        invalid.forEach(problem -> problems.add(Problems.located(problem, manifests.documents())));
        if (!problems.isEmpty()) {
            throw new InvalidInput(problems);
        }
        if (manifests.documents().isEmpty()) {
            throw new InvalidInput(String.join(", ", names) + ": no manifest in it (expected: kind, name and spec)");
        }
        return manifests.documents();
    }

    static List<Resource> resources(List<Manifest> documents) {
        return documents.stream().map(Manifest::resource).toList();
    }

    private static List<Path> files(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new InvalidInput(path + ": no such file or folder");
        }
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (Stream<Path> all = Files.list(path)) {
            return all.filter(file -> file.toString().matches(".*\\.(yaml|yml|json)"))
                    .sorted()
                    .toList();
        }
    }
}
