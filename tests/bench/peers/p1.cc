// P1, a message through a chain of 8 stages, each of which looks at the result that comes back:
//   p1 so SHARED_OBJECT COUNT   C functions in a shared object, the next one's entry bound beforehand: the limit
//   p1 function COUNT           a chain of std::function
#include <dlfcn.h>

#include <cstdlib>
#include <functional>
#include <string_view>
#include <vector>

#include "bench.hh"
extern "C" {
#include "p1_stage.h"
}

namespace {

constexpr int hops = 8;

using Handle = std::int32_t (*)(stage*, const void*);

int through_shared_object(const char* path, long count) {
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        std::fprintf(stderr, "p1: %s\n", dlerror());
        return 1;
    }
    const auto pass = reinterpret_cast<Handle>(dlsym(library, "stage_pass"));
    const auto sink = reinterpret_cast<Handle>(dlsym(library, "stage_sink"));
    std::vector<stage> chain(hops + 1);
    for (int i = 0; i <= hops; ++i) {
        chain[static_cast<std::size_t>(i)] = {i == hops ? sink : pass,
                                              i == hops ? nullptr : &chain[static_cast<std::size_t>(i) + 1], 0};
    }
    const int message = 0;
    const double start = bench::now();
    for (long i = 0; i < count; ++i) {
        if (chain[0].handle(chain.data(), &message) != 0) return 1;
    }
    bench::report(static_cast<double>(count) * hops, bench::now() - start);
    return chain[hops].count == static_cast<std::uint64_t>(count) ? 0 : 1;
}

int through_functions(long count) {
    using Function = std::function<int(const void*)>;
    long arrived = 0;
    std::vector<Function> chain;
    chain.reserve(hops + 1);
    chain.emplace_back([&arrived](const void*) {
        ++arrived;
        return 0;
    });
    for (int i = 0; i < hops; ++i) {
        chain.emplace_back([&next = chain.back()](const void* message) {
            const int status = next(message);
            return status != 0 ? status : 0;
        });
    }
    const int message = 0;
    const double start = bench::now();
    for (long i = 0; i < count; ++i) {
        if (chain.back()(&message) != 0) return 1;
    }
    bench::report(static_cast<double>(count) * hops, bench::now() - start);
    return arrived == count ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 4 && argv[1] == std::string_view("so")) return through_shared_object(argv[2], std::atol(argv[3]));
    if (argc == 3 && argv[1] == std::string_view("function")) return through_functions(std::atol(argv[2]));
    return 64;
}
