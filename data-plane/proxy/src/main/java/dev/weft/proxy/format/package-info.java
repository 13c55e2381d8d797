/**
 * Texts with command operators in Envoy's notation ({@code %REQ(x-user)%}): what header rules and access logs say of a request.
 * Compiled when configuration is; knows no connection's state but what {@link RequestFacts} tells.
 */
@NullMarked
package dev.weft.proxy.format;

import org.jspecify.annotations.NullMarked;
