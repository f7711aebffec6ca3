#pragma once
// What the durable queues by hand have in common.
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "bench.hh"

namespace bench {

inline constexpr std::string_view body =
    R"({"n":123456,"text":"what an order looks like, more or less, in a hundred bytes or so of JSON"})";

[[noreturn]] inline void die(const char* what) {
    std::fprintf(stderr, "p4: %s\n", what);
    std::exit(1);
}

// MESSAGES BATCH
inline std::pair<long, long> numbers(char** arguments) {
    const long messages = std::atol(arguments[0]), batch = std::atol(arguments[1]);
    if (messages < 1 || batch < 1) die("numbers are wanted");
    return {messages, batch};
}

}  // namespace bench
