# SPDX-License-Identifier: Apache-2.0
raddle_test(hyper_connection_test
  SRCS kernels/columns_cpu.cc
       kernels/hyper_connection_agreement_test.cc
       kernels/hyper_connection_contract_test.cc
       kernels/hyper_connection_cpu_test.cc
       kernels/hyper_connection_gradient_test.cc
       kernels/hyper_connection_mutation_test.cc
       kernels/hyper_connection_property_test.cc
  DEPS raddle_kernels LABELS cts)
