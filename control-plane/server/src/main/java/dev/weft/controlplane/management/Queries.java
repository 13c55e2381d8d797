package dev.weft.controlplane.management;

import dev.weft.api.validation.Validation.Kinds;
import dev.weft.controlplane.mesh.Keys;
import dev.weft.controlplane.mesh.Mesh;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.GetRequest;
import dev.weft.v1.GetResponse;
import dev.weft.v1.Kind;
import dev.weft.v1.ListRequest;
import dev.weft.v1.ListResponse;
import dev.weft.v1.Resource;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** Reads of the store, now or as it was. Thread-safe; a call blocks its (virtual) thread. */
final class Queries {
    private static final int DEFAULT_PAGE = 500;
    private static final int MAX_PAGE = 5000;

    private final Store store;

    Queries(Store store) {
        this.store = store;
    }

    GetResponse get(GetRequest request) {
        String name = request.getRef().getName();
        if (request.getRef().getKind() == Kind.KIND_UNSPECIFIED || name.isEmpty()) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("ref: expected a kind and a name")
                    .asRuntimeException();
        }
        Store.Range range = range(prefix(request.getRef().getKind()), request.getRevision());
        return range.entries().stream()
                .filter(entry -> entry.key().endsWith("/" + name))
                .map(Mesh::resource)
                .filter(resource -> resource.getName().equals(name))
                .findFirst()
                .map(resource -> GetResponse.newBuilder()
                        .setResource(resource)
                        .setStoreRevision(range.revision())
                        .build())
                .orElseThrow(() -> Status.NOT_FOUND
                        .withDescription(Kinds.name(request.getRef().getKind()) + " \"" + name + "\" does not exist")
                        .asRuntimeException());
    }

    ListResponse list(ListRequest request) {
        int size = request.getPageSize() == 0 ? DEFAULT_PAGE : request.getPageSize();
        if (size < 1 || size > MAX_PAGE) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("page_size: " + size + " (expected: 1 to " + MAX_PAGE + ")")
                    .asRuntimeException();
        }
        Page page = request.getPageToken().isEmpty()
                ? new Page(request.getRevision(), "")
                : Page.parse(request.getPageToken());
        Store.Range range = range(prefix(request.getKind()), page.revision());
        List<Store.Entry> matching = range.entries().stream()
                .filter(entry -> entry.key().compareTo(page.after()) > 0)
                .filter(entry -> labelled(Mesh.resource(entry), request))
                .limit(size + 1L)
                .toList();
        ListResponse.Builder response = ListResponse.newBuilder().setStoreRevision(range.revision());
        matching.stream().limit(size).map(Mesh::resource).forEach(response::addResources);
        if (matching.size() > size) {
            response.setNextPageToken(
                    new Page(range.revision(), matching.get(size - 1).key()).token());
        }
        return response.build();
    }

    static String prefix(Kind kind) {
        return switch (kind) {
            case KIND_UNSPECIFIED, UNRECOGNIZED -> Keys.CONFIG;
            case CLUSTER, ROUTE, LISTENER -> Keys.CONFIG + Kinds.name(kind) + "/";
            case INSTANCE -> Keys.INSTANCE;
        };
    }

    private Store.Range range(String prefix, long revision) {
        return Calls.await(revision == 0 ? store.range(prefix) : store.range(prefix, revision));
    }

    private static boolean labelled(Resource resource, ListRequest request) {
        return resource.getLabelsMap()
                .entrySet()
                .containsAll(request.getLabelsMap().entrySet());
    }

    /** Where a listing goes on: at the revision it began with, after a key. */
    private record Page(long revision, String after) {
        String token() {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString((revision + " " + after).getBytes(StandardCharsets.UTF_8));
        }

        static Page parse(String token) {
            try {
                String[] parts = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8).split(" ", 2);
                return new Page(Long.parseLong(parts[0]), parts[1]);
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                throw Status.INVALID_ARGUMENT
                        .withDescription("page_token: not one of ours (expected: next_page_token of the last answer)")
                        .withCause(e)
                        .asRuntimeException();
            }
        }
    }
}
