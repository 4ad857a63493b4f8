#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Takes today's public headers as the old consumer's. Right only before a release: afterwards the
# snapshot is what released programs were built with, and a difference is a break of the ABI.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")"
rm -rf include/raddle
mkdir -p include
cp -r ../../../include/raddle include/
