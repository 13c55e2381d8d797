package dev.weft.xds;

import java.util.List;

/** Immutable. A response that the client has neither accepted nor refused yet. */
record Outstanding(String nonce, StreamStatus.Mark mark, List<Batch.Item> items) {}
