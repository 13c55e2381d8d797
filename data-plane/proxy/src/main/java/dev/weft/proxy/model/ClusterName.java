package dev.weft.proxy.model;

/** The name of a cluster; in xDS the CDS resource name. */
public record ClusterName(String value) {
    public ClusterName {
        Check.notEmpty(value, "cluster");
    }

    @Override
    public String toString() {
        return value;
    }
}
