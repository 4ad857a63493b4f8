// SPDX-License-Identifier: Apache-2.0
// The functions of the CUDA driver that Raddle calls, on one device that does not exist.
#include <cuda.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include "tests/cuda_standin/block.h"
#include "tests/cuda_standin/memory.h"
#include "tests/cuda_standin/queue.h"
#include "tests/cuda_standin/state.h"

namespace {

using raddle::standin::DeviceMemory;
using raddle::standin::find_kernel;
using raddle::standin::HostKernel;
using raddle::standin::LaunchShape;
using raddle::standin::State;

const CUcontext the_context = reinterpret_cast<CUcontext>(0x10);
thread_local std::vector<CUcontext> contexts;  // of the thread, the current one last

// Begins each function: counts it, answers a fault, and wants a context where the driver does. The
// name is that of the source: cuda.h makes another of it.
#define ENTER_AS(text)                                          \
  if (const int error = State::get().enter(text); error != 0) { \
    return static_cast<CUresult>(error);                        \
  }
#define ENTER(name) ENTER_AS(#name)
#define ENTER_WITH_CONTEXT(name) \
  ENTER_AS(#name)                \
  if (contexts.empty()) return CUDA_ERROR_INVALID_CONTEXT

}  // namespace

using raddle::standin::run_on_device;

bool raddle::standin::has_context() { return !contexts.empty(); }

void raddle::standin::run_on_device(CUstream stream, std::function<void()> work) {
  stream->add([work = std::move(work)] {
    if (State::get().has_error()) return;
    const DeviceMemory::Opening opening;
    work();
  });
}

extern "C" {

CUresult cuInit(unsigned) {
  ENTER(cuInit);
  return CUDA_SUCCESS;
}
CUresult cuDriverGetVersion(int* version) {
  ENTER(cuDriverGetVersion);
  *version = CUDA_VERSION;
  return CUDA_SUCCESS;
}
CUresult cuGetErrorName(CUresult, const char** text) {
  *text = "CUDA_ERROR_OF_STANDIN";
  return CUDA_SUCCESS;
}
CUresult cuGetErrorString(CUresult, const char** text) {
  *text = "an error of the stand-in";
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count) {
  ENTER(cuDeviceGetCount);
  *count = 1;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGet(CUdevice* device, int index) {
  ENTER(cuDeviceGet);
  *device = index;
  return index == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}
CUresult cuDeviceGetName(char* name, int length, CUdevice) {
  ENTER(cuDeviceGetName);
  std::strncpy(name, "CUDA stand-in", static_cast<size_t>(length));
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice) {
  ENTER(cuDeviceGetAttribute);
  switch (attribute) {  // those of an H100
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      *value = 9;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      *value = 0;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
      *value = 132;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
      *value = 232448;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}
CUresult cuDeviceTotalMem(size_t* bytes, CUdevice) {
  ENTER(cuDeviceTotalMem);
  *bytes = DeviceMemory::get().total();
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice) {
  ENTER(cuDevicePrimaryCtxRetain);
  *context = the_context;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease(CUdevice) {
  ENTER(cuDevicePrimaryCtxRelease);
  return CUDA_SUCCESS;
}
CUresult cuCtxPushCurrent(CUcontext context) {
  ENTER(cuCtxPushCurrent);
  contexts.push_back(context);
  return CUDA_SUCCESS;
}
CUresult cuCtxPopCurrent(CUcontext* context) {
  State::get().enter("cuCtxPopCurrent");  // answers no error, as the stack must stay right
  if (contexts.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  *context = contexts.back();
  contexts.pop_back();
  return CUDA_SUCCESS;
}

CUresult cuMemGetInfo(size_t* left, size_t* total) {
  ENTER_WITH_CONTEXT(cuMemGetInfo);
  *left = DeviceMemory::get().left();
  *total = DeviceMemory::get().total();
  return CUDA_SUCCESS;
}
CUresult cuMemAlloc(CUdeviceptr* address, size_t bytes) {
  ENTER_WITH_CONTEXT(cuMemAlloc);
  void* const memory = DeviceMemory::get().allocate(bytes);
  *address = reinterpret_cast<CUdeviceptr>(memory);
  return memory != nullptr ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}
CUresult cuMemFree(CUdeviceptr address) {
  ENTER_WITH_CONTEXT(cuMemFree);
  return DeviceMemory::get().release(reinterpret_cast<void*>(address)) ? CUDA_SUCCESS
                                                                       : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned) {
  ENTER_WITH_CONTEXT(cuMemHostAlloc);
  *address = std::malloc(bytes);
  return *address != nullptr ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}
CUresult cuMemFreeHost(void* address) {
  ENTER_WITH_CONTEXT(cuMemFreeHost);
  std::free(address);
  return CUDA_SUCCESS;
}
CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t bytes, CUstream stream) {
  ENTER_WITH_CONTEXT(cuMemsetD8Async);
  run_on_device(stream, [=] { std::memset(reinterpret_cast<void*>(to), value, bytes); });
  return CUDA_SUCCESS;
}
CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  ENTER_WITH_CONTEXT(cuMemcpyAsync);
  run_on_device(stream, [=] {
    std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
  });
  return CUDA_SUCCESS;
}

// The images are for real devices; the kernels are those that were compiled into this library.
CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  ENTER_WITH_CONTEXT(cuModuleLoadData);
  if (image == nullptr) return CUDA_ERROR_INVALID_IMAGE;
  *module = reinterpret_cast<CUmodule>(const_cast<void*>(image));
  return CUDA_SUCCESS;
}
CUresult cuModuleUnload(CUmodule) {
  ENTER_WITH_CONTEXT(cuModuleUnload);
  return CUDA_SUCCESS;
}
CUresult cuModuleGetFunction(CUfunction* function, CUmodule, const char* name) {
  ENTER_WITH_CONTEXT(cuModuleGetFunction);
  const HostKernel* kernel = find_kernel(name);
  *function = reinterpret_cast<CUfunction>(const_cast<HostKernel*>(kernel));
  return kernel != nullptr ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}
CUresult cuFuncSetAttribute(CUfunction, CUfunction_attribute, int) {
  ENTER_WITH_CONTEXT(cuFuncSetAttribute);
  return CUDA_SUCCESS;
}
CUresult cuLaunchKernel(CUfunction function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                        unsigned by, unsigned bz, unsigned shared, CUstream stream,
                        void** parameters, void**) {
  ENTER_WITH_CONTEXT(cuLaunchKernel);
  if (gx == 0 || gy == 0 || gy > 65535 || gz != 1 || bx == 0 || bx > 1024 || by != 1 || bz != 1) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  const auto& kernel = *reinterpret_cast<const HostKernel*>(function);
  const auto* bytes = static_cast<const std::byte*>(parameters[0]);
  std::vector<std::byte> copy(bytes, bytes + kernel.parameter_bytes);
  const LaunchShape shape = {{gx, gy, 1}, {bx, 1, 1}, shared};
  run_on_device(stream, [&kernel, copy = std::move(copy), shape] {
    if (const int error = State::get().enter("kernel"); error != 0) {
      State::get().keep_error(error);
      return;
    }
    run_kernel(kernel, shape, copy.data(), State::get().next_seed());
  });
  return CUDA_SUCCESS;
}
CUresult cuLaunchHostFunc(CUstream stream, CUhostFn function, void* data) {
  ENTER_WITH_CONTEXT(cuLaunchHostFunc);
  stream->add([function, data] {
    if (!State::get().has_error()) function(data);  // as the driver's documentation says
  });
  return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream* stream, unsigned) {
  ENTER_WITH_CONTEXT(cuStreamCreate);
  *stream = new CUstream_st;
  return CUDA_SUCCESS;
}
CUresult cuStreamDestroy(CUstream stream) {
  ENTER_WITH_CONTEXT(cuStreamDestroy);
  delete stream;
  return CUDA_SUCCESS;
}
CUresult cuStreamQuery(CUstream stream) {
  ENTER_WITH_CONTEXT(cuStreamQuery);
  if (stream->capture != nullptr) {
    stream->is_spoilt = true;
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  }
  if (!stream->queue.is_idle()) return CUDA_ERROR_NOT_READY;
  // What went wrong on the way shows once the stream is through.
  return static_cast<CUresult>(State::get().enter("after cuStreamQuery"));
}
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  ENTER_WITH_CONTEXT(cuStreamWaitEvent);
  stream->add([point = event->point, number = event->point->recorded()] { point->wait(number); });
  return CUDA_SUCCESS;
}

CUresult cuEventCreate(CUevent* event, unsigned) {
  ENTER_WITH_CONTEXT(cuEventCreate);
  *event = new CUevent_st;
  return CUDA_SUCCESS;
}
CUresult cuEventDestroy(CUevent event) {
  ENTER_WITH_CONTEXT(cuEventDestroy);
  delete event;
  return CUDA_SUCCESS;
}
CUresult cuEventRecord(CUevent event, CUstream stream) {
  ENTER_WITH_CONTEXT(cuEventRecord);
  stream->add([point = event->point, number = event->point->record()] { point->reached(number); });
  return CUDA_SUCCESS;
}
CUresult cuEventQuery(CUevent event) {
  ENTER_WITH_CONTEXT(cuEventQuery);
  return event->point->is_over() ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

CUresult cuStreamBeginCapture(CUstream stream, CUstreamCaptureMode) {
  ENTER_WITH_CONTEXT(cuStreamBeginCapture);
  if (stream->capture != nullptr) return CUDA_ERROR_ILLEGAL_STATE;
  stream->capture = std::make_unique<CUgraph_st>();
  stream->is_spoilt = false;
  return CUDA_SUCCESS;
}
CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
  ENTER_WITH_CONTEXT(cuStreamEndCapture);
  *graph = nullptr;
  if (stream->capture == nullptr) return CUDA_ERROR_ILLEGAL_STATE;
  const std::unique_ptr<CUgraph_st> captured = std::move(stream->capture);
  if (stream->is_spoilt) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  *graph = new CUgraph_st(*captured);
  return CUDA_SUCCESS;
}
CUresult cuGraphInstantiate(CUgraphExec* executable, CUgraph graph, unsigned long long) {
  ENTER_WITH_CONTEXT(cuGraphInstantiate);
  *executable = new CUgraphExec_st{graph->tasks};
  return CUDA_SUCCESS;
}
CUresult cuGraphDestroy(CUgraph graph) {
  ENTER_WITH_CONTEXT(cuGraphDestroy);
  delete graph;
  return CUDA_SUCCESS;
}
CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
  ENTER_WITH_CONTEXT(cuGraphLaunch);
  for (const auto& task : executable->tasks) stream->add(task);
  return CUDA_SUCCESS;
}
CUresult cuGraphExecDestroy(CUgraphExec executable) {
  ENTER_WITH_CONTEXT(cuGraphExecDestroy);
  delete executable;
  return CUDA_SUCCESS;
}

}  // extern "C"
