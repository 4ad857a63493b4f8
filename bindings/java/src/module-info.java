// SPDX-License-Identifier: Apache-2.0
/** Raddle, an embeddable training runtime for language models. */
module dev.raddle {
    exports dev.raddle;
}
