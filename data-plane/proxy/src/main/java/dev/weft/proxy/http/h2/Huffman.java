package dev.weft.proxy.http.h2;

/**
 * The Huffman code of RFC 7541, appendix B, as far as a receiver needs it: we send literals plain, which any peer reads and costs
 * less to write than it saves between neighbours.
 *
 * <p>Stateless. The code is canonical, so its 257 lengths say all of it. Decoding walks a tree four bits at a step over a table
 * built from them: no code is shorter than five bits, so a step ends at most one symbol.
 */
final class Huffman {
    private static final int EOS = 256;

    /** For each symbol its code's length, as the character {@code '@' + length}. */
    private static final String LENGTHS =
            "MW\\\\\\\\\\\\\\X^\\\\^\\\\\\\\\\\\\\\\^\\\\\\\\\\\\\\\\\\FJJLMFHKJJHKHFFFEEEFFFFFFFGHOFLJ"
                    + "MFGGGGGGGGGGGGGGGGGGGGGGHGHMSMNFOEFEFEFFFEGGFFFEFGFEEFGGGGGOKNM\\"
                    + "TVTTVVVWVWWWWWXWXXVWXWWWWUVWVWWXVUTVVWWUWVVXUVWWUUVUWVWWTVVVWVVW"
                    + "ZZTSVWVYZZZ[[ZXYSUZ[[Z[XUUZZ\\[[[TXTUVUUWVVYYXXZWZ[ZZ[[[[[\\[[[[[Z"
                    + "^";

    private static final int FAIL = -1;
    private static final int NO_SYMBOL = 0x100;

    /** By node and nibble: the next node, shifted left by 9, and the symbol that ended or {@link #NO_SYMBOL}; or {@link #FAIL}. */
    private static final int[] STEPS = steps();

    /** By node: whether the text may end there, which is within fewer than eight one bits, the beginning of EOS. */
    private static final boolean[] MAY_END = new boolean[EOS];

    static {
        int node = 0;
        for (int depth = 0; depth < 8; depth++) {
            MAY_END[node] = true;
            node = children()[node][1];
        }
    }

    private Huffman() {}

    /**
     * Decodes {@code length} bytes at {@code from} into {@code to} at {@code at}, which must have room for 8/5 of it.
     *
     * @return the bytes written, or -1 where the code is wrong: EOS inside, or padding that is too long or not all ones
     */
    static int decode(byte[] source, int from, int length, byte[] to, int at) {
        int node = 0;
        int out = at;
        for (int i = from; i < from + length; i++) {
            int b = source[i];
            for (int shift = 4; shift >= 0; shift -= 4) {
                int step = STEPS[node << 4 | (b >> shift & 0xf)];
                if (step == FAIL) {
                    return -1;
                }
                node = step >> 9;
                int symbol = step & 0x1ff;
                if (symbol != NO_SYMBOL) {
                    to[out++] = (byte) symbol;
                }
            }
        }
        return MAY_END[node] ? out - at : -1;
    }

    private static int[] steps() {
        int[][] tree = children();
        int[] steps = new int[EOS << 4];
        for (int node = 0; node < EOS; node++) {
            for (int nibble = 0; nibble < 16; nibble++) {
                steps[node << 4 | nibble] = step(tree, node, nibble);
            }
        }
        return steps;
    }

    private static int step(int[][] tree, int from, int nibble) {
        int node = from;
        int symbol = NO_SYMBOL;
        for (int bit = 3; bit >= 0; bit--) {
            node = tree[node][nibble >> bit & 1];
            if (node < 0) {
                symbol = ~node;
                node = 0;
                if (symbol == EOS) {
                    return FAIL;
                }
            }
        }
        return node << 9 | symbol;
    }

    /** The code's tree: for each inner node its two children, an inner node's number or the complement of a symbol. */
    private static int[][] children() {
        int[][] tree = new int[EOS][2];
        int nodes = 1;
        int code = 0;
        for (int length = 1; length <= 30; length++) {
            code <<= 1;
            for (int symbol = 0; symbol <= EOS; symbol++) {
                if (LENGTHS.charAt(symbol) - '@' == length) {
                    int node = 0;
                    for (int bit = length - 1; bit > 0; bit--) {
                        int side = code >> bit & 1;
                        if (tree[node][side] == 0) {
                            tree[node][side] = nodes++;
                        }
                        node = tree[node][side];
                    }
                    tree[node][code & 1] = ~symbol;
                    code++;
                }
            }
        }
        return tree;
    }
}
