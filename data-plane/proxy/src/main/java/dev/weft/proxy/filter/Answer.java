package dev.weft.proxy.filter;

import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;

/** What came of a question of a filter's own ({@link RequestExchange#ask}). */
public sealed interface Answer {
    /** The response's status; 0 where there is none. */
    int status();

    /**
     * @param body whole, on the heap, so that nobody has to release it
     */
    record Response(ResponseHead head, ByteBuf body) implements Answer {
        @Override
        public int status() {
            return head.status();
        }
    }

    /**
     * Nobody was asked, or nobody answered in time, or with more than can be held.
     *
     * @param reason for people
     */
    record None(String reason) implements Answer {
        @Override
        public int status() {
            return 0;
        }
    }
}
