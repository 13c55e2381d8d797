/**
 * What is told about requests: counters that cost a store each, summed when they are scraped, and access-log lines written by a
 * thread of their own.
 */
@NullMarked
package dev.weft.proxy.telemetry;

import org.jspecify.annotations.NullMarked;
