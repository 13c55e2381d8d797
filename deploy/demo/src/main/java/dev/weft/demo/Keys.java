package dev.weft.demo;

import java.io.IOException;

/** What the keys of a watched demo do. Confined to the thread that shows it. */
record Keys(Mesh mesh) {
    static final String HELP = "keys: 1 2 3 kill an instance or start it again, c the control plane, q ends";

    private static final long LOOKS_EVERY_MILLIS = 20;

    /**
     * Does what keys say until the deadline.
     *
     * @return false if the demo is to end
     */
    boolean obeyed(Terminal terminal, Deadline deadline) throws IOException, InterruptedException {
        while (true) {
            int key = terminal.key();
            switch (key) {
                case 'q' -> {
                    return false;
                }
                case 'c' -> toggle(mesh.controlPlane());
                case '1', '2', '3' -> toggle(mesh.instances().get(key - '1'));
                default -> {
                    if (deadline.isOver()) {
                        return true;
                    }
                    Thread.sleep(LOOKS_EVERY_MILLIS);
                }
            }
        }
    }

    private static void toggle(RoleProcess role) throws IOException, InterruptedException {
        if (role.alive()) {
            role.kill();
        } else {
            role.restart();
        }
    }

    private static void toggle(DemoInstance instance) throws IOException, InterruptedException {
        if (instance.sidecar().alive()) {
            instance.kill();
        } else {
            instance.revive();
        }
    }
}
