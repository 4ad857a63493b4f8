// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

/**
 * What a call into Raddle failed with. Each {@link Code} has a class of its own to catch; the
 * message says what went wrong, where, what was expected and what to do.
 */
public class RaddleException extends RuntimeException {
    private static final long serialVersionUID = 1;
    /** What to do next. */
    private final Code code;
    /** What is broken. */
    private final Scope scope;

    RaddleException(int code, int scope, String message) {
        super(message);
        this.code = Code.of(code);
        this.scope = Scope.of(scope);
    }

    /** What the caller should do next. */
    public Code code() { return code; }

    /** The largest entity that is broken. */
    public Scope scope() { return scope; }
}
