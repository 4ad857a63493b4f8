/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/support.h"

rj_type rj_exceptions[] = {
    [1] = {"dev/raddle/InvalidArgumentException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [2] = {"dev/raddle/NotFoundException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [3] = {"dev/raddle/AlreadyExistsException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [4] = {"dev/raddle/FailedPreconditionException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [5] = {"dev/raddle/OutOfRangeException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [6] = {"dev/raddle/ResourceExhaustedException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [7] = {"dev/raddle/UnavailableException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [8] = {"dev/raddle/DataLossException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [9] = {"dev/raddle/UnimplementedException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [10] = {"dev/raddle/CancelledException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [11] = {"dev/raddle/AbortedException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [12] = {"dev/raddle/NumericException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [13] = {"dev/raddle/IoException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0},
    [14] = {"dev/raddle/InternalException", "(ILjava/lang/String;)V", NULL, NULL, NULL, 0}};
const int rj_exception_count = sizeof(rj_exceptions) / sizeof(rj_exceptions[0]);
