# Norms, rotary positions, attention and pointwise operations.
foreach(op IN ITEMS norm rope attention elementwise)
  raddle_test(kernels_${op}_test SRCS kernels/${op}_test.cc DEPS raddle_kernels LABELS cts)
endforeach()
