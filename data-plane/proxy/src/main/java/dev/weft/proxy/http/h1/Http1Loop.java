package dev.weft.proxy.http.h1;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;

/**
 * What all HTTP/1 connections of one event loop share: room to write heads in, strings, and the readers (with their heads) that idle
 * connections have no use for. Confined to its event loop.
 */
final class Http1Loop {
    private static final int MAX_POOLED = 256;

    private static final FastThreadLocal<Http1Loop> OF_LOOP = new FastThreadLocal<>() {
        @Override
        protected Http1Loop initialValue() {
            return new Http1Loop();
        }
    };

    final HeadWriter writer = new HeadWriter();
    private final TextCache texts = new TextCache();
    private final ArrayDeque<RequestReader> requestReaders = new ArrayDeque<>();
    private final ArrayDeque<ResponseReader> responseReaders = new ArrayDeque<>();

    private Http1Loop() {}

    /** That of the calling thread. */
    static Http1Loop current() {
        return OF_LOOP.get();
    }

    RequestReader requestReader(Http1Limits limits) {
        RequestReader pooled = requestReaders.pollLast();
        RequestReader reader = pooled != null ? pooled : new RequestReader(texts);
        reader.start(limits);
        return reader;
    }

    void release(RequestReader reader) {
        if (requestReaders.size() < MAX_POOLED) {
            requestReaders.addLast(reader);
        }
    }

    ResponseReader responseReader(Http1Limits limits) {
        ResponseReader pooled = responseReaders.pollLast();
        ResponseReader reader = pooled != null ? pooled : new ResponseReader();
        reader.start(limits);
        return reader;
    }

    void release(ResponseReader reader) {
        if (responseReaders.size() < MAX_POOLED) {
            responseReaders.addLast(reader);
        }
    }
}
