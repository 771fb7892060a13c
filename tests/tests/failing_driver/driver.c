/* A Vulkan driver that is another one, until a file says how it shall fail.
 *
 * FAILING_DRIVER_REAL     the driver's library
 * FAILING_DRIVER_TRIGGER  the file: "allocate", "submit" or "lost", with " always" behind it if more than one call shall fail
 *
 * FAILING_DRIVER_LIVE     a file that says how many devices and allocations of memory are live, after each change
 *
 * "allocate": an allocation of memory finds none. "submit": a submission finds no memory. "lost": a submission finds the device
 * gone, and so does every later call that waits; a device that is created after that is there again. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUT_OF_DEVICE_MEMORY (-2)
#define DEVICE_LOST (-4)

typedef int32_t Result;
typedef void (*Function)(void);
typedef Function (*Lookup)(void *, const char *);

static _Atomic int lost;

static void *real(void) {
    static void *library;
    if (!library) {
        library = dlopen(getenv("FAILING_DRIVER_REAL"), RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            fprintf(stderr, "the real driver: %s\n", dlerror());
            abort();
        }
    }
    return library;
}

/* Whether a call of this kind shall fail now. */
static int fails(const char *kind) {
    const char *path = getenv("FAILING_DRIVER_TRIGGER");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) return 0;
    char text[64] = {0};
    size_t read = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    if (!read || strncmp(text, kind, strlen(kind))) return 0;
    if (!strstr(text, "always")) unlink(path);
    return 1;
}

#define REAL(name, type) static type real_##name
typedef Result (*AllocateMemory)(void *, const void *, const void *, uint64_t *);
typedef Result (*Submit)(void *, uint32_t, const void *, uint64_t);
typedef Result (*WaitForFences)(void *, uint32_t, const uint64_t *, uint32_t, uint64_t);
typedef Result (*WaitSemaphores)(void *, const void *, uint64_t);
typedef Result (*FenceStatus)(void *, uint64_t);
typedef Result (*SemaphoreValue)(void *, uint64_t, uint64_t *);
typedef Result (*WaitIdle)(void *);
typedef Result (*CreateDevice)(void *, const void *, const void *, void **);
typedef void (*DestroyDevice)(void *, const void *);
typedef void (*FreeMemory)(void *, uint64_t, const void *);
REAL(allocate, AllocateMemory);
REAL(submit, Submit);
REAL(submit2, Submit);
REAL(wait_fences, WaitForFences);
REAL(wait_semaphores, WaitSemaphores);
REAL(fence_status, FenceStatus);
REAL(semaphore_value, SemaphoreValue);
REAL(queue_idle, WaitIdle);
REAL(device_idle, WaitIdle);
REAL(create_device, CreateDevice);
REAL(destroy_device, DestroyDevice);
REAL(free_memory, FreeMemory);

static _Atomic int devices, allocations;

static void tell(void) {
    const char *path = getenv("FAILING_DRIVER_LIVE");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%d %d", devices, allocations);
    fclose(file);
}

