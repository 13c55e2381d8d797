package dev.weft.proxy.http.h2;

import dev.weft.proxy.time.LoopTimer;

/**
 * Bounds what a peer may make us do for nothing: frames that cost us an answer or a look and move no request forward (SETTINGS,
 * PING: CVE-2019-9512, -9515; PRIORITY: -9513; empty DATA: -9518; window updates of a byte; unknown frames), and requests that are
 * begun only to be reset, by the peer (rapid reset, CVE-2023-44487) or through a fault that makes us do it (MadeYouReset,
 * CVE-2025-8671).
 *
 * <p>Confined to its connection's event loop. Two buckets: each event takes a token, time gives some back, and so does useful work,
 * since a busy connection may well be cancelled and pinged in proportion. An empty bucket is the end of the connection,
 * ENHANCE_YOUR_CALM.
 */
final class FloodGuard {
    static final int CONTROL_BURST = 1000;
    static final int CONTROL_PER_SECOND = 50;
    static final int RESET_BURST = 200;
    static final int RESETS_PER_SECOND = 20;

    /**
     * Streams beyond the limit that a client may open before it knows that there is one: it may open as many as it likes (RFC 9113, section
     * 6.5.2), and has done what its window and a round trip let it do.
     */
    static final int UNKNOWING_REFUSALS = 2000;

    /** As many as Envoy allows: a Go program that reads 4 KiB at a time gives as often back, on stream and connection. */
    static final int UPDATES_PER_DATA = 10;

    /** What a peer may still send of a stream that we reset, beside data: interim responses, head, trailers, an end. */
    static final int LATE_FRAMES = 4;

    private static final long SECOND_NANOS = 1_000_000_000L;

    private final LoopTimer timer;
    private int controlTokens = CONTROL_BURST;
    private int resetTokens = RESET_BURST;
    private int unknowingRefusals = UNKNOWING_REFUSALS;
    private long refilledNanos;

    // What we caused ourselves, and what therefore costs no token, however much of it comes at once.
    private long updatesDue;
    private long lateBytesDue;
    private long lateFramesDue;

    FloodGuard(LoopTimer timer) {
        this.timer = timer;
        this.refilledNanos = timer.nanos();
    }

    /** A frame that moves nothing forward. */
    void control(String frame) throws Http2Failure {
        if (--controlTokens < 0) {
            refill();
            if (--controlTokens < 0) {
                throw Http2Failure.connection(ErrorCode.ENHANCE_YOUR_CALM, "too many " + frame + " frames");
            }
        }
    }

    /** A request that ended early by the peer's doing. */
    void reset() throws Http2Failure {
        if (--resetTokens < 0) {
            refill();
            if (--resetTokens < 0) {
                throw Http2Failure.connection(ErrorCode.ENHANCE_YOUR_CALM, "too many streams reset");
            }
        }
    }

    /** A stream that was refused because there are too many. */
    void refused() throws Http2Failure {
        if (unknowingRefusals > 0) {
            unknowingRefusals--;
        } else {
            reset();
        }
    }

    /** The peer has acknowledged how many streams it may open. */
    void limitKnown() {
        unknowingRefusals = 0;
    }

    void windowUpdate() throws Http2Failure {
        if (updatesDue > 0) {
            updatesDue--;
        } else {
            control("WINDOW_UPDATE");
        }
    }

    /** We have reset a stream on which the peer might send so much data. */
    void streamReset(int windowBytes) {
        lateBytesDue += Math.max(0, windowBytes);
        lateFramesDue += LATE_FRAMES;
    }

    /** DATA of a stream that we reset, of so many bytes without and with its padding. */
    void lateData(int dataBytes, int flowBytes) throws Http2Failure {
        if (dataBytes > 0 && lateBytesDue >= flowBytes) {
            lateBytesDue -= flowBytes;
        } else {
            lateFrame("DATA");
        }
    }

    /** Another frame of a stream that is over. */
    void lateFrame(String frame) throws Http2Failure {
        if (lateFramesDue > 0) {
            lateFramesDue--;
        } else {
            control(frame);
        }
    }

    /** A DATA frame was sent, which the peer may answer by window updates and a PING. */
    void dataSent() {
        updatesDue += UPDATES_PER_DATA;
        controlTokens = Math.min(controlTokens + 2, CONTROL_BURST);
    }

    /** A stream ended as it should. */
    void streamCompleted() {
        controlTokens = Math.min(controlTokens + 4, CONTROL_BURST);
        if (resetTokens < RESET_BURST) {
            resetTokens++;
        }
    }

    private void refill() {
        controlTokens = Math.max(controlTokens, 0);
        resetTokens = Math.max(resetTokens, 0);
        long seconds = (timer.nanos() - refilledNanos) / SECOND_NANOS;
        if (seconds > 0) {
            refilledNanos += seconds * SECOND_NANOS;
            controlTokens = (int) Math.min(controlTokens + seconds * CONTROL_PER_SECOND, CONTROL_BURST);
            resetTokens = (int) Math.min(resetTokens + seconds * RESETS_PER_SECOND, RESET_BURST);
        }
    }
}
