package dev.weft.sidecar.xds;

import dev.weft.proxy.forward.LocalReplies;
import dev.weft.proxy.model.HeaderRules.HeaderChange;
import dev.weft.proxy.model.LocalReplyRules;
import dev.weft.proxy.model.LocalReplyRules.Body;
import dev.weft.proxy.model.LocalReplyRules.Condition;
import dev.weft.proxy.model.LocalReplyRules.Mapper;
import dev.weft.proxy.model.LogFormat;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code LocalReplyConfig}. Confined to the thread of the conversion. */
final class LocalReplyTranslation {
    private static final int LARGEST_STATUS = 599;

    /** What can stand in the access log: Envoy's, some of which never happen here, and those that Envoy does not have. */
    private static final Set<String> FLAGS = Set.of(
            "LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE", "DC", "URX", "SI",
            "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "NC", "OM", "DF", "DO", "DR", "UDO", // Envoy's
            "RT", "UPG", "PTL", "BE", "FF", "IE");

    private final Problems problems;
    private final TextSources texts;
    private final HeaderTranslation headers;

    LocalReplyTranslation(Problems problems, FileText files) {
        this.problems = problems;
        this.texts = new TextSources(files, problems);
        this.headers = new HeaderTranslation(problems);
    }

    LocalReplyRules rules(Message config) {
        List<Mapper> mappers = new ArrayList<>();
        for (Message mapper : config.messages("mappers")) {
            Mapper made = mapper(mapper);
            if (made != null) {
                mappers.add(made);
            }
        }
        return new LocalReplyRules(mappers, body(config, "body_format"));
    }

    private @Nullable Mapper mapper(Message mapper) {
        if (!mapper.has("filter")) {
            problems.add(mapper.path("filter"), "none (expected: a filter)");
        }
        Condition when = mapper.has("filter") ? condition(mapper.message("filter")) : null;
        Optional<Body> body = body(mapper, "body_format_override");
        List<HeaderChange> changes = headers.changes(mapper, "headers_to_add");
        Optional<String> text = mapper.has("body") ? texts.find(mapper.message("body")) : Optional.empty();
        if (when == null) {
            return null; // what is wrong is noted
        }
        return problems.making(mapper, () -> {
            Optional<Integer> status =
                    mapper.has("status_code") ? Optional.of(mapper.integer("status_code", 0)) : Optional.empty();
            Mapper made = new Mapper(when, status, text, body, changes);
            LocalReplies.compile(new LocalReplyRules(List.of(made), Optional.empty()));
            return made;
        });
    }

    private Optional<Body> body(Message holder, String field) {
        if (!holder.has(field)) {
            return Optional.empty();
        }
        Message format = holder.message(field);
        boolean omitEmpty = format.bool("omit_empty_values");
        boolean json = format.has("json_format");
        if (!json && !format.has("text_format") && !format.has("text_format_source")) {
            problems.add(format.path(), "empty (expected: text_format_source, text_format or json_format)");
            return Optional.empty();
        }
        LogFormat made = json
                ? new LogFormat.Json(format.map("json_format"), omitEmpty)
                : new LogFormat.Text(
                        format.has("text_format_source")
                                ? texts.text(format.message("text_format_source"))
                                : format.string("text_format"),
                        omitEmpty);
        String type =
                ForwardTranslation.nonEmpty(format, "content_type").orElse(json ? "application/json" : "text/plain");
        return Optional.ofNullable(problems.making(format, () -> {
            Body body = new Body(made, type);
            LocalReplies.compile(new LocalReplyRules(List.of(), Optional.of(body)));
            return body;
        }));
    }

    private @Nullable Condition condition(Message filter) {
        if (filter.has("status_code_filter")) {
            return status(filter.message("status_code_filter").message("comparison"));
        }
        if (filter.has("response_flag_filter")) {
            return failed(filter.message("response_flag_filter"));
        }
        if (filter.has("and_filter")) {
            return new Condition.All(all(filter.message("and_filter")));
        }
        if (filter.has("or_filter")) {
            return new Condition.Any(all(filter.message("or_filter")));
        }
        problems.add(
                filter.path(), "empty (expected: status_code_filter, response_flag_filter, and_filter or or_filter)");
        return null;
    }

    private static Condition status(Message comparison) {
        int value = comparison.message("value").integer("default_value", 0);
        return switch (comparison.choice("op")) {
            case "GE" -> new Condition.Status(value, LARGEST_STATUS);
            case "LE" -> new Condition.Status(0, value);
            default -> new Condition.Status(value, value);
        };
    }

    private Condition failed(Message filter) {
        List<String> flags = filter.strings("flags");
        for (int i = 0; i < flags.size(); i++) {
            if (!FLAGS.contains(flags.get(i))) {
                problems.add(
                        filter.path("flags[" + i + "]"),
                        Sources.quoted(flags.get(i)) + " (expected: a flag of the access log)");
            }
        }
        return new Condition.Failed(Set.copyOf(flags));
    }

    private List<Condition> all(Message filters) {
        List<Condition> all = new ArrayList<>();
        for (Message filter : filters.messages("filters")) {
            Condition made = condition(filter);
            if (made != null) {
                all.add(made);
            }
        }
        if (filters.messages("filters").size() < 2) {
            problems.add(filters.path("filters"), filters.messages("filters").size() + " (expected: at least 2)");
        }
        return all;
    }
}
