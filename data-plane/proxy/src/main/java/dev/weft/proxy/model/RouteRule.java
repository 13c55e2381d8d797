package dev.weft.proxy.model;

/**
 * The first rule of a host whose match holds decides.
 *
 * @param name for logs and metrics; may be empty
 * @param headers applied to request and response
 */
public record RouteRule(String name, RouteMatch match, RouteAction action, HeaderRules headers) {}
