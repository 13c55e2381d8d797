package dev.weft.sidecar.xds;

import dev.weft.proxy.filter.fault.FaultPolicy;
import dev.weft.proxy.filter.fault.FaultPolicy.Abort;
import dev.weft.proxy.filter.fault.FaultPolicy.Delay;
import dev.weft.proxy.filter.fault.FaultPolicy.Status;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.Optional;

/** {@code HTTPFault}. Confined to the thread of the conversion. */
final class FaultTranslation {
    private final Problems problems;
    private final MatchTranslation matches;

    FaultTranslation(Problems problems) {
        this.problems = problems;
        this.matches = new MatchTranslation(problems);
    }

    FilterConfig policy(Message fault) {
        return new FaultPolicy(
                fault.find("delay").map(delay -> problems.making(delay, () -> delay(delay))),
                fault.find("abort").map(abort -> problems.making(abort, () -> abort(abort))),
                matches.headers(fault, "headers"),
                fault.integer("max_active_faults", Integer.MAX_VALUE));
    }

    private Delay delay(Message delay) {
        if (!delay.has("fixed_delay") && !delay.has("header_delay")) {
            problems.add(delay.path(), "no delay (expected: fixed_delay or header_delay)");
        }
        return new Delay(delay.duration("fixed_delay"), Shares.fraction(delay, "percentage"));
    }

    private Abort abort(Message abort) {
        Optional<Status> status = Optional.empty();
        if (abort.has("http_status")) {
            status = Optional.of(new Status.Http(abort.integer("http_status", 0)));
        } else if (abort.has("grpc_status")) {
            status = Optional.of(new Status.Grpc(abort.integer("grpc_status", 0)));
        } else if (!abort.has("header_abort")) {
            problems.add(abort.path(), "no status (expected: http_status, grpc_status or header_abort)");
        }
        return new Abort(status, Shares.fraction(abort, "percentage"));
    }
}
