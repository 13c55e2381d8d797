package dev.weft.proxy.testing;

/** What a test peer speaks. */
public enum Version {
    HTTP_1,
    HTTP_2
}
