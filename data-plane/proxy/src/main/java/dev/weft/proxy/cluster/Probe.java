package dev.weft.proxy.cluster;

/**
 * Asks one endpoint one kind of question that tells whether it is well, and keeps what it needs for that (a connection) between
 * questions.
 *
 * <p>Confined to the event loop of its cluster's checks. Knows neither intervals nor thresholds nor timeouts.
 */
interface Probe {
    /**
     * Asks once. The answer may arrive before this returns. Not called again before the last question is over.
     *
     * @return how to give up waiting
     */
    Question ask(Answer answer);

    /** There will be no more questions. */
    void close();

    /** A question whose answer is awaited. */
    interface Question {
        /** What is returned where nothing is left to give up. */
        Question OVER = () -> {};

        /** Nobody waits any more: the answer is not called from now on. Ignored after an answer. */
        void cancel();
    }

    /** Receives what came of a question, exactly once unless it was cancelled. */
    interface Answer {
        /**
         * @param degraded it is well, and asks to be used last
         */
        void well(boolean degraded);

        /**
         * @param reason for people
         */
        void unwell(String reason);
    }
}
