package dev.weft.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.Rewrite;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.RouteTable.VirtualHost;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is accepted, what matches and what becomes of it was seen of Envoy 1.40; RoutesBesideEnvoyTest asks it for some of it. */
class PathTemplateTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            /             | /           | true
            /             | /a          | false
            /a/           | /a/         | true
            /a/           | /a          | false
            /*            | /a          | true
            /*            | /a*b=c      | true
            /*            | /           | false
            /*            | /a/         | false
            /*            | /a/b        | false
            /*            | /a^b        | false
            /*            | /[a]        | false
            /*            | /a%20b:@!$&'()+,;~ | true
            /a/**         | /a/         | true
            /a/**         | /a/b/c/     | true
            /a/**         | /a          | false
            /a/**         | /a/"        | false
            /**.mpd       | /a/b/c.mpd  | true
            /**.mpd       | /.mpd       | true
            /**.mpd       | /a.mpd/     | false
            /**/x         | //x         | true
            /**/x         | /a/b/x      | true
            /v/*/*.m4s    | /v/1/2.m4s  | true
            /v/*/*.m4s    | /v/1/.m4s   | false
            /v/*/*.m4s    | /v/1/2xm4s  | false
            /a*b          | /a*b        | true
            /a*b          | /axb        | false
            /{a}          | /x          | true
            /{a}          | /x/y        | false
            /{a=x/*}/*    | /x/y/z      | true
            /{a=x/*}/*    | /y/y/z      | false
            /{a=**}       | /           | true
            /{a=**}       | /x/y        | true
            /{a}b/c       | /xb/c       | true
            /{a}b/c       | /b/c        | false
            /p{a=*}s/t    | /pxs/t      | true
            /p{a=*}s/t    | /ps/t       | false
            """)
    void aPathMatchesAsAWhole(String template, String path, boolean matches) {
        assertThat(find(template, path)).isEqualTo(matches);
        assertThat(find(template, path + "?q=/x"))
                .as("the query does not count")
                .isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            a                   | begins with /
            //                  | characters of a path's segment
            /a//b               | characters of a path's segment
            /[a]                | characters of a path's segment
            /a}                 | characters of a path's segment
            /{a}}               | characters of a path's segment
            /{a                 | } behind {
            /x{a=b/c}           | } behind { in the same segment
            /{1a}               | a variable's name
            /{}                 | a variable's name
            /{abcdefghijklmnopq} | a variable's name
            /{a=}               | characters of a path's segment
            /{a=b/}             | characters of a path's segment
            /{a=b//c}           | characters of a path's segment
            /{a=*b}             | / between the parts
            /{a}/{a}            | each with a name of its own
            /{a}/{b}/{c}/{d}/{e}/{f} | at most 5 variables
            /{a}{b}             | characters of a path's segment
            /{a}-{b}            | one variable in a segment
            /**/{b}             | no star or variable behind **
            /{a=**}/*           | no star or variable behind **
            /**/**              | no star or variable behind **
            /*b/c               | nothing behind text that follows a star
            """)
    void whatIsNoTemplateIsRefusedAndSaysWhy(String template, String expected) {
        assertThatThrownBy(() -> new PathTemplate(template))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("path_template: \"" + template + "\": at ")
                .hasMessageContaining(expected);
    }

    @Test
    void aTemplateHasALengthThatIsBounded() {
        assertThat(new PathTemplate("/" + "a".repeat(255)).literalPrefix()).hasSize(256);
        assertThatThrownBy(() -> new PathTemplate("/" + "a".repeat(256)))
                .hasMessageContaining("at most 256 characters");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /{one}/{two}          | /{two}/{one}     | /cat/dog          | /dog/cat
            /{one}/{two}          | /{two}/{one}     | /cat/dog?q={one}  | /dog/cat?q={one}
            /videos/{language=lang/*}/* | /{language} | /videos/lang/en/v.m4s | /lang/en
            /content/{format}/{lang}/{id}/{file}.vtt | /{lang}/{format}/{file}.vtt | /content/hls/en-us/12345/en_193913.vtt | /en-us/hls/en_193913.vtt
            /a/{rest=**}          | /new/{rest}      | /a/               | /new/
            /a/{rest=**}          | /new/{rest}      | /a/b/c            | /new/b/c
            /{a}                  | /{a}{a}-{a}      | /x                | /xx-x
            /{a}                  | /fixed           | /x?y              | /fixed?y
            """)
    void variablesStandForWhatTheyMatched(String template, String rewrite, String path, String expected) {
        Routes routes = routes(template, Optional.of(rewrite));
        RequestHead head = new RequestHead().authority("a").path(path);
        Route route = routes.find(head, false);

        assertThat(route).isNotNull();
        if (route != null && route.decision() instanceof ForwardDecision to) {
            to.rewrite(route, head);
        }
        assertThat(head.path()).isEqualTo(expected);
    }

    @Test
    void aPathThatIsNotTheMatchedOneAnyMoreStaysAsItIs() {
        Routes routes = routes("/{a}", Optional.of("/new/{a}"));
        RequestHead head = new RequestHead().authority("a").path("/x");
        Route route = routes.find(head, false);
        head.path("/changed/by-a-filter");
        if (route != null && route.decision() instanceof ForwardDecision to) {
            to.rewrite(route, head);
        }

        assertThat(head.path()).isEqualTo("/changed/by-a-filter");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x{a}", "/{b}", "/x//y", "/{a", "/a}", "/{a=b}", "/x?y", "/ x"})
    void aRewriteThatIsNoneIsRefused(String rewrite) {
        assertThatThrownBy(() -> routes("/{a}", Optional.of(rewrite)))
                .hasMessageContaining("path_template_rewrite: \"" + rewrite + "\" (expected: ");
    }

    @Test
    void aRewriteNeedsATemplateToMatchAndIsTheOnlyOne() {
        RouteMatch prefix = new RouteMatch(new PathMatch.Prefix("/", true), List.of(), List.of(), false);
        Rewrite rewrite = new Rewrite(Optional.empty(), Optional.empty(), Optional.empty(), false, Optional.of("/x"));

        assertThatThrownBy(() -> Routes.compile(table(new RouteRule("r", prefix, forward(rewrite), HeaderRules.NONE))))
                .hasMessageContaining("path_rewrite_policy: the path is not matched by a template");
        assertThatThrownBy(() ->
                        new Rewrite(Optional.of("/y"), Optional.empty(), Optional.empty(), false, Optional.of("/x")))
                .hasMessageContaining("path_rewrite_policy: beside prefix_rewrite or regex_rewrite");
    }

    private static boolean find(String template, String path) {
        return routes(template, Optional.empty())
                        .find(new RequestHead().authority("a").path(path), false)
                != null;
    }

    private static Routes routes(String template, Optional<String> rewrite) {
        RouteMatch match = new RouteMatch(new PathMatch.Template(template), List.of(), List.of(), false);
        RouteAction action = forward(new Rewrite(Optional.empty(), Optional.empty(), Optional.empty(), false, rewrite));
        return Routes.compile(table(new RouteRule("r", match, action, HeaderRules.NONE)));
    }

    private static RouteTable table(RouteRule rule) {
        return new RouteTable(
                "t", List.of(new VirtualHost("v", List.of("*"), List.of(rule), HeaderRules.NONE)), HeaderRules.NONE);
    }

    private static RouteAction.Forward forward(Rewrite rewrite) {
        return RouteAction.Forward.builder()
                .clusterHeader("x-cluster")
                .rewrite(rewrite)
                .build();
    }
}
