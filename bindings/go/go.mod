// SPDX-License-Identifier: Apache-2.0
module raddle

go 1.19
