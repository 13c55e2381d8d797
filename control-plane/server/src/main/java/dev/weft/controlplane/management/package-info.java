/** The management API: plan an apply, commit it, read, watch, and tell where a revision is live. */
@NullMarked
package dev.weft.controlplane.management;

import org.jspecify.annotations.NullMarked;
