#include <stdint.h>
#include <fmt/core.h>
