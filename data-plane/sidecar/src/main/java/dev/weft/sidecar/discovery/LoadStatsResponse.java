package dev.weft.sidecar.discovery;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code LoadStatsResponse}, as far as it is used. Immutable.
 *
 * @param clusters whose load is asked for
 * @param all whether every cluster's is, whatever {@code clusters} says
 */
public record LoadStatsResponse(List<String> clusters, boolean all, Duration interval) {
    static LoadStatsResponse read(ByteString message) throws IOException {
        CodedInputStream in = message.newCodedInput();
        List<String> clusters = new ArrayList<>();
        boolean all = false;
        Duration interval = Duration.ZERO;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> clusters.add(in.readStringRequireUtf8());
                case 2 -> interval = duration(in.readBytes());
                case 4 -> all = in.readBool();
                default -> in.skipField(tag);
            }
        }
        return new LoadStatsResponse(clusters, all, interval);
    }

    private static Duration duration(ByteString message) throws IOException {
        CodedInputStream in = message.newCodedInput();
        long seconds = 0;
        int nanos = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> seconds = in.readInt64();
                case 2 -> nanos = in.readInt32();
                default -> in.skipField(tag);
            }
        }
        return Duration.ofSeconds(seconds, nanos);
    }
}
