# SPDX-License-Identifier: Apache-2.0
# Whether the CUDA backend is built. The toolkit gives headers and nvcc; nothing of it is linked.
#   RADDLE_CUDA=auto|on|off   on: an error where there is no toolkit
set(RADDLE_CUDA auto CACHE STRING "Build the CUDA backend: auto, on or off")
# Ampere, Hopper with its own matrix instructions, and code that later drivers translate.
set(RADDLE_CUDA_ARCHITECTURES 80-real 90a-real 80-virtual CACHE STRING "What kernels are built for")
set(RADDLE_CUDA_IMAGES "" CACHE PATH
  "Build folder whose images are taken; for one that differs in host flags alone")
set_property(CACHE RADDLE_CUDA PROPERTY STRINGS auto on off)

set(RADDLE_HAS_CUDA OFF)
if(NOT RADDLE_CUDA STREQUAL off)
  find_package(CUDAToolkit 13.0 QUIET)
  if(CUDAToolkit_FOUND AND CUDAToolkit_NVCC_EXECUTABLE)
    set(RADDLE_HAS_CUDA ON)
    message(STATUS "CUDA backend: on (toolkit ${CUDAToolkit_VERSION})")
  elseif(RADDLE_CUDA STREQUAL on)
    message(FATAL_ERROR "RADDLE_CUDA is on, but CMake finds no CUDA toolkit of version 13 or later "
      "with nvcc; put nvcc in PATH or set CUDAToolkit_ROOT")
  else()
    message(STATUS "CUDA backend: off (no CUDA toolkit of version 13 or later with nvcc found)")
  endif()
endif()

foreach(architecture IN LISTS RADDLE_CUDA_ARCHITECTURES)
  if(architecture MATCHES "^([0-9]+a?)-real$")
    list(APPEND RADDLE_CUDA_TARGETS -gencode
      arch=compute_${CMAKE_MATCH_1},code=sm_${CMAKE_MATCH_1})
  elseif(architecture MATCHES "^([0-9]+a?)-virtual$")
    list(APPEND RADDLE_CUDA_TARGETS -gencode
      arch=compute_${CMAKE_MATCH_1},code=compute_${CMAKE_MATCH_1})
  else()
    message(FATAL_ERROR
      "RADDLE_CUDA_ARCHITECTURES: ${architecture} is not like 80-real or 90-virtual")
  endif()
endforeach()

function(raddle_cuda_image source image)
  add_custom_command(OUTPUT ${image} ${image}.log
    COMMAND ${CMAKE_COMMAND} -DNVCC=${CUDAToolkit_NVCC_EXECUTABLE} -DSOURCE=${source}
      -DIMAGE=${image} -DROOT=${PROJECT_SOURCE_DIR} "-DTARGETS=${RADDLE_CUDA_TARGETS}"
      -DHOST_COMPILER=${CMAKE_CXX_COMPILER}
      -DREGISTERS=${CMAKE_CURRENT_SOURCE_DIR}/cuda/registers.txt
      -P ${PROJECT_SOURCE_DIR}/runtime/cmake/compile_cuda.cmake
    DEPENDS ${source} ${CMAKE_CURRENT_SOURCE_DIR}/cuda/registers.txt
      ${PROJECT_SOURCE_DIR}/runtime/cmake/compile_cuda.cmake
    DEPFILE ${image}.d COMMENT "Building CUDA image ${image}" VERBATIM)
endfunction()

# raddle_cuda_images(TARGET FILE...): compiles kernels/cuda/FILE.cu to an image, with spills and
# local memory as errors, and puts it into the target as the symbol raddle_cuda_image_FILE, with _
# for the / of a folder.
function(raddle_cuda_images target)
  foreach(name IN LISTS ARGN)
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/cuda/${name}.cu)
    string(REPLACE / _ name ${name})
    set(holder ${CMAKE_CURRENT_BINARY_DIR}/cuda/${name}_image.cc)
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/cuda)
    if(RADDLE_CUDA_IMAGES)
      set(image ${RADDLE_CUDA_IMAGES}/kernels/cuda/${name}.fatbin)
    else()
      set(image ${CMAKE_CURRENT_BINARY_DIR}/cuda/${name}.fatbin)
      raddle_cuda_image(${source} ${image})
    endif()
    file(CONFIGURE OUTPUT ${holder} @ONLY CONTENT
[=[// The image of @name@.cu.
asm(".section .rodata\n.balign 16\n"
    ".global raddle_cuda_image_@name@\n.hidden raddle_cuda_image_@name@\n"
    "raddle_cuda_image_@name@:\n.incbin \"@image@\"\n.previous\n");
]=])
    set_source_files_properties(${holder} PROPERTIES OBJECT_DEPENDS ${image})
    target_sources(${target} PRIVATE ${holder})
  endforeach()
endfunction()
