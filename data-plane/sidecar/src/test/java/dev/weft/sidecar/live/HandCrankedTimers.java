package dev.weft.sidecar.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Timers that run when a test says that time has passed. */
public final class HandCrankedTimers implements Timers {
    private final List<Task> tasks = new ArrayList<>();
    private int last;
    private Duration now = Duration.ZERO;

    private record Task(int number, Duration due, Runnable run) {}

    @Override
    public Timer after(Duration delay, Runnable run) {
        Task task = new Task(last++, now.plus(delay), run);
        tasks.add(task);
        return () -> tasks.removeIf(known -> known.number() == task.number());
    }

    public void pass(Duration time) {
        Duration end = now.plus(time);
        while (true) {
            Task next = tasks.stream()
                    .filter(task -> task.due().compareTo(end) <= 0)
                    .min(Comparator.comparing(Task::due))
                    .orElse(null);
            if (next == null) {
                break;
            }
            tasks.remove(next);
            now = next.due();
            next.run().run();
        }
        now = end;
    }

    public int pending() {
        return tasks.size();
    }
}
