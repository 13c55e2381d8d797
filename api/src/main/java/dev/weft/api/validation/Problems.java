package dev.weft.api.validation;

import dev.weft.v1.Problem;
import dev.weft.v1.ResourceRef;
import java.util.ArrayList;
import java.util.List;

/** Collects all that is wrong with one resource. Confined to one validation. */
final class Problems {
    private final int resourceIndex;
    private final ResourceRef ref;
    private final List<Problem> found = new ArrayList<>();

    Problems(int resourceIndex, ResourceRef ref) {
        this.resourceIndex = resourceIndex;
        this.ref = ref;
    }

    void add(Code code, String field, String text) {
        add(code, field, text, "");
    }

    void add(Code code, String field, String text, String suggestion) {
        found.add(Problem.newBuilder()
                .setResourceIndex(resourceIndex)
                .setRef(ref)
                .setField(field)
                .setText(text)
                .setSuggestion(suggestion)
                .setCode(code.text())
                .build());
    }

    List<Problem> found() {
        return found;
    }
}
