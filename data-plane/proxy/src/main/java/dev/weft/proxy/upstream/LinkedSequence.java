package dev.weft.proxy.upstream;

import org.jspecify.annotations.Nullable;

/**
 * Elements in an order, of which any can leave at the cost of the first: each keeps its {@link Link}. Confined to one thread.
 *
 * @param <T> of the elements
 */
final class LinkedSequence<T> {
    /** The place of one element in at most one sequence at a time. */
    static final class Link<T> {
        private final T element;
        private @Nullable Link<T> before;
        private @Nullable Link<T> after;
        private boolean linked;

        Link(T element) {
            this.element = element;
        }

        boolean isLinked() {
            return linked;
        }
    }

    private @Nullable Link<T> first;
    private @Nullable Link<T> last;
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    @Nullable
    T first() {
        return first == null ? null : first.element;
    }

    /** Takes the first out; null where there is none. */
    @Nullable
    T poll() {
        Link<T> taken = first;
        if (taken == null) {
            return null;
        }
        remove(taken);
        return taken.element;
    }

    void addFirst(Link<T> link) {
        begin(link);
        link.after = first;
        if (first == null) {
            last = link;
        } else {
            first.before = link;
        }
        first = link;
    }

    void addLast(Link<T> link) {
        begin(link);
        link.before = last;
        if (last == null) {
            first = link;
        } else {
            last.after = link;
        }
        last = link;
    }

    private void begin(Link<T> link) {
        if (link.linked) {
            throw new IllegalStateException("linked already");
        }
        link.linked = true;
        size++;
    }

    /** Takes an element out that is in this sequence; one that is in none stays so. */
    void remove(Link<T> link) {
        if (!link.linked) {
            return;
        }
        Link<T> before = link.before;
        Link<T> after = link.after;
        if (before == null) {
            first = after;
        } else {
            before.after = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.before = before;
        }
        link.before = null;
        link.after = null;
        link.linked = false;
        size--;
    }
}
