// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * How text is generated.
 *
 * @param maxTokens 0: generate.max_tokens
 * @param temperature 0: always the likeliest token; below 0: generate.temperature
 * @param topK 0: all; below 0: generate.top_k
 * @param seed below 0: generate.seed
 * @param greedy true: always the likeliest token
 * @param ignoreEnd true: go on after an end-of-text token
 */
public record GenerateOptions(
        long maxTokens, double temperature, long topK, long seed, boolean greedy,
        boolean ignoreEnd) {
    /**
     * Everything at its default.
     *
     * @return the GenerateOptions
     */
    public static GenerateOptions defaults() {
        return new GenerateOptions(0, -1, -1, -1, false, false);
    }

    /**
     * A copy with another {@code maxTokens}.
     *
     * @param maxTokens 0: generate.max_tokens
     * @return the copy
     */
    public GenerateOptions withMaxTokens(long maxTokens) {
        return new GenerateOptions(maxTokens, temperature, topK, seed, greedy, ignoreEnd);
    }

    /**
     * A copy with another {@code temperature}.
     *
     * @param temperature 0: always the likeliest token; below 0: generate.temperature
     * @return the copy
     */
    public GenerateOptions withTemperature(double temperature) {
        return new GenerateOptions(maxTokens, temperature, topK, seed, greedy, ignoreEnd);
    }

    /**
     * A copy with another {@code topK}.
     *
     * @param topK 0: all; below 0: generate.top_k
     * @return the copy
     */
    public GenerateOptions withTopK(long topK) {
        return new GenerateOptions(maxTokens, temperature, topK, seed, greedy, ignoreEnd);
    }

    /**
     * A copy with another {@code seed}.
     *
     * @param seed below 0: generate.seed
     * @return the copy
     */
    public GenerateOptions withSeed(long seed) {
        return new GenerateOptions(maxTokens, temperature, topK, seed, greedy, ignoreEnd);
    }

    /**
     * A copy with another {@code greedy}.
     *
     * @param greedy true: always the likeliest token
     * @return the copy
     */
    public GenerateOptions withGreedy(boolean greedy) {
        return new GenerateOptions(maxTokens, temperature, topK, seed, greedy, ignoreEnd);
    }

    /**
     * A copy with another {@code ignoreEnd}.
     *
     * @param ignoreEnd true: go on after an end-of-text token
     * @return the copy
     */
    public GenerateOptions withIgnoreEnd(boolean ignoreEnd) {
        return new GenerateOptions(maxTokens, temperature, topK, seed, greedy, ignoreEnd);
    }
}
