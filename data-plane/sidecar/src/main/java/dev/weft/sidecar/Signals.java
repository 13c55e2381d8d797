package dev.weft.sidecar;

import java.lang.reflect.Method;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * SIGTERM and SIGINT: the first asks us to leave, the second ends us at once. SIGHUP and SIGUSR1 end nothing. Thread-safe.
 *
 * <p>Java's own answer to a signal, shutdown hooks, would end the process with 143, and could not be told a second time. The
 * class that can is in the JDK but not in its documented API, so it is reached by reflection; where it is missing, signals do
 * what Java does with them.
 */
final class Signals {
    private static final int KILLED_BY_SECOND_SIGNAL = 130;
    private static final List<String> LEAVING = List.of("TERM", "INT");

    /** They would end the process, and whoever moves logs sends them; that a log was moved we see ourselves. */
    private static final List<String> OF_LOG_ROTATION = List.of("HUP", "USR1");

    private final CountDownLatch first = new CountDownLatch(1);

    private Signals() {}

    static Signals caught() {
        Signals signals = new Signals();
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object caught = java.lang.reflect.Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            signals.signalled();
                        }
                        return method.getReturnType() == int.class ? (Object) System.identityHashCode(proxy) : null;
                    });
            Method handle = signal.getMethod("handle", signal, handler);
            for (String name : LEAVING) {
                handle.invoke(null, signal.getConstructor(String.class).newInstance(name), caught);
            }
            Object ignoring = handler.getField("SIG_IGN").get(null);
            for (String name : OF_LOG_ROTATION) {
                handle.invoke(null, signal.getConstructor(String.class).newInstance(name), ignoring);
            }
        } catch (ReflectiveOperationException unsupported) {
            Runtime.getRuntime().addShutdownHook(new Thread(signals.first::countDown));
        }
        return signals;
    }

    private void signalled() {
        if (first.getCount() == 0) {
            Runtime.getRuntime().halt(KILLED_BY_SECOND_SIGNAL);
        }
        first.countDown();
    }

    /** Returns on the first signal. */
    void awaitFirst() {
        boolean interrupted = false;
        while (true) {
            try {
                first.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
