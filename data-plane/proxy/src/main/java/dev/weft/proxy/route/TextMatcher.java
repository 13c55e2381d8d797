package dev.weft.proxy.route;

import dev.weft.proxy.model.RouteMatch.ValueMatch;
import java.util.List;

/** Immutable: whether a text is one of those that are meant. */
public final class TextMatcher {
    private final ValueTest[] tests;

    /**
     * @throws IllegalArgumentException where one cannot be compiled
     */
    public TextMatcher(List<ValueMatch> any) {
        this.tests = any.stream().map(ValueTest::compile).toArray(ValueTest[]::new);
    }

    /** Whether any holds. */
    public boolean matches(String text) {
        for (ValueTest test : tests) {
            if (test.test(text)) {
                return true;
            }
        }
        return false;
    }
}
