package dev.weft.api.validation;

/** Stable names of what can be wrong, as shown in {@code error[W104]}. */
public enum Code {
    /** The manifest is not readable as YAML, JSON or the resource's schema. */
    SYNTAX("W100"),
    /** A name is missing or has characters it must not have. */
    NAME("W101"),
    /** A field is missing, or too many of a choice are given. */
    CHOICE("W102"),
    /** A value is outside its range or not of its form. */
    VALUE("W103"),
    /** Something refers to what does not exist. */
    DANGLING("W104"),
    /** Two things claim the same place. */
    DUPLICATE("W105"),
    /** Two settings contradict each other. */
    CONFLICT("W106"),
    /** Allowed, but likely a mistake. */
    SUSPICIOUS("W201");

    private final String text;

    Code(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
