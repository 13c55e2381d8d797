package dev.weft.demo;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The bootstrap of the sidecar that is trained: what the short form's flags stand for, and beside it all that only a file can
 * say. One process writes one cache, and so one process must take every way: a file and a control plane, HTTP/1.1 and HTTP/2 on
 * both sides, with TLS and without.
 *
 * <p>Stateless.
 */
final class TrainingBootstrap {
    /** The listener that is only in the file; it sends requests to the sidecar itself once more, by HTTP/2 or by TLS. */
    static final String LISTENER = "trained";

    private static final String PASSWORD = "training";

    private TrainingBootstrap() {}

    /**
     * Writes it into the folder.
     *
     * @param flags of the short form, without the role
     * @param servicePort where the service itself listens
     * @param againPort where the sidecar takes its own requests once more, by HTTP/2
     * @param tlsPort where it takes them over TLS
     */
    static Path write(
            Distribution distribution, Path folder, List<String> flags, int servicePort, int againPort, int tlsPort)
            throws IOException, InterruptedException {
        JsonObject bootstrap = shortForm(distribution, folder, flags);
        KeyStore certificate = certificate(folder);
        Map<String, JsonElement> values;
        try {
            Key key = certificate.getKey("training", PASSWORD.toCharArray());
            values = Map.of(
                    "@servicePort@",
                    new JsonPrimitive(servicePort),
                    "@againPort@",
                    new JsonPrimitive(againPort),
                    "@tlsPort@",
                    new JsonPrimitive(tlsPort),
                    "@certificate@",
                    pem("CERTIFICATE", certificate.getCertificate("training").getEncoded()),
                    "@key@",
                    pem("PRIVATE KEY", key.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificate of the training cannot be read: " + e.getMessage(), e);
        }
        JsonObject own = filled(template(), values).getAsJsonObject();
        JsonObject statics = bootstrap.getAsJsonObject("static_resources");
        for (String kind : List.of("listeners", "clusters")) {
            statics.getAsJsonArray(kind).addAll(own.getAsJsonArray(kind));
        }
        return Files.writeString(folder.resolve("training.json"), bootstrap.toString());
    }

    private static JsonObject shortForm(Distribution distribution, Path folder, List<String> flags)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(distribution.launcher().toString(), "sidecar", "--print-bootstrap"));
        command.addAll(flags);
        return JsonParser.parseString(output(command, folder.resolve("short-form.json")))
                .getAsJsonObject();
    }

    private static KeyStore certificate(Path folder) throws IOException, InterruptedException {
        Path store = folder.resolve("training.p12");
        output(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "training",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store.toString()),
                folder.resolve("keytool.log"));
        try {
            return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IOException(store + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static JsonPrimitive pem(String kind, byte[] content) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return new JsonPrimitive("-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
    }

    private static JsonElement template() throws IOException {
        try (InputStream file = TrainingBootstrap.class.getResourceAsStream("training.json")) {
            byte[] text = Objects.requireNonNull(file, "training.json").readAllBytes();
            return JsonParser.parseString(new String(text, StandardCharsets.UTF_8));
        }
    }

    /** A copy in which every text that is one of the keys is its value. */
    private static JsonElement filled(JsonElement element, Map<String, JsonElement> values) {
        if (element instanceof JsonObject object) {
            JsonObject copy = new JsonObject();
            object.asMap().forEach((name, value) -> copy.add(name, filled(value, values)));
            return copy;
        }
        if (element instanceof JsonArray array) {
            JsonArray copy = new JsonArray();
            array.forEach(value -> copy.add(filled(value, values)));
            return copy;
        }
        return element instanceof JsonPrimitive text && text.isString()
                ? values.getOrDefault(text.getAsString(), element)
                : element;
    }

    /**
     * What a program says.
     *
     * @throws IOException where it fails, with its words
     */
    private static String output(List<String> command, Path said) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
        builder.environment().remove(Distribution.RECORD);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        int code = builder.start().waitFor();
        String text = Files.readString(said);
        if (code != 0) {
            throw new IOException(command + " ended with code " + code + ":\n" + text);
        }
        return text;
    }
}
