package dev.weft.sidecar.xds.message;

/** Guesses which supported field was meant. Stateless. */
final class NearName {
    private static final int NEAR = 2;

    private NearName() {}

    /** {@code "; did you mean: timeout"}, or nothing where no name is near. */
    static String hint(String name, Shape shape) {
        String best = "";
        int bestDistance = NEAR + 1;
        for (Field field : shape.fields()) {
            int distance = distance(name, field.name());
            if (distance < bestDistance) {
                best = field.name();
                bestDistance = distance;
            }
        }
        return best.isEmpty() ? "" : "; did you mean: " + best;
    }

    /** Levenshtein. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
