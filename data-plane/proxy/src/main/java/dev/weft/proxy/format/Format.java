package dev.weft.proxy.format;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Immutable: a text with operators, for instance {@code %REQ(x-user?:authority):20% of %PROTOCOL%}. An operator has a name, may have
 * an argument in parentheses, and may be cut to a length; {@code %%} is a percent sign.
 */
public final class Format {
    /** Each followed by the operator of the same index, where there is one. */
    private final List<String> literals = new ArrayList<>();

    private final List<Operator> operators = new ArrayList<>();

    /** Takes the parts of a text in their order. */
    public interface Writer {
        void literal(String text);

        /**
         * @param value null where nothing is known
         */
        void value(@Nullable String value);
    }

    private Format(String template) {
        StringBuilder literal = new StringBuilder();
        int i = 0;
        while (i < template.length()) {
            char c = template.charAt(i);
            if (c != '%') {
                literal.append(c);
                i++;
            } else if (template.startsWith("%%", i)) {
                literal.append('%');
                i += 2;
            } else {
                literals.add(literal.toString());
                literal.setLength(0);
                i = operator(template, i + 1);
            }
        }
        literals.add(literal.toString());
    }

    /**
     * @throws IllegalArgumentException where an operator is not known or cannot be read
     */
    public static Format of(String template) {
        return new Format(template);
    }

    /** Reads the operator at {@code from}, and returns where the text goes on. */
    private int operator(String template, int from) {
        int nameEnd = from;
        while (nameEnd < template.length() && isNameCharacter(template.charAt(nameEnd))) {
            nameEnd++;
        }
        String name = template.substring(from, nameEnd);
        String argument = "";
        int at = nameEnd;
        if (template.startsWith("(", at)) {
            int close = argumentEnd(template, at + 1);
            argument = template.substring(at + 1, close);
            at = close + 1;
        }
        int length = Integer.MAX_VALUE;
        if (template.startsWith(":", at)) {
            int digitsEnd = template.indexOf('%', at);
            String digits = template.substring(at + 1, Math.max(digitsEnd, at + 1));
            if (!digits.matches("[0-9]{1,9}")) {
                throw malformed(template, from);
            }
            length = Integer.parseInt(digits);
            at = digitsEnd;
        }
        if (name.isEmpty() || !template.startsWith("%", at)) {
            throw malformed(template, from);
        }
        operators.add(Operator.of(name, argument).cutTo(length));
        return at + 1;
    }

    /** An argument may hold percent signs (those of a time), so it ends where the operator can go on after it. */
    private static int argumentEnd(String template, int from) {
        for (int close = template.indexOf(')', from); close >= 0; close = template.indexOf(')', close + 1)) {
            if (template.startsWith("%", close + 1) || template.startsWith(":", close + 1)) {
                return close;
            }
        }
        throw malformed(template, from);
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
    }

    private static IllegalArgumentException malformed(String template, int at) {
        return new IllegalArgumentException("\"" + template + "\": at " + at
                + " (expected: %NAME%, %NAME(argument)%, %NAME(argument):length%, or %% for a percent sign)");
    }

    /** Whether it is the same for all requests. */
    public boolean isLiteral() {
        return operators.isEmpty();
    }

    /** Whether it is one operator alone. */
    public boolean isOneOperator() {
        return operators.size() == 1
                && literals.get(0).isEmpty()
                && literals.get(1).isEmpty();
    }

    /** Whether it is one operator alone, whose value is a number. */
    public boolean isNumber() {
        return isOneOperator() && operators.getFirst().isNumber();
    }

    /** The value of the one operator; null where nothing is known. */
    public @Nullable String value(RequestFacts facts) {
        return operators.getFirst().value(facts);
    }

    public void write(RequestFacts facts, Writer writer) {
        for (int i = 0; i < operators.size(); i++) {
            if (!literals.get(i).isEmpty()) {
                writer.literal(literals.get(i));
            }
            writer.value(operators.get(i).value(facts));
        }
        String last = literals.getLast();
        if (!last.isEmpty()) {
            writer.literal(last);
        }
    }

    /** The text; what is not known leaves nothing. */
    public String text(RequestFacts facts) {
        StringBuilder text = new StringBuilder();
        write(facts, new Writer() {
            @Override
            public void literal(String part) {
                text.append(part);
            }

            @Override
            public void value(@Nullable String value) {
                text.append(value == null ? "" : value);
            }
        });
        return text.toString();
    }
}
