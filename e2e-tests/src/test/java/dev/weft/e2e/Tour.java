package dev.weft.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The commands of the README's tour, and its manifest. Immutable.
 *
 * <p>A command is a line of a block of the language {@code sh}, continued after a backslash. What stands behind {@code # … →} is what
 * it shows. Ports are exchanged for free ones, all else is as written.
 *
 * @param demo commands for the second terminal, beside {@code ./weft demo}
 * @param byHand the others
 */
record Tour(List<Step> demo, List<Step> byHand, String manifest) {
    private static final Pattern FENCE = Pattern.compile("^```(\\w+)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern PORT = Pattern.compile("\\b(2379|8\\d{3}|15\\d{3})\\b");
    private static final Pattern COMMENT = Pattern.compile("\\s+#\\s.*$");

    /**
     * @param command for a shell, without a comment
     * @param background whether the README starts it and goes on
     * @param shows what its output contains; numbers are any numbers
     */
    record Step(String command, boolean background, Pattern shows) {
        private static Step parse(String line) {
            int arrow = line.indexOf('→');
            String shown = arrow < 0 ? "" : line.substring(arrow + 1).strip();
            String command = COMMENT.matcher(line).replaceFirst("").strip();
            boolean background = command.endsWith("&");
            return new Step(
                    background ? command.substring(0, command.length() - 1).strip() : command,
                    background,
                    pattern(shown));
        }

        /** A number in a word, as in v1, is a part of the word. */
        private static Pattern pattern(String shown) {
            return Pattern.compile(Pattern.compile("(?<![A-Za-z\\d])\\d+|[^\\d]+|\\d+")
                    .matcher(shown)
                    .results()
                    .map(part -> Character.isDigit(part.group().charAt(0))
                                    && (part.start() == 0 || !Character.isLetter(shown.charAt(part.start() - 1)))
                            ? "\\d+"
                            : Pattern.quote(part.group()))
                    .collect(Collectors.joining()));
        }
    }

    /**
     * Reads the README's section on the tour.
     *
     * @param ports which port stands for which, filled with free ones for those it has not
     */
    static Tour read(Path readme, Map<String, Integer> ports) throws IOException {
        String text = Files.readString(readme);
        int begin = text.indexOf("\n## A tour in five minutes");
        int end = text.indexOf("\n## ", begin + 4);
        String tour = PORT.matcher(text.substring(begin, end))
                .replaceAll(port -> String.valueOf(ports.computeIfAbsent(port.group(), _ -> Ports.free())));
        List<List<Step>> blocks = new ArrayList<>();
        String manifest = "";
        Matcher fences = FENCE.matcher(tour);
        while (fences.find()) {
            if (fences.group(1).equals("yaml")) {
                manifest = fences.group(2);
            } else {
                blocks.add(fences.group(2)
                        .replace("\\\n", " ")
                        .lines()
                        .map(Step::parse)
                        .toList());
            }
        }
        return new Tour(
                blocks.getFirst(), blocks.stream().skip(1).flatMap(List::stream).toList(), manifest);
    }

    static Map<String, Integer> ports() {
        return new LinkedHashMap<>();
    }
}
