package dev.weft.xds;

/** Immutable. One resource among all: its type and its name. */
public record ResourceKey(ResourceType type, String name) {
    @Override
    public String toString() {
        return type + " " + name;
    }
}