static Result allocate(void *device, const void *info, const void *allocator, uint64_t *memory) {
    Result result = fails("allocate") ? OUT_OF_DEVICE_MEMORY : real_allocate(device, info, allocator, memory);
    if (result == 0) {
        ++allocations;
        tell();
    }
    return result;
}
static void free_memory(void *device, uint64_t memory, const void *allocator) {
    real_free_memory(device, memory, allocator);
    if (memory) {
        --allocations;
        tell();
    }
}
static Result submission(void) {
    if (!lost && fails("lost")) lost = 1;
    if (lost) return DEVICE_LOST;
    return fails("submit") ? OUT_OF_DEVICE_MEMORY : 0;
}
static Result submit(void *queue, uint32_t count, const void *submits, uint64_t fence) {
    Result result = submission();
    return result ? result : real_submit(queue, count, submits, fence);
}
static Result submit2(void *queue, uint32_t count, const void *submits, uint64_t fence) {
    Result result = submission();
    return result ? result : real_submit2(queue, count, submits, fence);
}
static Result wait_fences(void *device, uint32_t count, const uint64_t *fences, uint32_t all, uint64_t timeout) {
    return lost ? DEVICE_LOST : real_wait_fences(device, count, fences, all, timeout);
}
static Result wait_semaphores(void *device, const void *info, uint64_t timeout) {
    return lost ? DEVICE_LOST : real_wait_semaphores(device, info, timeout);
}
static Result fence_status(void *device, uint64_t fence) {
    return lost ? DEVICE_LOST : real_fence_status(device, fence);
}
static Result semaphore_value(void *device, uint64_t semaphore, uint64_t *value) {
    return lost ? DEVICE_LOST : real_semaphore_value(device, semaphore, value);
}
static Result queue_idle(void *queue) { return lost ? DEVICE_LOST : real_queue_idle(queue); }
static Result device_idle(void *device) { return lost ? DEVICE_LOST : real_device_idle(device); }
static Result create_device(void *physical, const void *info, const void *allocator, void **device) {
    lost = 0;
    Result result = real_create_device(physical, info, allocator, device);
    if (result == 0) {
        ++devices;
        tell();
    }
    return result;
}
static void destroy_device(void *device, const void *allocator) {
    real_destroy_device(device, allocator);
    if (device) {
        --devices;
        tell();
    }
}

static Lookup real_device_lookup;
static Function device_lookup(void *device, const char *name);

/* Our function of this name in place of the driver's, if we have one. */
static Function ours(const char *name, Function theirs) {
    if (!theirs) return theirs;
#define TAKES(vulkan, mine)                     \
    if (!strcmp(name, vulkan)) {                \
        real_##mine = (__typeof__(real_##mine))theirs; \
        return (Function)mine;                  \
    }
    TAKES("vkAllocateMemory", allocate)
    TAKES("vkQueueSubmit", submit)
    TAKES("vkQueueSubmit2", submit2)
    TAKES("vkQueueSubmit2KHR", submit2)
    TAKES("vkWaitForFences", wait_fences)
    TAKES("vkWaitSemaphores", wait_semaphores)
    TAKES("vkWaitSemaphoresKHR", wait_semaphores)
    TAKES("vkGetFenceStatus", fence_status)
    TAKES("vkGetSemaphoreCounterValue", semaphore_value)
    TAKES("vkGetSemaphoreCounterValueKHR", semaphore_value)
    TAKES("vkQueueWaitIdle", queue_idle)
    TAKES("vkDeviceWaitIdle", device_idle)
    TAKES("vkCreateDevice", create_device)
    TAKES("vkDestroyDevice", destroy_device)
    TAKES("vkFreeMemory", free_memory)
    if (!strcmp(name, "vkGetDeviceProcAddr")) {
        real_device_lookup = (Lookup)theirs;
        return (Function)device_lookup;
    }
    return theirs;
}

static Lookup lookup_of(const char *name) { return (Lookup)dlsym(real(), name); }

static Function device_lookup(void *device, const char *name) {
    return ours(name, real_device_lookup(device, name));
}

Function vk_icdGetInstanceProcAddr(void *instance, const char *name) {
    Function theirs = lookup_of("vk_icdGetInstanceProcAddr")(instance, name);
    return ours(name, theirs);
}

Function vk_icdGetPhysicalDeviceProcAddr(void *instance, const char *name) {
    Lookup theirs = lookup_of("vk_icdGetPhysicalDeviceProcAddr");
    return theirs ? ours(name, theirs(instance, name)) : NULL;
}

Result vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
    typedef Result (*Negotiate)(uint32_t *);
    Negotiate theirs = (Negotiate)dlsym(real(), "vk_icdNegotiateLoaderICDInterfaceVersion");
    return theirs ? theirs(version) : 0;
}
