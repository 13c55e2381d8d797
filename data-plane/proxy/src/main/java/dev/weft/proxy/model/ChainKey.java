package dev.weft.proxy.model;

import java.util.Optional;

/**
 * Which chain of which listener, the same through updates.
 *
 * @param match of the chain; absent for the fallback
 */
public record ChainKey(String listener, Optional<ChainMatch> match) {}
