package dev.weft.demo;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What runs where, and commands to try from a second terminal. Asks anew which processes live. */
record Hints(Distribution distribution, Mesh mesh, Mesh.Proxies proxies) {
    List<String> title() {
        List<String> lines = new ArrayList<>();
        lines.add("weft demo: a mesh of " + mesh.roles().size() + " processes; Ctrl-C ends all of them");
        StringBuilder processes = new StringBuilder();
        for (RoleProcess role : mesh.roles()) {
            processes
                    .append(processes.isEmpty() ? "" : ", ")
                    .append(role.name())
                    .append(role.alive() ? " (pid " + role.pid() + ")" : " (down)");
        }
        lines.add(processes.toString());
        lines.add("");
        return lines;
    }

    List<String> whatToTry() {
        String weft = Optional.ofNullable(System.getenv("WEFT_COMMAND"))
                .orElseGet(() -> distribution.launcher().toString());
        String server = mesh.controlPlaneAddress().endsWith(":" + Mesh.USUAL_PORT)
                ? ""
                : " --server " + mesh.controlPlaneAddress();
        Path here = Path.of("examples", "split-90-10.yaml");
        Path example = Files.exists(here) ? here : distribution.example("split-90-10.yaml");
        return List.of(
                "",
                "try in a second terminal:",
                "  " + weft + " get routes" + server,
                "  " + weft + " apply -f " + example + " --wait" + server,
                "  " + weft + " proxy list" + server,
                "  kill -9 " + mesh.instances().getFirst().sidecar().pid()
                        + "    # an instance; its key starts it again",
                "  kill -9 " + mesh.controlPlane().pid() + "    # the control plane: traffic goes on",
                "  http_proxy=http://" + text(proxies.clientOutbound()) + " curl http://web/hello",
                "  curl -H 'Host: shop.web.example' http://" + text(proxies.gateway()) + "/hello",
                Keys.HELP);
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
