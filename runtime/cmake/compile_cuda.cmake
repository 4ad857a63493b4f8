# SPDX-License-Identifier: Apache-2.0
# Compiles one .cu file to an image for all targets, and holds each kernel to its register budget.
# What ptxas said of each kernel stays in IMAGE.log.
execute_process(
  COMMAND ${NVCC} -fatbin -std=c++20 -O3 -ccbin ${HOST_COMPILER} -I${ROOT} ${TARGETS}
    --compress-mode=size -lineinfo
    -Xptxas=-v,-warn-spills,-warn-lmem-usage -Xcudafe --display_error_number -Werror all-warnings
    -MD -MF ${IMAGE}.d -o ${IMAGE} ${SOURCE}
  OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE failed)
file(WRITE ${IMAGE}.log "${said}")
if(failed)
  message(FATAL_ERROR "${said}")
endif()
# ptxas gives these up with an info alone (setmaxnreg that is ignored, wgmma one after the other).
if(said MATCHES "C75(08|10)")
  message(FATAL_ERROR "${SOURCE}: ptxas serialised what should overlap:\n${said}")
endif()

# Lines of registers.txt: KERNEL MOST_REGISTERS.
file(STRINGS ${REGISTERS} budgets REGEX "^raddle_")
string(REGEX MATCHALL "Compiling entry function '[^']+' for '[^']+'|Used [0-9]+ registers" facts
  "${said}")
set(kernel "")
set(over "")
foreach(fact IN LISTS facts)
  if(fact MATCHES "entry function '([^']+)' for '([^']+)'")
    set(kernel ${CMAKE_MATCH_1})
    set(target ${CMAKE_MATCH_2})
    continue()
  endif()
  string(REGEX MATCH "[0-9]+" used "${fact}")
  set(most "")
  foreach(budget IN LISTS budgets)
    if(budget MATCHES "^${kernel} +([0-9]+)")
      set(most ${CMAKE_MATCH_1})
    endif()
  endforeach()
  if(most STREQUAL "")
    string(APPEND over "${kernel} uses ${used} registers on ${target} and has no line\n")
  elseif(used GREATER most)
    string(APPEND over "${kernel} uses ${used} registers on ${target}, allowed are ${most}\n")
  endif()
endforeach()
if(over)
  message(FATAL_ERROR "${REGISTERS}:\n${over}")
endif()
