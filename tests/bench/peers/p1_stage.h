/* The least that a plugin border needs: a function pointer and a pointer to hand it. */
#pragma once
#include <stdint.h>

struct stage {
    int32_t (*handle)(struct stage* self, const void* message);
    struct stage* next; /* already looked up */
    uint64_t count;
};
