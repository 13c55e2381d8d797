package dev.weft.sidecar.xds.message;

import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** One document of YAML or JSON, which YAML includes, as a tree of maps, lists and scalars. Stateless. */
public final class YamlTree {
    private YamlTree() {}

    /**
     * @param label names the text in messages
     * @throws IllegalArgumentException where it is not one document; the message says where
     */
    public static Object of(String label, String text) {
        return JsonText.tree(text).orElseGet(() -> yaml(label, text));
    }

    private static Object yaml(String label, String text) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(label)
                .setAllowDuplicateKeys(false)
                .build();
        try {
            Object tree = new Load(settings).loadFromString(text);
            if (tree == null) {
                throw new IllegalArgumentException(label + ": empty (expected: a document)");
            }
            return tree;
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException(label + ": " + e.getMessage(), e);
        }
    }
}
