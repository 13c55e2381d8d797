package dev.weft.proxy.listener;

import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.CidrRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the chain for a connection: one table after another, a level for each criterion of {@link ChainMatch} in its order. On
 * each level the most specific entry decides, and there is no way back; that is Envoy's rule, so that the same configuration
 * chooses the same there and here. A criterion that no chain sets has no level.
 *
 * <p>Immutable; compiled when configuration comes.
 */
final class ChainChoice {
    /** No chain is for it. */
    static final int NONE = -1;

    private static final Step NOBODY = new Found(NONE);

    private final Step first;

    private ChainChoice(Step first) {
        this.first = first;
    }

    /**
     * @throws IllegalArgumentException where a connection could meet two of them equally well; the message names both
     */
    static ChainChoice of(List<ChainMatch> matches) {
        if (matches.equals(List.of(ChainMatch.ANY))) {
            return new ChainChoice(new Found(0)); // nearly every listener, and nothing to load for it
        }
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < matches.size(); i++) {
            all.add(i);
        }
        return new ChainChoice(compile(matches, all, 0));
    }

    /** The index of the match, or {@link #NONE}. */
    int pick(Arrival arrival) {
        return first.pick(arrival);
    }

    @FunctionalInterface
    private interface Step {
        int pick(Arrival arrival);
    }

    /** Nothing more to ask. */
    private record Found(int index) implements Step {
        @Override
        public int pick(Arrival arrival) {
            return index;
        }
    }

    private static Step compile(List<ChainMatch> matches, List<Integer> chains, int depth) {
        if (chains.isEmpty()) {
            return NOBODY;
        }
        if (depth == Level.values().length) {
            if (chains.size() > 1) {
                throw new IllegalArgumentException(
                        "filter_chains[%d].filter_chain_match: matches what filter_chains[%d] matches too (expected: one chain for a connection)"
                                .formatted(chains.get(1), chains.get(0)));
            }
            return new Found(chains.getFirst());
        }
        Level level = Level.values()[depth];
        Map<Object, List<Integer>> byKey = new LinkedHashMap<>();
        List<Integer> asking = new ArrayList<>();
        for (int chain : chains) {
            List<?> keys = level.keys(matches.get(chain));
            keys.forEach(
                    key -> byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(chain));
            if (keys.isEmpty()) {
                asking.add(chain);
            }
        }
        Step otherwise = compile(matches, asking, depth + 1);
        if (byKey.isEmpty()) {
            return otherwise;
        }
        Map<Object, Step> table = new HashMap<>();
        byKey.forEach((key, those) -> table.put(key, compile(matches, those, depth + 1)));
        return level.step(table, otherwise);
    }

    /** A criterion. */
    private enum Level {
        DESTINATION_PORT {
            @Override
            List<?> keys(ChainMatch match) {
                return match.destinationPort() == 0 ? List.of() : List.of(match.destinationPort());
            }

            @Override
            Step step(Map<Object, Step> table, Step otherwise) {
                return arrival ->
                        table.getOrDefault(arrival.local().getPort(), otherwise).pick(arrival);
            }
        },
        DESTINATION {
            @Override
            List<?> keys(ChainMatch match) {
                return match.destinations();
            }

            @Override
            Step step(Map<Object, Step> table, Step otherwise) {
                PrefixTable<Step> ranges = ranges(table);
                return arrival ->
                        ranges.find(arrival.local().getAddress(), otherwise).pick(arrival);
            }
        },
        SERVER_NAME {
            @Override
            List<?> keys(ChainMatch match) {
                return match.serverNames();
            }

            @Override
            Step step(Map<Object, Step> table, Step otherwise) {
                return arrival ->
                        named(table, arrival.hello().serverName(), otherwise).pick(arrival);
            }
        },
        TRANSPORT {
            @Override
            List<?> keys(ChainMatch match) {
                return match.transport().map(List::of).orElse(List.of());
            }

            @Override
            Step step(Map<Object, Step> table, Step otherwise) {
                Step tls = table.getOrDefault(ChainMatch.Transport.TLS, otherwise);
                Step raw = table.getOrDefault(ChainMatch.Transport.RAW_BUFFER, otherwise);
                return arrival -> (arrival.hello().isTls() ? tls : raw).pick(arrival);
            }
        },
        APPLICATION_PROTOCOL {
            @Override
            List<?> keys(ChainMatch match) {
                return match.applicationProtocols();
            }

            @Override
            Step step(Map<Object, Step> table, Step otherwise) {
                return arrival -> {
                    for (String offered : arrival.hello().applicationProtocols()) {
                        Step found = table.get(offered);
                        if (found != null) {
                            return found.pick(arrival);
                        }
                    }
                    return otherwise.pick(arrival);
                };
            }
        },
        DIRECT_SOURCE {
            @Override
            List<?> keys(ChainMatch match) {
                return match.directSources();
            }

            @Override
            Step step(Map<Object, Step> table, Step otherwise) {
                PrefixTable<Step> ranges = ranges(table);
                return arrival ->
                        ranges.find(arrival.peer().getAddress(), otherwise).pick(arrival);
            }
        },
        SOURCE_TYPE {
            @Override
            List<?> keys(ChainMatch match) {
                return match.source() == ChainMatch.Source.ANY ? List.of() : List.of(match.source());
            }

            @Override
            Step step(Map<Object, Step> table, Step otherwise) {
                Step local = table.getOrDefault(ChainMatch.Source.SAME_IP_OR_LOOPBACK, otherwise);
                Step external = table.getOrDefault(ChainMatch.Source.EXTERNAL, otherwise);
                return arrival -> (arrival.isLocal() ? local : external).pick(arrival);
            }
        },
        SOURCE {
            @Override
            List<?> keys(ChainMatch match) {
                return match.sources();
            }

            @Override
            Step step(Map<Object, Step> table, Step otherwise) {
                PrefixTable<Step> ranges = ranges(table);
                return arrival ->
                        ranges.find(arrival.client().getAddress(), otherwise).pick(arrival);
            }
        },
        SOURCE_PORT {
            @Override
            List<?> keys(ChainMatch match) {
                return match.sourcePorts();
            }

            @Override
            Step step(Map<Object, Step> table, Step otherwise) {
                return arrival -> table.getOrDefault(arrival.client().getPort(), otherwise)
                        .pick(arrival);
            }
        };

        /** What the match asks for; empty where it does not. */
        abstract List<?> keys(ChainMatch match);

        /**
         * @param otherwise of the chains that ask for nothing here
         */
        abstract Step step(Map<Object, Step> table, Step otherwise);
    }

    private static PrefixTable<Step> ranges(Map<Object, Step> table) {
        Map<CidrRange, Step> ranges = new HashMap<>();
        table.forEach((range, step) -> ranges.put((CidrRange) range, step));
        return new PrefixTable<>(ranges);
    }

    /** The name itself, then the wildcards above it, the nearest first. */
    private static Step named(Map<Object, Step> table, String name, Step otherwise) {
        Step exact = table.get(name);
        if (exact != null) {
            return exact;
        }
        for (int dot = name.indexOf('.', 1); dot > 0 && dot < name.length() - 1; dot = name.indexOf('.', dot + 1)) {
            Step wildcard = table.get("*" + name.substring(dot));
            if (wildcard != null) {
                return wildcard;
            }
        }
        return otherwise;
    }
}
