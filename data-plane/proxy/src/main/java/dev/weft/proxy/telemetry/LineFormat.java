package dev.weft.proxy.telemetry;

import dev.weft.proxy.format.Format;
import dev.weft.proxy.format.RequestFacts;
import dev.weft.proxy.model.LogFormat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Immutable: a compiled {@link LogFormat}. What a peer said is escaped, so that it can neither end a line nor leave its quotes. */
public sealed interface LineFormat {
    void write(RequestFacts facts, LineBuffer line);

    /** The line without its end, in ASCII; for what is no hot path. */
    default String text(RequestFacts facts) {
        LineBuffer line = new LineBuffer();
        write(facts, line);
        byte[] bytes = new byte[line.length()];
        line.copyTo(bytes, 0);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    /**
     * @throws IllegalArgumentException where an operator is not known
     */
    static LineFormat compile(LogFormat format) {
        return switch (format) {
            case LogFormat.Text text -> {
                String template = text.template();
                // Every line ends with a line feed; one that is asked for is that one.
                int end = template.endsWith("\n") ? template.length() - 1 : template.length();
                yield new Text(Format.of(template.substring(0, end)), text.omitEmpty() ? "" : "-");
            }
            case LogFormat.Json json -> Json.Members.of(json.tree(), json.omitEmpty());
        };
    }

    record Text(Format format, String absent) implements LineFormat {
        @Override
        public void write(RequestFacts facts, LineBuffer line) {
            format.write(facts, new Format.Writer() {
                @Override
                public void literal(String text) {
                    line.raw(text);
                }

                @Override
                public void value(@Nullable String value) {
                    if (value == null) {
                        line.raw(absent);
                    } else {
                        line.escaped(value);
                    }
                }
            });
        }
    }

    /** A JSON value. */
    sealed interface Json extends LineFormat {
        /** Whether something is known of it. */
        default boolean isKnown(RequestFacts facts) {
            return true;
        }

        static Json of(Object value, boolean omitEmpty) {
            return switch (value) {
                case Map<?, ?> map -> Members.of(map, omitEmpty);
                case List<?> list ->
                    new Items(list.stream().map(item -> of(item, omitEmpty)).toList());
                case String text -> {
                    Format format = Format.of(text);
                    yield format.isOneOperator()
                            ? new Value(format)
                            : new Quoted(new Text(format, omitEmpty ? "" : "-"));
                }
                case Double number
                when number == Math.rint(number) && Math.abs(number) < 1e15 ->
                    new Constant(Long.toString(number.longValue()));
                case Number number -> new Constant(number.toString());
                case Boolean truth -> new Constant(truth.toString());
                default -> new Constant("null");
            };
        }

        record Members(List<Member> members, boolean omitEmpty) implements Json {
            static Members of(Map<?, ?> map, boolean omitEmpty) {
                Map<String, Object> sorted = new TreeMap<>();
                map.forEach((key, value) -> sorted.put(String.valueOf(key), value));
                List<Member> members = new ArrayList<>();
                sorted.forEach((key, value) -> members.add(new Member(key, Json.of(value, omitEmpty))));
                return new Members(List.copyOf(members), omitEmpty);
            }

            @Override
            public void write(RequestFacts facts, LineBuffer line) {
                line.raw('{');
                boolean first = true;
                for (Member member : members) {
                    if (omitEmpty && !member.value().isKnown(facts)) {
                        continue;
                    }
                    line.raw(first ? "\"" : ",\"").escapedWhole(member.key()).raw("\":");
                    member.value().write(facts, line);
                    first = false;
                }
                line.raw('}');
            }
        }

        record Member(String key, Json value) {}

        record Items(List<Json> items) implements Json {
            @Override
            public void write(RequestFacts facts, LineBuffer line) {
                line.raw('[');
                for (int i = 0; i < items.size(); i++) {
                    line.raw(i == 0 ? "" : ",");
                    items.get(i).write(facts, line);
                }
                line.raw(']');
            }
        }

        record Quoted(Text text) implements Json {
            @Override
            public void write(RequestFacts facts, LineBuffer line) {
                line.raw('"');
                text.write(facts, line);
                line.raw('"');
            }
        }

        /** An operator alone keeps its type: a number stays one, and what is not known is null. */
        record Value(Format format) implements Json {
            @Override
            public boolean isKnown(RequestFacts facts) {
                return format.value(facts) != null;
            }

            @Override
            public void write(RequestFacts facts, LineBuffer line) {
                String value = format.value(facts);
                if (value == null) {
                    line.raw("null");
                } else if (format.isNumber()) {
                    line.raw(value);
                } else {
                    line.raw('"').escaped(value).raw('"');
                }
            }
        }

        record Constant(String text) implements Json {
            @Override
            public void write(RequestFacts facts, LineBuffer line) {
                line.raw(text);
            }
        }
    }
}
